//! PEM files: certificate authorities, in one file or in a folder as OpenSSL has it, and the certificate of a client.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustls::client::WantsClientCert;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, Error, InconsistentKeys};

use crate::input_file::{self, read_up_to};

/// The largest file that is read. All public authorities together take a quarter of a megabyte.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads the certificates in a file, or in all files of a folder.
///
/// # Errors
/// What is wrong, to follow the path.
pub(super) fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let unread = |error: io::Error| format!("cannot be read: {error}");
    let certificates = match path.is_dir() {
        true => read_folder(path).map_err(unread)?,
        false => parse(&read_up_to(path, LARGEST).map_err(unread)?)
            .map_err(|error| format!("holds something that is no certificate: {error}"))?,
    };
    match certificates.is_empty() {
        true => Err("holds no certificate".into()),
        false => Ok(certificates),
    }
}

/// Reads the certificates in a folder. OpenSSL links each a second time under its hash, and other files may stand beside
/// them.
fn read_folder(folder: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let mut certificates: Vec<CertificateDer<'static>> = vec![];
    for pem in files.into_iter().filter_map(|path| read_up_to(&path, LARGEST).ok()) {
        for certificate in parse(&pem).unwrap_or_default() {
            if !certificates.contains(&certificate) {
                certificates.push(certificate);
            }
        }
    }
    Ok(certificates)
}

fn parse(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    CertificateDer::pem_slice_iter(pem).collect()
}

/// Adds the certificate and the key of one PEM file.
///
/// # Errors
/// What is wrong, to follow the path.
pub(super) fn add_client_certificate(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    path: &Path,
) -> Result<ClientConfig, String> {
    let pem = input_file::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let chain = parse(&pem).map_err(|error| format!("is damaged: {error}"))?;
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
