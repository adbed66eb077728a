//! Trees of values, and the paths into them.

use std::fmt;

use figment::value::{Tag, Value};

/// The keys that lead from the top of a config to a value; elements of lists count from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct KeyPath(Vec<String>);

impl KeyPath {
    pub(super) fn new(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    pub(super) fn child(&self, key: impl ToString) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.to_string());
        Self(keys)
    }

    pub(super) fn join(&self, rest: &[String]) -> Self {
        Self([self.0.as_slice(), rest].concat())
    }

    pub(super) fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    pub(super) fn last(&self) -> Option<&str> {
        self.0.last().map(String::as_str)
    }

    pub(super) fn keys(&self) -> &[String] {
        &self.0
    }
}

impl From<Vec<String>> for KeyPath {
    fn from(keys: Vec<String>) -> Self {
        Self(keys)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, key) in self.0.iter().enumerate() {
            let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$');
            if is_index(key) {
                write!(f, "[{key}]")?;
                continue;
            }
            let dot = if place == 0 { "" } else { "." };
            match key.chars().all(plain) && !key.is_empty() {
                true => write!(f, "{dot}{key}")?,
                false => write!(f, "{dot}{key:?}")?,
            }
        }
        Ok(())
    }
}

/// The longest key of a config, in bytes: each is part of the path of all that is below it.
pub(super) const LONGEST_KEY: usize = 1024;

/// Returns the path of a mapping that has a key which is too long.
pub(super) fn above_long_key(tree: &Value) -> Option<KeyPath> {
    fn find(value: &Value, path: &mut Vec<String>) -> bool {
        let mut below = |key: String, value: &Value| {
            path.push(key);
            let is_found = find(value, path);
            if !is_found {
                path.pop();
            }
            is_found
        };
        match value {
            Value::Dict(_, dict) if dict.keys().any(|key| key.len() > LONGEST_KEY) => true,
            Value::Dict(_, dict) => dict.iter().any(|(key, value)| is_collection(value) && below(key.clone(), value)),
            Value::Array(_, items) => {
                items.iter().enumerate().any(|(at, value)| is_collection(value) && below(at.to_string(), value))
            }
            _ => false,
        }
    }
    let mut path = Vec::new();
    find(tree, &mut path).then_some(KeyPath(path))
}

const fn is_collection(value: &Value) -> bool {
    matches!(value, Value::Dict(..) | Value::Array(..))
}

/// Returns the value at a path.
pub(super) fn get<'v>(tree: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(tree, |here, key| match here {
        Value::Dict(_, dict) => dict.get(key),
        Value::Array(_, items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Returns the value at a path, to change it.
pub(super) fn get_mut<'v>(tree: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(tree, |here, key| match here {
        Value::Dict(_, dict) => dict.get_mut(key),
        Value::Array(_, items) => items.get_mut(key.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Removes a key, so that its default applies, or an element of a list, which counts those behind it anew.
pub(super) fn remove(tree: &mut Value, path: &[String]) -> bool {
    let Some((key, parents)) = path.split_last() else { return false };
    match get_mut(tree, parents) {
        Some(Value::Dict(_, dict)) => dict.remove(key).is_some(),
        Some(Value::Array(_, items)) => match key.parse::<usize>().ok().filter(|place| *place < items.len()) {
            Some(place) => {
                items.remove(place);
                true
            }
            None => false,
        },
        _ => false,
    }
}

/// Gives a value and all below it another origin.
pub(super) fn retag(value: Value, tag: Tag) -> Value {
    match value {
        Value::String(_, text) => Value::String(tag, text),
        Value::Char(_, c) => Value::Char(tag, c),
        Value::Bool(_, truth) => Value::Bool(tag, truth),
        Value::Num(_, number) => Value::Num(tag, number),
        Value::Empty(_, empty) => Value::Empty(tag, empty),
        Value::Dict(_, dict) => Value::Dict(tag, dict.into_iter().map(|(key, v)| (key, retag(v, tag))).collect()),
        Value::Array(_, items) => Value::Array(tag, items.into_iter().map(|v| retag(v, tag)).collect()),
    }
}

fn is_index(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_people_write_it() {
        let path = KeyPath::new(&["jobs", "1", "tags", "mlflow.note", "x y"]);
        assert_eq!(path.to_string(), r#"jobs[1].tags."mlflow.note"."x y""#);
    }
}
