//! The certificate that a client shows.

use std::path::Path;

use rustls::client::WantsClientCert;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, Error, InconsistentKeys};

use super::tls::TlsError;

/// Adds the certificate and the key of one PEM file.
pub(super) fn shown(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    path: &Path,
) -> Result<ClientConfig, TlsError> {
    let unusable = |fault: String| TlsError::Client { path: path.display().to_string(), fault };
    let pem = crate::input_file::read(path).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = read.map_err(|error| unusable(format!("is damaged: {error}")))?;
    if chain.is_empty() {
        return Err(unusable("holds no certificate".into()));
    }
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| unusable(no_key(&pem, &error)))?;
    builder.with_client_auth_cert(chain, key).map_err(|error| {
        unusable(match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => "holds the key of another certificate".into(),
            error => format!("cannot be used: {error}"),
        })
    })
}

// What cannot be read of a key is not repeated.
fn no_key(pem: &[u8], error: &PemError) -> String {
    let is_encrypted = String::from_utf8_lossy(pem).contains("ENCRYPTED");
    match error {
        _ if is_encrypted => "holds an encrypted key, for which nobody can be asked; store it without a password",
        PemError::NoItemsFound => "holds no private key",
        _ => "holds a private key that is damaged",
    }
    .into()
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::super::tls::{Tls, tls};

    fn fault(pem: &str) -> Option<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), pem).unwrap();
        tls(&Tls::Insecure, Some(file.path()), true).err().map(|error| error.to_string())
    }

    #[test]
    fn a_certificate_that_cannot_be_shown_is_named_and_its_key_is_not_repeated() {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let certificate = CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap().pem();
        assert_eq!(fault(&(certificate.clone() + &key.serialize_pem())), None);
        let damaged = "-----BEGIN PRIVATE KEY-----\n!hunter2\n-----END PRIVATE KEY-----\n";
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\naGVsbG8=\n-----END ENCRYPTED PRIVATE KEY-----\n";
        for (pem, expected) in [
            (certificate.clone(), "holds no private key"),
            (key.serialize_pem(), "holds no certificate"),
            (certificate.clone() + &other.serialize_pem(), "holds the key of another certificate"),
            (certificate.clone() + damaged, "is damaged"),
            (certificate + encrypted, "holds an encrypted key"),
        ] {
            let fault = fault(&pem).unwrap();
            assert!(fault.contains(expected) && !fault.contains("hunter2"), "{fault}");
        }
        let missing = tls(&Tls::Insecure, Some("no/such.pem".as_ref()), true).unwrap_err().to_string();
        assert!(missing.starts_with("the client certificate no/such.pem cannot be read"), "{missing}");
    }
}
