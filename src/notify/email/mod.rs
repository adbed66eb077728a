//! Email: a letter as text and HTML, handed in to a mail server.

mod envelope;
mod mailbox;
mod server;
mod tls;
mod trouble;
mod wire;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use self::envelope::Letter;
use self::mailbox::Address;
use self::server::SmtpUrl;
use self::trouble::Trouble;

/// Writes an email.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailChannel {
    /// The mail server: `smtps://user:password@host:465`, or `smtp://host:587` with `?tls=required` (the default),
    /// `opportunistic` or `none`.
    smtp_url: SmtpUrl,
    /// Who writes: `bikes@example.com` or `Bikes <bikes@example.com>`.
    from: Address,
    /// Who is told, each in the same form.
    #[schemars(length(min = 1))]
    to: Vec<Address>,
    /// A PEM file of certificates that the mail server's must come from, instead of the public authorities.
    #[serde(default)]
    ca_cert_path: Option<PathBuf>,
}

impl EmailChannel {
    async fn deliver(&self, letter: Letter, id: &str) -> Result<(), Trouble> {
        let tls = tls::parameters(&self.smtp_url, self.ca_cert_path.as_deref())?;
        let to = self.to.iter().map(|to| to.0.clone());
        let sealed = letter.sealed(&self.from.0, to, id);
        let (envelope, letter) =
            sealed.map_err(|error| Trouble::fixed(format!("the email could not be written: {error}")))?;
        wire::hand_in(&self.smtp_url, tls, &envelope, &letter).await
    }
}
