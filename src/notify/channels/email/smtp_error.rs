//! Why a letter was not handed in, without the login and the server's address.

use std::error::Error;
use std::io;

use lettre::transport::smtp;
use rustls::CertificateError;

use super::smtp_url::SmtpUrl;
use crate::text::ForeignText;

/// How much of an answer is told, in characters.
const ANSWER: usize = 200;

/// What went wrong, and whether trying again may help.
#[derive(Debug)]
pub(super) struct SmtpError {
    pub(super) reason: String,
    pub(super) is_passing: bool,
}

impl SmtpError {
    /// Tells what trying again will not cure.
    pub(super) fn fixed(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_passing: false }
    }

    /// Tells what a server did, such as `refused the sender`, with its own words.
    pub(super) fn new(server: &SmtpUrl, deed: &str, error: &smtp::Error) -> Self {
        Self::describe(deed, error, &answer(server, error))
    }

    /// Tells what a server did, without its own words.
    pub(super) fn unquoted(deed: &str, error: &smtp::Error) -> Self {
        Self::describe(deed, error, "")
    }

    fn describe(deed: &str, error: &smtp::Error, answer: &str) -> Self {
        if let Some(code) = error.status() {
            let reason = format!("the mail server {deed} ({code}{answer})");
            return Self { reason, is_passing: error.is_transient() };
        }
        let causes = || std::iter::successors(error.source(), |&cause| cause.source());
        if let Some(tls) = causes().find_map(tls_fault) {
            return Self::fixed(untrusted(tls));
        }
        if let Some(io) = causes().find_map(|cause| cause.downcast_ref::<io::Error>()) {
            // What is no answer of the operating system, such as a name that nobody knows, has words and no kind.
            let why = io.raw_os_error().map_or_else(|| io.to_string(), |_| io.kind().to_string());
            return Self { reason: format!("the connection to the mail server failed: {why}"), is_passing: true };
        }
        let reason = "the mail server ended the conversation, or does not speak SMTP; check the port, and whether it is \
                      `smtps://` (TLS from the start, usually port 465) or `smtp://` (usually port 587)";
        Self { reason: reason.to_owned(), is_passing: true }
    }

    /// Puts what went wrong with several recipients together; it passes where all of it does.
    pub(super) fn all(troubles: Vec<Self>) -> Self {
        let is_passing = troubles.iter().all(|trouble| trouble.is_passing);
        let reasons: Vec<String> = troubles.into_iter().map(|trouble| trouble.reason).collect();
        Self { reason: reasons.join("; "), is_passing }
    }

    /// Says that the others were reached, who would be told twice by trying again.
    pub(super) fn partly(self) -> Self {
        Self::fixed(format!("{}; the other recipients were told", self.reason))
    }

    /// Says that the letter may have been taken, and would be told twice by trying again.
    pub(super) fn unconfirmed(self) -> Self {
        Self::fixed(format!("{}; the letter was sent, and may have been taken", self.reason))
    }
}

/// Returns the words of a server's refusal, on one line. A broken one may repeat whatever it was told.
fn answer(server: &SmtpUrl, error: &smtp::Error) -> String {
    let Some(words) = error.source().map(ToString::to_string) else { return String::new() };
    let words = ForeignText::new(words).hide(&server.secrets()).on_one_line().cut(ANSWER);
    if words.is_blank() { String::new() } else { format!(": {words}") }
}

/// Returns what TLS found wrong, which may come wrapped up as a failure of the connection.
fn tls_fault<'e>(cause: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    inner.and_then(|inner| inner.downcast_ref()).or_else(|| cause.downcast_ref())
}

fn untrusted(error: &rustls::Error) -> String {
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
