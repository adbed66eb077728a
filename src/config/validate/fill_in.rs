//! Values of texts with `${…}`, of the type of their place.

use std::collections::BTreeMap;

use super::super::coerce::{coerce, coerce_default, no_value};
use super::super::interpolate::expand;
use super::super::node::{SourceId, Value};
use super::super::schema_node::SchemaNode;
use super::super::source_map::SourceMap;

/// What the walk reads values with.
#[derive(Clone, Copy)]
pub(in crate::config) struct Context<'c> {
    pub(in crate::config) top: SchemaNode<'c>,
    pub(in crate::config) sources: &'c SourceMap<'c>,
    pub(in crate::config) env: &'c BTreeMap<String, String>,
}

impl Context<'_> {
    /// Returns whether a text stands for itself. Free text from outside does: the title of a pull request must not fetch a
    /// secret.
    pub(super) fn is_literal(self, source: SourceId, place: Option<SchemaNode<'_>>) -> bool {
        let is_free = || place.is_some_and(SchemaNode::is_free_text);
        self.sources.is_literal(source) || self.sources.is_from_outside(source) && is_free()
    }
}

/// A value that was filled in.
pub(super) struct Filled {
    pub(super) value: Value,
    /// Whether something came in that must not be shown.
    pub(super) is_hidden: bool,
}

/// Why a text could not be filled in, and what to do about it.
pub(super) struct Unfilled {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// Fills in a text. One that is nothing but one interpolation gets the type of its place.
pub(super) fn fill_in(
    context: Context<'_>,
    text: &str,
    place: Option<SchemaNode<'_>>,
    source: SourceId,
) -> Result<Filled, Unfilled> {
    let expanded = expand(text, context.env, place.is_some_and(SchemaNode::is_template))
        .map_err(|unresolved| Unfilled { message: unresolved.message, help: Some(unresolved.help) })?;
    let text = expanded.text;
    let value = match place {
        Some(place) if expanded.is_whole && expanded.is_written => coerce_default(&text, place, source),
        Some(place) if expanded.is_whole => coerce(&text, place, source, false),
        Some(place) if expanded.is_foreign && !expanded.is_written => match no_value(&text, place) {
            Some(message) => Err(message),
            None => Ok(Value::Text(text)),
        },
        _ => Ok(Value::Text(text)),
    };
    let value = value.map_err(|message| Unfilled { message, help: None })?;
    Ok(Filled { value, is_hidden: expanded.is_foreign })
}
