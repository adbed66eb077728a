//! What the text of a YAML scalar means: the core schema of YAML 1.2, with numbers as serde_yaml reads them.

use std::borrow::Cow;

use super::super::node::{Number, Value};

/// Why a scalar has no value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ScalarError {
    /// The whole number is larger than any field takes.
    TooLarge,
    /// The text is not of the type that its tag names.
    NotOfTag,
}

/// Returns the value of a plain scalar without a tag.
pub(super) fn plain(text: Cow<'_, str>) -> Result<Value, ScalarError> {
    match (&*text, text.as_bytes().first()) {
        ("" | "~" | "null" | "Null" | "NULL", _) => Ok(Value::Null),
        ("true" | "True" | "TRUE", _) => Ok(Value::Bool(true)),
        ("false" | "False" | "FALSE", _) => Ok(Value::Bool(false)),
        (_, Some(b'0'..=b'9' | b'+' | b'-' | b'.')) => match number(&text)? {
            Some(number) => Ok(Value::Number(number)),
            None => Ok(Value::Text(text.into_owned())),
        },
        _ => Ok(Value::Text(text.into_owned())),
    }
}

/// Returns the value of a scalar with a tag of YAML's core schema.
pub(super) fn tagged(text: Cow<'_, str>, tag: &str) -> Result<Value, ScalarError> {
    if tag == "str" {
        return Ok(Value::Text(text.into_owned()));
    }
    let is_empty = text.is_empty();
    match (tag, plain(Cow::Borrowed(&text))?) {
        ("null", Value::Null) if !is_empty => Ok(Value::Null),
        ("bool", Value::Bool(truth)) => Ok(Value::Bool(truth)),
        ("int", Value::Number(number @ (Number::Unsigned(_) | Number::Negative(_)))) => Ok(Value::Number(number)),
        ("float", Value::Number(Number::Float(number))) => Ok(Value::Number(Number::Float(number))),
        ("float", Value::Number(_)) => {
            text.parse().map(|number| Value::Number(Number::Float(number))).map_err(|_| ScalarError::NotOfTag)
        }
        _ => Err(ScalarError::NotOfTag),
    }
}

fn number(text: &str) -> Result<Option<Number>, ScalarError> {
    match text.parse::<serde_yaml::Number>() {
        Ok(number) => Ok(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Some(Number::Unsigned(number)),
            (_, Some(number)) => Some(Number::Negative(number)),
            _ => number.as_f64().map(Number::Float),
        }),
        // A number of 128 bits is refused by its type, and everything else because it is no number.
        Err(error) if error.to_string().contains("128") => Err(ScalarError::TooLarge),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_have_the_meaning_that_yaml_1_2_gives_them() {
        let text = |text: &str| Ok(Value::Text(text.to_owned()));
        let number = |number| Ok(Value::Number(number));
        for word in ["007", "yes", "1_000", "on", "0o8", "1:30", "2026-11-23", "-", "."] {
            assert_eq!(plain(word.into()), text(word));
        }
        assert_eq!(plain("0x10".into()), number(Number::Unsigned(16)));
        assert_eq!(plain("-3".into()), number(Number::Negative(-3)));
        assert_eq!(plain("1.5".into()), number(Number::Float(1.5)));
        assert_eq!(plain("99999999999999999999".into()), Err(ScalarError::TooLarge));
        assert_eq!(tagged("1".into(), "str"), text("1"));
        assert_eq!(tagged("1".into(), "float"), number(Number::Float(1.0)));
        assert_eq!(tagged("x".into(), "int"), Err(ScalarError::NotOfTag));
    }
}
