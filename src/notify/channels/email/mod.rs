//! Email: a letter as text and HTML, handed in to a mail server.

mod body;
mod email_address;
mod mime;
mod smtp;
mod smtp_error;
mod smtp_url;
mod tls;

use self::email_address::EmailAddress;
use self::mime::Letter;
use self::smtp_error::SmtpError;
use self::smtp_url::SmtpUrl;
use crate::http::Tls;
use crate::notify::channel_context::{ChannelContext, SendError};
use crate::notify::{Message, Template};

channel! {
    /// Sends mail through a mail server.
    pub struct EmailChannel {
        /// The mail server with its login: `smtps://user:password@host:465`, or `smtp://host:587` with STARTTLS, which
        /// `?tls=required` (the default), `?tls=opportunistic` or `?tls=none` rules.
        smtp_url: SmtpUrl,
        /// The sender: `bikes@example.com` or `Bikes <bikes@example.com>`.
        from: EmailAddress,
        /// The recipients, each in the same form.
        #[schemars(length(min = 1))]
        to: Vec<EmailAddress>,
        /// A template of the subject; by default the application's name and the title.
        #[serde(default)]
        subject: Option<Template>,
    }
}

impl EmailChannel {
    pub(super) async fn send(&self, message: &Message, context: &ChannelContext) -> Result<(), SendError> {
        let subject = match &self.subject {
            Some(template) => message.render(template)?,
            None => format!("[{}] {}", message.app_name, message.title),
        };
        let html =
            body::html(message).map_err(|_| SendError::permanent("the HTML of the email could not be written"))?;
        let letter = Letter { subject, text: body::plain(message), html };
        self.deliver(letter, context.trust()).await.map_err(|SmtpError { reason, is_passing }| {
            if is_passing { SendError::transient(reason) } else { SendError::permanent(reason) }
        })
    }

    async fn deliver(&self, letter: Letter, trust: &Tls) -> Result<(), SmtpError> {
        let tls = tls::parameters(&self.smtp_url, trust)?;
        let sealed = letter.sealed(&self.from.0, self.to.iter().map(|to| to.0.clone()));
        let (envelope, letter) =
            sealed.map_err(|error| SmtpError::fixed(format!("the email could not be written: {error}")))?;
        smtp::send(&self.smtp_url, tls, &envelope, &letter).await
    }
}
