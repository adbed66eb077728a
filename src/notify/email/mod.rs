//! Email: a letter as text and HTML, handed in to a mail server.

mod envelope;
mod mailbox;
mod server;
mod text;
mod tls;
mod trouble;
mod wire;

use schemars::JsonSchema;
use serde::Deserialize;

use self::envelope::Letter;
use self::mailbox::Address;
use self::server::SmtpUrl;
use self::trouble::Trouble;
use super::{ChannelConfig, Ending, Notice, SendError, Template, Tools};
use crate::http::Tls;

/// Sends mail through a mail server.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailChannel {
    /// The mail server with its login: `smtps://user:password@host:465`, or `smtp://host:587` with STARTTLS, which
    /// `?tls=required` (the default), `?tls=opportunistic` or `?tls=none` rules.
    smtp_url: SmtpUrl,
    /// The sender: `bikes@example.com` or `Bikes <bikes@example.com>`.
    from: Address,
    /// The recipients, each in the same form.
    #[schemars(length(min = 1))]
    to: Vec<Address>,
    /// A template of the subject; by default the application's name and the title.
    #[serde(default)]
    subject: Option<Template>,
    /// The endings it is told of; by default those of `services.alerts.events`.
    #[serde(default)]
    pub(super) on: Option<Vec<Ending>>,
    /// Whether a job fails when its notice is not delivered.
    #[serde(default)]
    pub(super) required: bool,
    /// The channel that is told instead where this one fails.
    #[serde(default)]
    pub(super) fallback: Option<Box<ChannelConfig>>,
}

impl EmailChannel {
    pub(super) async fn send(&self, notice: &Notice, tools: &Tools) -> Result<(), SendError> {
        let subject = match &self.subject {
            Some(template) => notice.fill(template)?,
            None => format!("[{}] {}", notice.app_name, notice.title),
        };
        let letter = Letter { subject, text: text::plain(notice), html: text::html(notice) };
        self.deliver(letter, tools.trust()).await.map_err(|Trouble { reason, is_passing }| {
            if is_passing { SendError::passing(reason) } else { SendError::lasting(reason) }
        })
    }

    async fn deliver(&self, letter: Letter, trust: &Tls) -> Result<(), Trouble> {
        let tls = tls::parameters(&self.smtp_url, trust)?;
        let sealed = letter.sealed(&self.from.0, self.to.iter().map(|to| to.0.clone()));
        let (envelope, letter) =
            sealed.map_err(|error| Trouble::fixed(format!("the email could not be written: {error}")))?;
        wire::hand_in(&self.smtp_url, tls, &envelope, &letter).await
    }
}
