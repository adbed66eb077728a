//! Which mail servers are trusted.

use std::path::Path;

use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters, TlsParametersBuilder};

use super::server::{Protection, SmtpUrl};
use super::trouble::Trouble;

/// Makes the TLS side of a conversation: with a file of authorities nobody else is trusted.
///
/// # Errors
/// When the file cannot be used.
pub(super) fn parameters(server: &SmtpUrl, authorities: Option<&Path>) -> Result<Option<TlsParameters>, Trouble> {
    if server.tls == Protection::Absent {
        return Ok(None);
    }
    let mut builder = TlsParametersBuilder::new(server.host.clone());
    if let Some(path) = authorities {
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(read(path)?);
    }
    let unusable = |_| match authorities {
        Some(path) => no_certificate(path),
        None => Trouble::fixed("TLS cannot be set up for the mail server"),
    };
    builder.build().map(Some).map_err(unusable)
}

fn read(path: &Path) -> Result<Certificate, Trouble> {
    let pem = std::fs::read(path).map_err(|error| {
        let reason = format!("the file {} cannot be read: {error}; check `ca_cert_path`", path.display());
        Trouble::fixed(reason)
    })?;
    if !pem.windows(11).any(|window| window == b"-----BEGIN ") {
        return Err(no_certificate(path));
    }
    Certificate::from_pem(&pem).map_err(|_| no_certificate(path))
}

fn no_certificate(path: &Path) -> Trouble {
    let path = path.display();
    Trouble::fixed(format!("{path} holds no certificate; point `ca_cert_path` at a PEM file of certificates"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> SmtpUrl {
        serde_yaml::from_str(url).unwrap()
    }

    #[test]
    fn a_file_of_authorities_that_cannot_be_used_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cases = ["", "hello", "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"];
        for text in cases {
            std::fs::write(file.path(), text).unwrap();
            let trouble = parameters(&server("smtps://h"), Some(file.path())).err().unwrap();
            assert!(trouble.reason.contains("holds no certificate"), "{}", trouble.reason);
            assert!(trouble.reason.contains(&*file.path().to_string_lossy()), "{}", trouble.reason);
        }
        let trouble = parameters(&server("smtp://h"), Some(Path::new("no/such.pem"))).err().unwrap();
        assert!(trouble.reason.starts_with("the file no/such.pem cannot be read"), "{}", trouble.reason);
    }

    #[test]
    fn without_tls_no_file_is_looked_at() {
        let none = parameters(&server("smtp://h?tls=none"), Some(Path::new("no/such.pem")));
        assert!(none.is_ok_and(|tls| tls.is_none()));
    }
}
