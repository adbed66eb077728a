//! Whom a client trusts, as rustls wants it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::identity;
use super::trust::{Trust, Verifier};

/// Whom a client trusts.
#[derive(Debug, Clone, PartialEq)]
pub enum Tls {
    /// The public certificate authorities.
    Public,
    /// Only the authorities in this PEM file.
    Bundle(PathBuf),
    /// Anybody.
    Insecure,
}

/// Why no trust can be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// The library refuses; a fault of the program.
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
    /// The file of authorities cannot be used.
    #[error("the CA bundle {path} {fault}")]
    Bundle {
        /// Where it is, as configured.
        path: String,
        /// What is wrong with it.
        fault: String,
    },
    /// The client's own certificate cannot be used.
    #[error("the client certificate {path} {fault}")]
    Client {
        /// Where it is, as configured.
        path: String,
        /// What is wrong with it.
        fault: String,
    },
}

/// Makes the TLS side of a client, which shows the certificate in a PEM file to a server that asks for one. An address
/// without TLS reads no certificates: they cost time, and a machine may have none.
pub(crate) fn tls(tls: &Tls, shown: Option<&Path>, is_https: bool) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    if is_https && *tls == Tls::Public {
        roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    }
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| TlsError::Setup(error.to_string()))?;
    let builder = builder.with_root_certificates(roots);
    let mut config = match shown.filter(|_| is_https) {
        Some(path) => identity::shown(builder, path)?,
        None => builder.with_no_client_auth(),
    };
    let trust = match tls {
        Tls::Bundle(path) if is_https => Some(listed(path, &provider)?),
        Tls::Insecure => Some(Trust::Anybody),
        Tls::Bundle(_) | Tls::Public => None,
    };
    if let Some(trust) = trust {
        config.dangerous().set_certificate_verifier(Arc::new(Verifier { trust, provider }));
    }
    Ok(config)
}

fn listed(path: &Path, provider: &Arc<CryptoProvider>) -> Result<Trust, TlsError> {
    let unusable = |fault: String| TlsError::Bundle { path: path.display().to_string(), fault };
    let no_certificate = |fault: String| unusable(format!("holds something that is no certificate: {fault}"));
    let pem = crate::input_file::read(path).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = read.map_err(|error| no_certificate(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable("holds no certificate".into()));
    }
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|error| no_certificate(error.to_string()))?;
    }
    let rules = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    Ok(Trust::Listed { rules: rules.map_err(|error| no_certificate(error.to_string()))?, certificates })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle_of(text: &[u8]) -> TlsError {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        tls(&Tls::Bundle(file.path().to_owned()), None, true).unwrap_err()
    }

    #[test]
    fn a_bundle_that_cannot_be_used_is_named() {
        let missing = tls(&Tls::Bundle("no/such/ca.pem".into()), None, true).unwrap_err().to_string();
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
        assert!(tls(&Tls::Bundle("no/such/ca.pem".into()), Some(Path::new("no/such/client.pem")), false).is_ok());
    }
}
