//! The email channel: a body as text and HTML, submitted to a mail server.

mod email_address;
mod letter;
mod smtp;
mod smtp_error;
mod smtp_url;

use self::email_address::EmailAddress;
use self::letter::Letter;
use self::smtp_url::SmtpUrl;
use crate::notify::channel_context::{ChannelContext, SendError};
use crate::notify::{Message, Template};

channel! {
    /// Sends mail through a mail server.
    pub struct EmailChannel {
        /// The mail server with its login: `smtps://user:password@host:465`, or `smtp://host:587` with STARTTLS.
        /// `?tls=required` (the default), `?tls=opportunistic` or `?tls=none` sets when STARTTLS is used.
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
        let letter = Letter::new(&subject, message)?;
        let (envelope, email) = letter.format(&self.from.0, self.to.iter().map(|to| to.0.clone()))?;
        smtp::send(&self.smtp_url, context.trust(), &envelope, &email).await
    }
}
