//! The TLS side of a client: which servers it trusts, and the certificate that it shows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::pem::{add_client_certificate, read_certificates};
use super::verifier::{Trust, Verifier};

/// Which servers a client trusts.
#[derive(Debug, Clone, PartialEq)]
pub enum Tls {
    /// Those with a certificate of a public authority.
    Public,
    /// Those with a certificate of an authority in this PEM file, or in the PEM files of this folder.
    Bundle(PathBuf),
    /// All.
    Insecure,
}

/// Why the TLS side of a client cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// The library refuses, which is a fault of the program.
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
    /// The file of authorities cannot be used.
    #[error("the CA bundle {path} {fault}")]
    Bundle {
        /// Its path, as configured.
        path: String,
        /// What is wrong with it.
        fault: String,
    },
    /// The client's own certificate cannot be used.
    #[error("the client certificate {path} {fault}")]
    Client {
        /// Its path, as configured.
        path: String,
        /// What is wrong with it.
        fault: String,
    },
}

/// Makes the TLS side of a client. It shows the certificate in a PEM file to a server that asks for one. For an address
/// without TLS no certificate is read: that takes time, and a machine may have none.
pub(crate) fn tls(tls: &Tls, client_certificate: Option<&Path>, is_https: bool) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    if is_https && *tls == Tls::Public {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| TlsError::Setup(error.to_string()))?;
    let builder = builder.with_root_certificates(roots);
    let mut config = match client_certificate.filter(|_| is_https) {
        Some(path) => add_client_certificate(builder, path)
            .map_err(|fault| TlsError::Client { path: path.display().to_string(), fault })?,
        None => builder.with_no_client_auth(),
    };
    let trust = match tls {
        Tls::Bundle(path) if is_https => Some(trust_bundle(path, &provider)?),
        Tls::Insecure => Some(Trust::All),
        Tls::Bundle(_) | Tls::Public => None,
    };
    if let Some(trust) = trust {
        config.dangerous().set_certificate_verifier(Arc::new(Verifier { trust, provider }));
    }
    Ok(config)
}

/// Reads a CA bundle: the certificates in a PEM file, or in a folder of such files.
pub(crate) fn read_ca_bundle(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    read_certificates(path).map_err(|fault| unusable_bundle(path, fault))
}

fn unusable_bundle(path: &Path, fault: String) -> TlsError {
    TlsError::Bundle { path: path.display().to_string(), fault }
}

fn trust_bundle(path: &Path, provider: &Arc<CryptoProvider>) -> Result<Trust, TlsError> {
    let no_certificate =
        |fault: String| unusable_bundle(path, format!("holds something that is no certificate: {fault}"));
    let certificates = read_ca_bundle(path)?;
    let is_folder = path.is_dir();
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        match roots.add(certificate.clone()) {
            // OpenSSL also skips the files of a folder that it cannot use.
            Err(_) if is_folder => {}
            added => added.map_err(|error| no_certificate(error.to_string()))?,
        }
    }
    let rules = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    Ok(Trust::Listed { rules: rules.map_err(|error| no_certificate(error.to_string()))?, certificates })
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

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
    fn a_folder_of_authorities_is_a_bundle() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let read = || tls(&Tls::Bundle(folder.path().to_owned()), None, true);
        std::fs::write(at("README"), "hello").unwrap();
        std::fs::create_dir(at("old")).unwrap();
        let empty = read().unwrap_err().to_string();
        assert!(empty.contains("holds no certificate"), "{empty}");
        let authority = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        for name in ["ca.pem", "9d66eef0.0"] {
            std::fs::write(at(name), authority.cert.pem()).unwrap();
        }
        std::fs::write(at("bad.pem"), "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n").unwrap();
        assert!(read().is_ok());
        assert_eq!(read_ca_bundle(folder.path()).unwrap().len(), 2);
    }

    #[test]
    fn no_certificate_is_read_without_tls() {
        assert!(tls(&Tls::Bundle("no/such/ca.pem".into()), Some(Path::new("no/such/client.pem")), false).is_ok());
    }

    fn client_fault(pem: &str) -> Option<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), pem).unwrap();
        tls(&Tls::Insecure, Some(file.path()), true).err().map(|error| error.to_string())
    }

    #[test]
    fn an_error_about_a_client_certificate_does_not_repeat_its_key() {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let certificate = CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap().pem();
        assert_eq!(client_fault(&(certificate.clone() + &key.serialize_pem())), None);
        let damaged = "-----BEGIN PRIVATE KEY-----\n!hunter2\n-----END PRIVATE KEY-----\n";
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\naGVsbG8=\n-----END ENCRYPTED PRIVATE KEY-----\n";
        for (pem, expected) in [
            (certificate.clone(), "holds no private key"),
            (key.serialize_pem(), "holds no certificate"),
            (certificate.clone() + &other.serialize_pem(), "holds the key of another certificate"),
            (certificate.clone() + damaged, "is damaged"),
            (certificate + encrypted, "holds an encrypted key"),
        ] {
            let fault = client_fault(&pem).unwrap();
            assert!(fault.contains(expected) && !fault.contains("hunter2"), "{fault}");
        }
        let missing = tls(&Tls::Insecure, Some("no/such.pem".as_ref()), true).unwrap_err().to_string();
        assert!(missing.starts_with("the client certificate no/such.pem cannot be read"), "{missing}");
    }
}
