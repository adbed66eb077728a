//! A letter as it goes over the wire.

use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use uuid::Uuid;

use crate::notify::text::{cut, one_line};

/// The longest subject, in characters; longer ones are cut by what shows them.
const SUBJECT: usize = 200;

/// What is written to people: the same twice, as text and as HTML.
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

impl Letter {
    /// Returns who it goes to, and the message in the form of the mail standards.
    ///
    /// # Errors
    /// When it cannot be put into that form.
    pub(super) fn sealed(
        self,
        from: &Mailbox,
        to: impl Iterator<Item = Mailbox>,
    ) -> Result<(Envelope, Vec<u8>), lettre::error::Error> {
        let letter = Message::builder().from(from.clone()).subject(shortened(&self.subject)).date_now();
        let letter = letter.message_id(Some(message_id(from))).header(AutoSubmitted);
        let letter = to.fold(letter, |letter, to| letter.to(to));
        let letter = letter.multipart(MultiPart::alternative_plain_html(self.text, self.html))?;
        Ok((letter.envelope().clone(), letter.formatted()))
    }
}

/// Makes a name that no other letter has, in the domain of the sender.
fn message_id(from: &Mailbox) -> String {
    format!("<{}@{}>", Uuid::new_v4(), from.email.domain())
}

/// Returns a subject that is one line of bounded length.
fn shortened(subject: &str) -> String {
    cut(&one_line(subject), SUBJECT)
}

/// Tells mailboxes that no person wrote this, so that none answers that its owner is on holiday (RFC 3834).
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

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(subject: &str) -> String {
        let from: Mailbox = "Vélos <bikes@example.com>".parse().unwrap();
        let to = ["a@example.com", "\"Eve, the \\\"x\\\"\" <b@example.com>"].map(|to| to.parse().unwrap());
        let letter = Letter { subject: subject.to_owned(), text: ".\r\ntext".to_owned(), html: "<p>".to_owned() };
        let (envelope, bytes) = letter.sealed(&from, to.into_iter()).unwrap();
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
        assert_eq!(shortened(" a\r\n b \u{7}c\u{2028}d "), "a b c d");
        assert_eq!(shortened(&"é".repeat(200)), "é".repeat(200));
        let cut = shortened(&"é".repeat(201));
        assert!(cut.ends_with("é…"), "{cut}");
        assert_eq!(cut.chars().count(), 200);
    }

    #[test]
    fn the_standard_headers_are_there() {
        let headers = headers("hello");
        for header in
            ["Message-ID: <", "@example.com>", "Auto-Submitted: auto-generated", "Date: ", "MIME-Version: 1.0"]
        {
            assert!(headers.contains(header), "{header} is not in\n{headers}");
        }
    }
}
