//! An email as a MIME message, with the body as text and as HTML.

use std::fmt::Write as _;
use std::sync::LazyLock;

use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use minijinja::{Environment, UndefinedBehavior, context};
use uuid::Uuid;

use crate::notify::channel_context::SendError;
use crate::notify::sanitize::{strip_invisible, to_one_line, truncate_utf16};
use crate::notify::{Message, Tone};

/// The length at which a subject is truncated, in characters.
const MAX_SUBJECT_LENGTH: usize = 200;

/// minijinja escapes all values as HTML because of the extension.
const TEMPLATE_NAME: &str = "message.html";

static HTML: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A test renders it, so an error here is found.
    let _ = environment.add_template(TEMPLATE_NAME, include_str!("message.html"));
    environment
});

/// An email: the same body as text and as HTML.
pub(super) struct Letter {
    subject: String,
    text: String,
    html: String,
}

impl Letter {
    pub(super) fn new(subject: &str, message: &Message) -> Result<Self, SendError> {
        let html = html(message).map_err(|_| SendError::permanent("the HTML of the email could not be written"))?;
        Ok(Self { subject: shorten(subject), text: plain(message), html })
    }

    /// Returns the envelope and the MIME message.
    pub(super) fn format(
        self,
        from: &Mailbox,
        to: impl Iterator<Item = Mailbox>,
    ) -> Result<(Envelope, Vec<u8>), SendError> {
        let email = lettre::Message::builder().from(from.clone()).subject(self.subject).date_now();
        let email = email.message_id(Some(message_id(from))).header(AutoSubmitted);
        let email = to.fold(email, |email, to| email.to(to));
        let email = email.multipart(MultiPart::alternative_plain_html(self.text, self.html));
        let email = email.map_err(|error| SendError::permanent(format!("the email could not be written: {error}")))?;
        Ok((email.envelope().clone(), email.formatted()))
    }
}

/// Creates a unique `Message-ID` in the domain of the sender.
fn message_id(from: &Mailbox) -> String {
    format!("<{}@{}>", Uuid::new_v4(), from.email.domain())
}

/// Returns a subject that is one line of bounded length.
fn shorten(subject: &str) -> String {
    truncate_utf16(&to_one_line(subject), MAX_SUBJECT_LENGTH)
}

/// The header that keeps mailboxes from sending automatic replies (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Returns a message as plain text.
fn plain(message: &Message) -> String {
    let mut text = format!("{}\n\n{}\n", message.title, message.text);
    if !message.details.is_empty() {
        text.push('\n');
    }
    for (label, value) in &message.details {
        let _ = writeln!(text, "{label}: {}", value.replace('\n', "\n  "));
    }
    if let Some(url) = &message.url {
        let _ = writeln!(text, "\n{url}");
    }
    strip_invisible(&text)
}

/// Renders a message as HTML. The page loads nothing from other places.
fn html(message: &Message) -> Result<String, minijinja::Error> {
    let color = match message.tone {
        Tone::Good => "#1a7f37",
        Tone::Neutral => "#57606a",
        Tone::Bad => "#cf222e",
    };
    let details: Vec<(&str, String)> =
        message.details.iter().map(|(label, text)| (*label, strip_invisible(text))).collect();
    HTML.get_template(TEMPLATE_NAME)?.render(context! {
        color,
        title => strip_invisible(&message.title),
        text => strip_invisible(&message.text),
        details,
        url => message.url.as_deref().map(strip_invisible),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::test_fixtures;

    fn headers(subject: &str) -> String {
        let from: Mailbox = "Vélos <bikes@example.com>".parse().unwrap();
        let to = ["a@example.com", "\"Eve, the \\\"x\\\"\" <b@example.com>"].map(|to| to.parse().unwrap());
        let letter = Letter { subject: shorten(subject), text: ".\r\ntext".to_owned(), html: "<p>".to_owned() };
        let (envelope, bytes) = letter.format(&from, to.into_iter()).unwrap();
        assert_eq!(envelope.to().len(), 2);
        let text = String::from_utf8(bytes).unwrap();
        text.split("\r\n\r\n").next().unwrap().to_owned()
    }

    #[test]
    fn a_subject_cannot_begin_another_header() {
        let plain = headers("hello");
        for subject in
            ["hello\r\nBcc: eve@example.com", "hello\nBcc: eve@example.com", "hello\r\n\r\nbody", "é\r\nBcc: x"]
        {
            let injected = headers(subject);
            assert_eq!(injected.matches("\r\n").count(), plain.matches("\r\n").count(), "{injected}");
            assert!(!injected.contains("\r\nBcc"), "{injected}");
        }
    }

    #[test]
    fn a_subject_is_one_line_of_bounded_length() {
        assert_eq!(shorten(" a\r\n b \u{7}c\u{2028}d "), "a b c d");
        assert_eq!(shorten(&"é".repeat(200)), "é".repeat(200));
        let cut = shorten(&"é".repeat(201));
        assert!(cut.ends_with("é…"), "{cut}");
        assert_eq!(cut.chars().count(), 200);
    }

    #[test]
    fn the_standard_headers_are_set() {
        let headers = headers("hello");
        for header in
            ["Message-ID: <", "@example.com>", "Auto-Submitted: auto-generated", "Date: ", "MIME-Version: 1.0"]
        {
            assert!(headers.contains(header), "{header} is not in\n{headers}");
        }
    }

    #[test]
    fn the_html_shows_the_message_and_its_details() {
        insta::assert_snapshot!(html(&test_fixtures::blocked()).unwrap());
    }

    #[test]
    fn nothing_in_a_text_is_markup() {
        let mut message = test_fixtures::promoted();
        message.text = "<b onclick=\"x\">R&D's\nend\u{1b}".to_owned();
        message.details = vec![("By", "<i>".to_owned())];
        message.url = Some("https://h/\"><script>".to_owned());
        let html = html(&message).unwrap();
        assert!(html.contains("<p>&lt;b onclick=&quot;x&quot;&gt;R&amp;D&#x27;s<br>\nend</p>"), "{html}");
        assert!(html.contains("<td>&lt;i&gt;</td>"), "{html}");
        assert!(html.contains("\">https:&#x2f;&#x2f;h&#x2f;&quot;&gt;&lt;script&gt;</a>"), "{html}");
        assert!(!html.contains("<script"), "{html}");
    }
}
