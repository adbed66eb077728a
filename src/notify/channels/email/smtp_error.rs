//! Describes SMTP errors, without the login and the address of the server.

use std::error::Error;
use std::io;

use lettre::transport::smtp;
use rustls::CertificateError;

use super::smtp_url::SmtpUrl;
use crate::notify::channel_context::SendError;
use crate::text::ForeignText;

/// The length at which a quoted answer is truncated, in characters.
const MAX_ANSWER_LENGTH: usize = 200;

/// Describes an error with the server's answer. `action` says what the server did, such as `refused the sender`.
pub(super) fn smtp_error(server: &SmtpUrl, action: &str, error: &smtp::Error) -> SendError {
    describe(action, error, &answer(server, error))
}

/// Describes an error without the server's answer, which may repeat the login.
pub(super) fn smtp_error_without_answer(action: &str, error: &smtp::Error) -> SendError {
    describe(action, error, "")
}

fn describe(action: &str, error: &smtp::Error, answer: &str) -> SendError {
    if let Some(code) = error.status() {
        let reason = format!("the mail server {action} ({code}{answer})");
        return SendError { is_retryable: error.is_transient(), ..SendError::permanent(reason) };
    }
    let causes = || std::iter::successors(error.source(), |&cause| cause.source());
    if let Some(tls) = causes().find_map(tls_error) {
        return SendError::permanent(describe_tls_error(tls));
    }
    if let Some(io) = causes().find_map(|cause| cause.downcast_ref::<io::Error>()) {
        // An error that the operating system did not return, such as an unknown host, has a text and no kind.
        let why = io.raw_os_error().map_or_else(|| io.to_string(), |_| io.kind().to_string());
        return SendError::transient(format!("the connection to the mail server failed: {why}"));
    }
    SendError::transient(
        "the mail server ended the conversation, or does not speak SMTP; check the port, and whether it is \
         `smtps://` (TLS from the start, usually port 465) or `smtp://` (usually port 587)",
    )
}

/// Joins the errors of several recipients. A retry may succeed only if it may for each of them.
pub(super) fn join_errors(errors: Vec<SendError>) -> SendError {
    let is_retryable = errors.iter().all(|error| error.is_retryable);
    let reasons: Vec<String> = errors.into_iter().map(|error| error.reason).collect();
    SendError { is_retryable, ..SendError::permanent(reasons.join("; ")) }
}

/// Returns the server's answer on one line. Whatever it may repeat of the request is redacted.
fn answer(server: &SmtpUrl, error: &smtp::Error) -> String {
    let Some(words) = error.source().map(ToString::to_string) else { return String::new() };
    let words = ForeignText::new(words).hide(&server.secrets()).on_one_line().cut(MAX_ANSWER_LENGTH);
    if words.is_blank() { String::new() } else { format!(": {words}") }
}

/// Returns the TLS error, which may be wrapped in an I/O error.
fn tls_error<'e>(cause: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    inner.and_then(|inner| inner.downcast_ref()).or_else(|| cause.downcast_ref())
}

fn describe_tls_error(error: &rustls::Error) -> String {
    let why = match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            "its certificate comes from an authority that is not trusted; name a private one in `services.alerts.ca_bundle`"
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "its certificate is for another host",
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "its certificate has expired"
        }
        rustls::Error::InvalidCertificate(_) => "its certificate is not valid",
        rustls::Error::InvalidMessage(_) => {
            "it does not answer with TLS; `smtp://` begins without and goes on with STARTTLS"
        }
        _ => "TLS could not be agreed on",
    };
    format!("the mail server is not trusted: {why}")
}
