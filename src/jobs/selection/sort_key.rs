//! The keys that versions are ranked by.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::registry::ModelVersion;

/// A key with its direction, such as `metrics.rmse ASC`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SortKey {
    pub(super) key: Key,
    descending: bool,
}

/// A property of a version that can be ranked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Metric(String),
    Number,
    Created,
    Updated,
}

impl FromStr for SortKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (key, descending) = match text.rsplit_once(char::is_whitespace) {
            Some((key, word)) if word.eq_ignore_ascii_case("asc") => (key.trim_end(), false),
            Some((key, word)) if word.eq_ignore_ascii_case("desc") => (key.trim_end(), true),
            _ => (text, false),
        };
        let key = match key {
            "version_number" => Key::Number,
            "creation_timestamp" => Key::Created,
            "last_updated_timestamp" => Key::Updated,
            key => match key.strip_prefix("metrics.").or_else(|| key.strip_prefix("metric.")).map(unquote) {
                Some(metric) if !metric.is_empty() => Key::Metric(metric.to_owned()),
                _ => return Err(unknown(key)),
            },
        };
        Ok(Self { key, descending })
    }
}

fn unquote(metric: &str) -> &str {
    let inner = |quote| metric.strip_prefix(quote)?.strip_suffix(quote);
    ['`', '"'].into_iter().find_map(inner).unwrap_or(metric)
}

fn unknown(key: &str) -> String {
    format!(
        "{key:?} names nothing to rank by; write `metrics.<key>`, `version_number`, `creation_timestamp` or \
         `last_updated_timestamp`, and `ASC` (the least first) or `DESC` behind it"
    )
}

impl SortKey {
    /// Returns the value of a version; a metric is looked up by its key.
    pub(super) fn value(&self, version: &ModelVersion, metric: impl FnOnce(&str) -> Option<f64>) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "no version or time is beyond 2^53")]
        match &self.key {
            Key::Metric(key) => metric(key),
            Key::Number => Some(version.version.get() as f64),
            Key::Created => version.creation_timestamp.map(|time| time as f64),
            Key::Updated => version.last_updated_timestamp.map(|time| time as f64),
        }
    }

    /// Compares two values; the better one comes first.
    pub(super) fn compare(&self, one: f64, other: f64) -> Ordering {
        let ascending = one.total_cmp(&other);
        if self.descending { ascending.reverse() } else { ascending }
    }
}

impl fmt::Display for SortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Key::Metric(key) => write!(f, "metrics.{key}")?,
            Key::Number => f.write_str("version_number")?,
            Key::Created => f.write_str("creation_timestamp")?,
            Key::Updated => f.write_str("last_updated_timestamp")?,
        }
        f.write_str(if self.descending { " DESC" } else { " ASC" })
    }
}
