//! Values of a config as people may see them.

use super::messages::{LONGEST, describe_value, quote};
use super::node::{Node, Value};
use super::source_map::SourceMap;
use crate::secret::{REDACTED, redact, redact_message};

/// Shows a value of a config in a report: a secret, an argument of a program and free text are masked, and what is only a
/// reference to a variable or a file is not.
pub(super) fn show_value(sources: &SourceMap<'_>, path: &[String], node: &Node, config: &Node) -> String {
    let place = sources.top.at(path, Some(config));
    let shown = match &node.value {
        Value::Text(text) if !sources.is_literal(node.source, place) && is_reference(text) => text.clone(),
        Value::Text(text) if place.is_some_and(|place| place.is_address() && !place.is_secret()) => {
            redact_message(text)
        }
        Value::Text(text) if sources.top.shows(path, node, config) => show_text(text),
        Value::Bool(_) | Value::Number(_) if sources.top.shows(path, node, config) => describe_value(&node.value, true),
        Value::Map(_) => "{}".to_owned(),
        Value::List(_) => "[]".to_owned(),
        Value::Null => "null".to_owned(),
        _ => REDACTED.to_owned(),
    };
    redact(&shown).into_owned()
}

/// Returns whether a text is a `${…}` and nothing else, and has no default, which may be a secret.
fn is_reference(text: &str) -> bool {
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).and_then(|inner| inner.split_once(':'));
    inner.is_some_and(|(_, name)| name.chars().all(|c| c.is_ascii_alphanumeric() || "_./-".contains(c)))
}

/// Shows a text without quotes where it is a plain word.
fn show_text(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_-./@".contains(c);
    let is_plain = !text.is_empty() && text.len() <= LONGEST && text.chars().all(is_word);
    if is_plain { text.to_owned() } else { quote(text) }
}
