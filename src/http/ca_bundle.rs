//! Certificate authorities in a PEM file, or in a folder of such files as OpenSSL has it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::input_file::read_up_to;

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

fn parse(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_slice_iter(pem).collect()
}
