//! The certificate that a client shows to servers.

use std::path::Path;

use rustls::client::WantsClientCert;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, Error, InconsistentKeys};

/// Adds the certificate and the key of one PEM file.
///
/// # Errors
/// What is wrong, to follow the path.
pub(super) fn add_client_certificate(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    path: &Path,
) -> Result<ClientConfig, String> {
    let pem = crate::input_file::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|error| format!("is damaged: {error}"))?;
    if chain.is_empty() {
        return Err("holds no certificate".into());
    }
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| explain_key(&pem, &error).to_owned())?;
    builder.with_client_auth_cert(chain, key).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => "holds the key of another certificate".into(),
        error => format!("cannot be used: {error}"),
    })
}

// The content of a damaged key is not repeated.
fn explain_key(pem: &[u8], error: &PemError) -> &'static str {
    let is_encrypted = String::from_utf8_lossy(pem).contains("ENCRYPTED");
    match error {
        _ if is_encrypted => "holds an encrypted key, for which nobody can be asked; store it without a password",
        PemError::NoItemsFound => "holds no private key",
        _ => "holds a private key that is damaged",
    }
}
