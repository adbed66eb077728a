//! One conversation with a mail server.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;

use super::smtp_error::SmtpError;
use super::smtp_url::{Login, Protection, SmtpUrl};

/// How long the goodbye may take. The mail is handed in by then.
const GOODBYE: Duration = Duration::from_millis(500);

/// Hands a letter in for whoever the server takes it for.
///
/// # Errors
/// When it was not handed in, or not for everybody: then the refused recipients are named.
pub(super) async fn send(
    server: &SmtpUrl,
    tls: Option<TlsParameters>,
    envelope: &Envelope,
    letter: &[u8],
) -> Result<(), SmtpError> {
    let mut connection = connect(server, tls).await?;
    if let Some(login) = &server.login {
        log_in(&mut connection, server.tls, login).await?;
    }
    let sender = Mail::new(envelope.from().cloned(), vec![]);
    connection.command(sender).await.map_err(|error| SmtpError::new(server, "refused the sender", &error))?;
    let mut refused: Vec<SmtpError> = vec![];
    for to in envelope.to() {
        if let Err(error) = connection.command(Rcpt::new(to.clone(), vec![])).await {
            let trouble = SmtpError::new(server, &format!("refused the recipient {to}"), &error);
            if error.status().is_none() {
                return Err(trouble);
            }
            refused.push(trouble);
        }
    }
    if refused.len() == envelope.to().len() {
        return Err(SmtpError::all(refused));
    }
    connection.command(Data).await.map_err(|error| SmtpError::new(server, "refused the message", &error))?;
    if let Err(error) = connection.message(letter).await {
        let trouble = SmtpError::new(server, "refused the message", &error);
        // Without an answer nobody knows whether the letter is on its way.
        return Err(if error.status().is_none() { trouble.unconfirmed() } else { trouble });
    }
    let _whatever_it_says = tokio::time::timeout(GOODBYE, connection.quit()).await;
    if refused.is_empty() { Ok(()) } else { Err(SmtpError::all(refused).partly()) }
}

async fn connect(server: &SmtpUrl, tls: Option<TlsParameters>) -> Result<AsyncSmtpConnection, SmtpError> {
    let me = ClientId::default();
    let (wrapper, upgrade) = if server.tls == Protection::Wrapped { (tls, None) } else { (None, tls) };
    let address = (server.host.as_str(), server.port);
    let connection = AsyncSmtpConnection::connect_tokio1(address, None, &me, wrapper, None).await;
    let mut connection = connection.map_err(|error| SmtpError::new(server, "refused the connection", &error))?;
    match upgrade {
        Some(tls) if server.tls == Protection::Required || connection.can_starttls() => {
            if !connection.can_starttls() {
                return Err(SmtpError::fixed(
                    "the mail server offers no STARTTLS; use `smtps://`, or `?tls=none` where the way to it is safe",
                ));
            }
            connection.starttls(tls, &me).await.map_err(|error| SmtpError::new(server, "refused STARTTLS", &error))?;
        }
        _ => {}
    }
    Ok(connection)
}

async fn log_in(connection: &mut AsyncSmtpConnection, tls: Protection, login: &Login) -> Result<(), SmtpError> {
    if tls == Protection::Opportunistic && !connection.is_encrypted() {
        return Err(SmtpError::fixed(
            "the mail server offers no STARTTLS, and the login is not sent in the clear; `?tls=none` would do that",
        ));
    }
    if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
        return Err(SmtpError::fixed(
            "the mail server takes no login on this connection; try `smtps://` or another port",
        ));
    }
    let credentials = Credentials::new(login.user.expose().to_owned(), login.password.expose().to_owned());
    match connection.auth(DEFAULT_MECHANISMS, &credentials).await {
        Ok(_) => Ok(()),
        // What the server says may repeat the login.
        Err(error) => Err(SmtpError::unquoted("refused the login", &error)),
    }
}
