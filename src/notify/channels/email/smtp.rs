//! Submits an email to a mail server.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;

use super::smtp_error::{join_errors, smtp_error, smtp_error_without_answer};
use super::smtp_url::{Login, Protection, SmtpUrl};
use crate::http::{self, Tls};
use crate::notify::channel_context::SendError;

/// The longest wait for the answer to `QUIT`. The server has accepted the email by then.
const QUIT_TIMEOUT: Duration = Duration::from_millis(500);

/// Submits an email for all recipients that the server accepts.
///
/// # Errors
/// When it was not submitted, or not for every recipient. The error names the recipients that were refused.
pub(super) async fn send(server: &SmtpUrl, trust: &Tls, envelope: &Envelope, email: &[u8]) -> Result<(), SendError> {
    let mut connection = connect(server, tls_parameters(server, trust)?).await?;
    if let Some(login) = &server.login {
        log_in(&mut connection, server.tls, login).await?;
    }
    let sender = Mail::new(envelope.from().cloned(), vec![]);
    connection.command(sender).await.map_err(|error| smtp_error(server, "refused the sender", &error))?;
    let mut refused: Vec<SendError> = vec![];
    for to in envelope.to() {
        if let Err(error) = connection.command(Rcpt::new(to.clone(), vec![])).await {
            let refusal = smtp_error(server, &format!("refused the recipient {to}"), &error);
            if error.status().is_none() {
                return Err(refusal);
            }
            refused.push(refusal);
        }
    }
    if refused.len() == envelope.to().len() {
        return Err(join_errors(refused));
    }
    connection.command(Data).await.map_err(|error| smtp_error(server, "refused the message", &error))?;
    if let Err(error) = connection.message(email).await {
        let failure = smtp_error(server, "refused the message", &error);
        return Err(match error.status() {
            Some(_) => failure,
            // Without an answer, a retry might send the email twice.
            None => SendError::permanent(format!("{}; the letter was sent, and may have been taken", failure.reason)),
        });
    }
    let _ = tokio::time::timeout(QUIT_TIMEOUT, connection.quit()).await;
    if refused.is_empty() {
        return Ok(());
    }
    // A retry would send the email again to those who have it.
    let reason = join_errors(refused).reason;
    Err(SendError::permanent(format!("{reason}; the other recipients were told")))
}

async fn connect(server: &SmtpUrl, tls: Option<TlsParameters>) -> Result<AsyncSmtpConnection, SendError> {
    let me = ClientId::default();
    let (wrapper, upgrade) = if server.tls == Protection::Wrapped { (tls, None) } else { (None, tls) };
    let address = (server.host.as_str(), server.port);
    let connection = AsyncSmtpConnection::connect_tokio1(address, None, &me, wrapper, None).await;
    let mut connection = connection.map_err(|error| smtp_error(server, "refused the connection", &error))?;
    match upgrade {
        Some(tls) if server.tls == Protection::Required || connection.can_starttls() => {
            if !connection.can_starttls() {
                return Err(SendError::permanent(
                    "the mail server offers no STARTTLS; use `smtps://`, or `?tls=none` where the way to it is safe",
                ));
            }
            connection.starttls(tls, &me).await.map_err(|error| smtp_error(server, "refused STARTTLS", &error))?;
        }
        _ => {}
    }
    Ok(connection)
}

async fn log_in(connection: &mut AsyncSmtpConnection, tls: Protection, login: &Login) -> Result<(), SendError> {
    if tls == Protection::Opportunistic && !connection.is_encrypted() {
        return Err(SendError::permanent(
            "the mail server offers no STARTTLS, and the login is not sent in the clear; `?tls=none` would do that",
        ));
    }
    if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
        return Err(SendError::permanent(
            "the mail server takes no login on this connection; try `smtps://` or another port",
        ));
    }
    let credentials = Credentials::new(login.user.expose().to_owned(), login.password.expose().to_owned());
    match connection.auth(DEFAULT_MECHANISMS, &credentials).await {
        Ok(_) => Ok(()),
        Err(error) => Err(smtp_error_without_answer("refused the login", &error)),
    }
}

/// Creates the TLS parameters with the authorities that all channels trust; none if TLS is never used.
fn tls_parameters(server: &SmtpUrl, trust: &Tls) -> Result<Option<TlsParameters>, SendError> {
    if server.tls == Protection::Absent {
        return Ok(None);
    }
    let mut builder = TlsParametersBuilder::new(server.host.clone());
    if let Tls::Bundle(path) = trust {
        // Describes an unusable bundle in the same way as the other channels.
        http::tls(trust, None, true).map_err(|error| SendError::permanent(error.to_string()))?;
        builder = builder.certificate_store(CertificateStore::None);
        for authority in http::read_ca_bundle(path).map_err(|error| SendError::permanent(error.to_string()))? {
            let authority = Certificate::from_der(authority.to_vec()).map_err(|_| tls_setup_error())?;
            builder = builder.add_root_certificate(authority);
        }
    }
    builder.build().map(Some).map_err(|_| tls_setup_error())
}

fn tls_setup_error() -> SendError {
    SendError::permanent("TLS cannot be set up for the mail server; check `services.alerts.ca_bundle`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> SmtpUrl {
        serde_yaml::from_str(url).unwrap()
    }

    #[test]
    fn an_unusable_ca_bundle_is_named_in_the_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bundle = Tls::Bundle(file.path().to_owned());
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"] {
            std::fs::write(file.path(), text).unwrap();
            let error = tls_parameters(&server("smtps://h"), &bundle).err().unwrap();
            assert!(error.reason.contains("no certificate"), "{}", error.reason);
            assert!(error.reason.contains(&*file.path().to_string_lossy()), "{}", error.reason);
            assert!(!error.is_retryable);
        }
    }

    #[test]
    fn without_tls_the_ca_bundle_is_not_read() {
        let none = tls_parameters(&server("smtp://h?tls=none"), &Tls::Bundle("no/such.pem".into()));
        assert!(none.is_ok_and(|tls| tls.is_none()));
    }
}
