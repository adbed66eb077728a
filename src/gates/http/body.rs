//! What is sent to an endpoint.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use crate::secret::REDACTED;

/// The shortest text of a body that is hidden where an endpoint repeats it.
const HIDDEN: usize = 8;

/// A body: a text as it is, or anything else as JSON.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Body(Value);

impl Body {
    /// Returns what is sent.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.as_str().map_or_else(|| self.0.to_string(), str::to_owned).into_bytes()
    }

    /// Returns what it is sent as, where the headers do not say.
    pub(crate) const fn content_type(&self) -> &'static str {
        match self.0 {
            Value::String(_) => "text/plain; charset=utf-8",
            _ => "application/json",
        }
    }

    /// Returns the texts in it, of which any may be a secret.
    pub(super) fn texts(&self) -> Vec<String> {
        fn walk(value: &Value, texts: &mut Vec<String>) {
            match value {
                Value::String(text) if text.len() >= HIDDEN => texts.push(text.clone()),
                Value::Array(items) => items.iter().for_each(|item| walk(item, texts)),
                Value::Object(fields) => fields.values().for_each(|field| walk(field, texts)),
                _ => {}
            }
        }
        let mut texts = vec![];
        walk(&self.0, &mut texts);
        texts
    }
}

/// Never shown: what came in through a variable may be a secret.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl JsonSchema for Body {
    fn schema_name() -> Cow<'static, str> {
        "Body".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // A pattern beside several types: the type behind the field reads all of them.
        json_schema!({ "type": ["string", "object", "array", "number", "boolean"], "pattern": "" })
    }
}
