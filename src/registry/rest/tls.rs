//! Whom a client trusts, as rustls wants it.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::options::Tls;
use crate::registry::{self, Error};

/// Makes the TLS side of a client. An address without TLS reads no certificates: they cost time, and a machine may
/// have none.
pub(super) fn config(tls: &Tls, is_https: bool) -> registry::Result<ClientConfig> {
    if !is_https {
        return trusting(RootCertStore::empty());
    }
    match tls {
        Tls::Public => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
            trusting(roots)
        }
        Tls::Bundle(path) => trusting(bundle(path)?),
        Tls::Insecure => {
            let mut config = trusting(RootCertStore::empty())?;
            let anybody = Anybody(Arc::clone(config.crypto_provider()));
            config.dangerous().set_certificate_verifier(Arc::new(anybody));
            Ok(config)
        }
    }
}

fn trusting(roots: RootCertStore) -> registry::Result<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Misconfigured {
            reason: format!("TLS cannot be set up: {error}"),
            hint: "this is a fault of the program; please report it".into(),
        })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn bundle(path: &Path) -> registry::Result<RootCertStore> {
    let unusable = |fault: String| Error::Misconfigured {
        reason: format!("the CA bundle {} {fault}", path.display()),
        hint: "point `tracking_server_cert_path` (MLFLOW_TRACKING_SERVER_CERT_PATH) at a PEM file of certificates"
            .into(),
    };
    let pem = std::fs::read(path).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()))
            .map_err(|fault| unusable(format!("holds something that is no certificate: {fault}")))?;
    }
    if roots.is_empty() {
        return Err(unusable("holds no certificate".into()));
    }
    Ok(roots)
}

/// Accepts any certificate; the handshake must still be signed with its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle_of(text: &[u8]) -> Error {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        config(&Tls::Bundle(file.path().to_owned()), true).unwrap_err()
    }

    #[test]
    fn a_bundle_that_cannot_be_used_is_named() {
        let missing = config(&Tls::Bundle("no/such/ca.pem".into()), true).unwrap_err().to_string();
        assert!(missing.contains("no/such/ca.pem cannot be read"), "{missing}");
        let cases: [(&[u8], &str); 3] = [
            (b"", "holds no certificate"),
            (b"hello", "holds no certificate"),
            (b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n", "no certificate"),
        ];
        for (text, fault) in cases {
            let error = bundle_of(text).to_string();
            assert!(error.contains(fault), "{error}");
        }
    }

    #[test]
    fn a_bundle_is_not_looked_at_without_tls() {
        assert!(config(&Tls::Bundle("no/such/ca.pem".into()), false).is_ok());
    }
}
