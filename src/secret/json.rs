//! Redacts documents that must stay JSON.

use std::borrow::Cow;

use super::redactor::redact;

/// Hides the registered secrets in the strings of a JSON document. Keys, numbers and syntax stay as they are, because a
/// password may be `level`, or contain a quote.
pub fn redact_json(document: &str) -> Cow<'_, str> {
    if let Cow::Borrowed(_) = redact(document) {
        return Cow::Borrowed(document);
    }
    let mut shown = String::with_capacity(document.len());
    let mut rest = document;
    while let Some(start) = rest.find('"') {
        let (before, from) = rest.split_at(start);
        let (text, behind) = from.split_at(string_length(from));
        shown.push_str(before);
        match serde_json::from_str::<String>(text) {
            Ok(value) if !behind.trim_start().starts_with(':') => {
                shown.push_str(&serde_json::Value::from(redact(&value).into_owned()).to_string());
            }
            _ => shown.push_str(text),
        }
        rest = behind;
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// Returns the length of the quoted string that a document begins with.
fn string_length(document: &str) -> usize {
    let mut is_escaped = false;
    let end = document.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(document.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::register;

    #[test]
    fn a_document_stays_json_whatever_the_password_is() {
        for secret in ["level", "\",\"wait\":", "{\"level", "1234", "hunter\"2"] {
            register(secret);
        }
        let line = serde_json::json!({ "level": "a level\\", "wait": 1234, "told": ["hunter\"2", "1234"] }).to_string();
        let shown: serde_json::Value = serde_json::from_str(&redact_json(&line)).unwrap();
        assert_eq!(shown, serde_json::json!({ "level": "a ***\\", "wait": 1234, "told": ["***", "***"] }));
        assert_eq!(redact_json("not \"json level"), "not \"json level");
    }
}
