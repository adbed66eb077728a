//! The values of a config, each with its source and span.

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use super::sorted_map::SortedMap;

/// A value of a config. Clones share the values below.
#[derive(Clone, PartialEq)]
pub(super) struct Node {
    pub(super) value: Value,
    /// The span of the value in the text of its source.
    pub(super) span: Span,
    pub(super) source: SourceId,
}

/// A range of bytes in a text. `u32` is enough because a config has at most 16 MiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn new(bytes: Range<usize>) -> Self {
        let narrow = |position| u32::try_from(position).unwrap_or(u32::MAX);
        Self { start: narrow(bytes.start), end: narrow(bytes.end) }
    }

    pub(super) const fn bytes(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the line that the span starts in, from 1, and its column in characters, from 0.
    pub(super) fn line_and_column(self, text: &str) -> (usize, usize) {
        let before = text.get(..self.start as usize).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        (line, before[line_start..].chars().count())
    }
}

/// The index of a source in the [`SourceMap`](super::source_map::SourceMap).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SourceId(pub(super) usize);

#[derive(Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Rc<Vec<Node>>),
    Map(Rc<Map>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Unsigned(u64),
    Negative(i64),
    Float(f64),
}

/// The entries of a mapping, by their keys.
pub(super) type Map = SortedMap<Entry>;

/// A value under a key.
#[derive(Clone, PartialEq)]
pub(super) struct Entry {
    /// The span of the key in the text of the value's source.
    pub(super) key_span: Span,
    pub(super) node: Node,
}

impl Node {
    pub(super) const fn new(value: Value, span: Span, source: SourceId) -> Self {
        Self { value, span, source }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) const fn is_collection(&self) -> bool {
        matches!(self.value, Value::List(_) | Value::Map(_))
    }

    /// Returns the value of a key or list index.
    pub(super) fn child(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(map) => map.get(key).map(|entry| &entry.node),
            Value::List(items) => items.get(key.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// Returns the value at a path.
    pub(super) fn get<K: AsRef<str>>(&self, path: &[K]) -> Option<&Self> {
        path.iter().try_fold(self, |here, key| here.child(key.as_ref()))
    }

    /// Converts the value to JSON. A number that is not finite becomes null.
    #[cfg(test)]
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(truth) => (*truth).into(),
            Value::Number(Number::Unsigned(number)) => (*number).into(),
            Value::Number(Number::Negative(number)) => (*number).into(),
            Value::Number(Number::Float(number)) => (*number).into(),
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(map) => map.iter().map(|(key, entry)| (key.clone(), entry.node.to_json())).collect(),
        }
    }

    /// Returns whether two values are equal as they are written. A variable provides a number as text where a field
    /// accepts both.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::List(one), Value::List(other)) => {
                one.len() == other.len() && one.iter().zip(&**other).all(|(one, other)| one.is_alike(other))
            }
            (Value::Map(one), Value::Map(other)) => {
                let is_same = |(key, entry): (&String, &Entry)| {
                    other.get(key).is_some_and(|other| entry.node.is_alike(&other.node))
                };
                one.len() == other.len() && one.iter().all(is_same)
            }
            (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => false,
            (one, other) => one.scalar_text() == other.scalar_text(),
        }
    }
}

impl Value {
    fn scalar_text(&self) -> String {
        match self {
            Self::Bool(truth) => truth.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Null | Self::List(_) | Self::Map(_) => "null".to_owned(),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(number) => number.fmt(f),
            Self::Negative(number) => number.fmt(f),
            Self::Float(number) => fmt::Debug::fmt(number, f),
        }
    }
}

/// Shows only the kind of a value, because a text may be a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "text",
            Self::List(_) => "list",
            Self::Map(_) => "mapping",
        })
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}", self.value, self.span.start)
    }
}
