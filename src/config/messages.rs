//! Texts of error messages.

use std::rc::Rc;

use figment::error::Actual;

use super::diagnostic::{Fault, Location};
use super::key_path::KeyPath;
use super::node::{Map, Number, Value};
use super::python_compat;
use super::schema_node::SchemaNode;
use crate::secret::{REDACTED, redact_userinfo};
use crate::text::{nearest, suggest, truncate};

/// The length at which a quoted value is truncated, in characters.
pub(super) const LONGEST: usize = 60;

/// Describes a value: its type, and the value itself if it may be shown.
pub(super) fn describe_value(value: &Value, is_shown: bool) -> String {
    match value {
        Value::Text(text) if is_shown => format!("text {}", quote(text)),
        Value::Bool(truth) if is_shown => truth.to_string(),
        Value::Number(number) if is_shown => number.to_string(),
        Value::Text(_) => "text".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::Null => "nothing (null)".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
        Value::List(_) => "a list".to_owned(),
    }
}

/// Describes the value that a deserializer found instead of the expected one.
pub(super) fn describe_actual(actual: &Actual, is_shown: bool) -> String {
    let value = match actual {
        Actual::Bool(truth) => Value::Bool(*truth),
        Actual::Unsigned(number) => Value::Number(Number::Unsigned(u64::try_from(*number).unwrap_or(u64::MAX))),
        Actual::Signed(number) => Value::Number(Number::Negative(i64::try_from(*number).unwrap_or(i64::MIN))),
        Actual::Float(number) => Value::Number(Number::Float(*number)),
        Actual::Str(text) => Value::Text(text.clone()),
        Actual::Unit | Actual::Option => Value::Null,
        Actual::Seq => Value::List(Rc::default()),
        Actual::Map => Value::Map(Rc::default()),
        _ => return "something else".to_owned(),
    };
    describe_value(&value, is_shown)
}

/// Quotes a text for a message. The login of an address is removed, and a long text is truncated.
pub(super) fn quote(text: &str) -> String {
    let text = redact_userinfo(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Creates the fault of a value with the wrong type or size.
pub(super) fn misfit(path: KeyPath, place: SchemaNode<'_>, value: &Value, is_shown: bool) -> Fault {
    let found = describe_value(value, is_shown);
    let takes_any_text = place.accepts("string") && place.fixed_words().is_empty();
    let help = match value {
        Value::Number(_) | Value::Bool(_) if takes_any_text => Some("write the value in quotes"),
        Value::Null => Some("give it a value, or remove the key to get the default"),
        _ => None,
    };
    let message = format!("expected {}, found {found}", place.expected());
    Fault::new(Location::Value(path), message).help(help.map(str::to_owned))
}

/// Creates the fault of a text that is not one of the allowed words.
pub(super) fn unknown_word(path: KeyPath, place: SchemaNode<'_>, text: &str, is_shown: bool) -> Fault {
    let near = nearest(text, &place.fixed_words()).filter(|_| is_shown);
    let found = describe_value(&Value::Text(text.to_owned()), is_shown);
    let message = format!("expected {}, found {found}", place.expected());
    Fault::new(Location::Value(path), message).help(near.map(|word| format!("did you mean `{word}`?")))
}

/// Words that people write for keys of other names: MLflow's own, and those of other kinds of jobs.
const SYNONYMS: [(&str, &str); 5] =
    [("version", "to"), ("model", "name"), ("model_name", "name"), ("model_version", "version"), ("stage", "alias")];

/// Creates the fault of a key that the schema does not have.
pub(super) fn unknown_key(path: &[String], mapping: SchemaNode<'_>, key: &str) -> Fault {
    let here = KeyPath::from(path.to_vec());
    let above = here.parent().unwrap_or_default();
    // In `key:value` without a blank, the value is part of the key.
    let is_glued = key.contains([':', '=']);
    let subject = match (mapping.kind(), above.keys().is_empty()) {
        (Some(kind), _) => with_article(kind),
        (None, true) => "a config".to_owned(),
        (None, false) => format!("`{above}`"),
    };
    if let (true, Some(name)) = (is_glued, key.split([':', '=']).next()) {
        let message = format!("{subject} has no key `{name}…`: a colon needs a blank behind it");
        return Fault::new(Location::Within(above), message).help(suggest(name, &mapping.names()));
    }
    let names = mapping.names();
    let meant = SYNONYMS.iter().find(|(other, name)| *other == key && names.contains(name));
    let help = meant.map_or_else(|| suggest(key, &names), |(_, name)| Some(format!("did you mean `{name}`?")));
    Fault::new(Location::Key(here), format!("{subject} has no key `{key}`")).help(help)
}

/// Creates the fault of a missing required key.
pub(super) fn missing_key(path: &[String], mapping: SchemaNode<'_>, key: &str) -> Fault {
    let here = KeyPath::from(path.to_vec());
    let subject = mapping.kind().map_or_else(|| format!("`{here}`"), with_article);
    let is_boolean = mapping.property(key).is_some_and(|property| property.accepts("boolean"));
    let help = if is_boolean { format!("add `{key}: true` or `{key}: false`") } else { format!("add `{key}`") };
    Fault::new(Location::Within(here), format!("{subject} needs `{key}`")).help(help)
}

/// Creates the fault of a mapping whose `KIND` is missing or unknown.
pub(super) fn unknown_kind(path: &[String], place: SchemaNode<'_>, map: &Map, is_shown: bool) -> Fault {
    let here = KeyPath::from(path.to_vec());
    let kinds = place.kinds();
    let all = || suggest("", &kinds);
    let Some(kind) = map.get("KIND") else {
        if let Some(key) = map.keys().find(|key| key.eq_ignore_ascii_case("KIND")) {
            return Fault::new(Location::Key(here.child(key)), format!("`KIND` is written `{key}`"))
                .help("write it in upper case".to_owned());
        }
        let is_job = matches!(path, [first, ..] if first.starts_with("job")) && path.len() < 3;
        let layer = "; a file that only changes other configs goes under them with `--base`, or over them with `--extras` \
                     and `--set`";
        let help = all().map(|all| if is_job { all + layer } else { all });
        return Fault::new(Location::Within(here.clone()), format!("`{here}` needs a `KIND`")).help(help);
    };
    let location = Location::Value(here.child("KIND"));
    if let Some((kind, help)) = kind.node.as_text().and_then(|kind| Some((kind, python_compat::how_to_run(kind)?))) {
        return Fault::new(location, format!("a `{kind}` is run by the Python template only")).help(help);
    }
    match kind.node.as_text() {
        Some(kind) => {
            let help = if is_shown { suggest(kind, &kinds) } else { all() };
            let kind = if is_shown { truncate(kind, LONGEST) } else { REDACTED.into() };
            Fault::new(location, format!("`{kind}` is no known `KIND`")).help(help)
        }
        None => {
            let message = format!("a `KIND` is text, found {}", describe_value(&kind.node.value, true));
            Fault::new(location, message).help(all())
        }
    }
}

/// Returns a `KIND` with an indefinite article.
fn with_article(kind: &str) -> String {
    format!("{} {kind}", if kind.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_a_message_is_truncated_and_redacted() {
        assert_eq!(quote("http://me:pw@host"), "\"http://***@host\"");
        assert!(quote(&"x".repeat(1000)).chars().count() < 70);
    }
}
