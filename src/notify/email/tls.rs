//! Which mail servers are trusted.

use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters, TlsParametersBuilder};

use super::server::{Protection, SmtpUrl};
use super::trouble::Trouble;
use crate::http::{Tls, read_ca_bundle, tls};

/// Makes the TLS side of a conversation, with the trust that all channels share.
///
/// # Errors
/// When the CA bundle cannot be used.
pub(super) fn parameters(server: &SmtpUrl, trust: &Tls) -> Result<Option<TlsParameters>, Trouble> {
    if server.tls == Protection::Absent {
        return Ok(None);
    }
    let mut builder = TlsParametersBuilder::new(server.host.clone());
    if let Tls::Bundle(path) = trust {
        // What is wrong with a bundle is told as every other channel does.
        tls(trust, None, true).map_err(|error| Trouble::fixed(error.to_string()))?;
        builder = builder.certificate_store(CertificateStore::None);
        for authority in read_ca_bundle(path).map_err(|error| Trouble::fixed(error.to_string()))? {
            let authority = Certificate::from_der(authority.to_vec()).map_err(|_| unusable())?;
            builder = builder.add_root_certificate(authority);
        }
    }
    builder.build().map(Some).map_err(|_| unusable())
}

fn unusable() -> Trouble {
    Trouble::fixed("TLS cannot be set up for the mail server; check `services.alerts.ca_bundle`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> SmtpUrl {
        serde_yaml::from_str(url).unwrap()
    }

    #[test]
    fn a_bundle_that_cannot_be_used_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bundle = Tls::Bundle(file.path().to_owned());
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"] {
            std::fs::write(file.path(), text).unwrap();
            let trouble = parameters(&server("smtps://h"), &bundle).err().unwrap();
            assert!(trouble.reason.contains("no certificate"), "{}", trouble.reason);
            assert!(trouble.reason.contains(&*file.path().to_string_lossy()), "{}", trouble.reason);
            assert!(!trouble.is_passing);
        }
    }

    #[test]
    fn without_tls_no_bundle_is_looked_at() {
        let none = parameters(&server("smtp://h?tls=none"), &Tls::Bundle("no/such.pem".into()));
        assert!(none.is_ok_and(|tls| tls.is_none()));
    }
}
