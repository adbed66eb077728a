//! The body of a request.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use crate::secret::{MIN_SUSPECT_LENGTH, REDACTED};

/// A body: text as it is, or anything else as JSON.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub(super) struct Body(Value);

impl Body {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.0.as_str().map_or_else(|| self.0.to_string(), str::to_owned).into_bytes()
    }

    /// Returns the `Content-Type` where the headers do not set one.
    pub(super) const fn content_type(&self) -> &'static str {
        match self.0 {
            Value::String(_) => "text/plain; charset=utf-8",
            _ => "application/json",
        }
    }

    /// Returns the texts in the body, any of which may be a secret.
    pub(super) fn texts(&self) -> Vec<String> {
        fn walk(value: &Value, texts: &mut Vec<String>) {
            match value {
                Value::String(text) if text.len() >= MIN_SUSPECT_LENGTH => texts.push(text.clone()),
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

/// Hides the body, because a variable may have put a secret into it.
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
        // A pattern beside several types tells the config room not to convert the value to one of them.
        json_schema!({ "type": ["string", "object", "array", "number", "boolean"], "pattern": "" })
    }
}
