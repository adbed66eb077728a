//! The address of a sender or recipient.

use std::borrow::Cow;

use lettre::message::Mailbox;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// An address, as `bikes@example.com` or `Bikes <bikes@example.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EmailAddress(pub(super) Mailbox);

impl EmailAddress {
    fn parse(text: &str) -> Result<Self, String> {
        // A line end would start another header.
        if text.chars().any(char::is_control) {
            return Err(format!("the address {text:?} holds a control character"));
        }
        let address = text.rsplit_once('<').map_or(text, |(_, address)| address);
        if !address.is_ascii() && address.contains('@') {
            return Err(format!("the address {text:?} is not ASCII before or after the `@`, which few servers take"));
        }
        let mailbox: Mailbox = text.parse().map_err(|_| {
            format!("{text:?} is no email address; write `bikes@example.com` or `Bikes <bikes@example.com>`")
        })?;
        Ok(Self(mailbox))
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for EmailAddress {
    fn schema_name() -> Cow<'static, str> {
        "EmailAddress".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_a_name_in_any_script() {
        for text in ["a@b.example", "Bikes <a@b.example>", "Vélos & Söhne <a@b.example>"] {
            assert!(EmailAddress::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_invalid_address_is_rejected() {
        let cases = [
            ("", "no email address"),
            ("bikes", "no email address"),
            ("a@b, c@d", "no email address"),
            ("a@b\r\nBcc: c@d", "control character"),
            ("Eve\nBcc: c@d <a@b>", "control character"),
            ("é@b.example", "not ASCII"),
            ("a@bücher.example", "not ASCII"),
        ];
        for (text, why) in cases {
            let error = EmailAddress::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
