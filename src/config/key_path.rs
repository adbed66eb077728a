//! Paths of keys in a config.

/// The services that a job may configure for itself, each with the key of the job for it.
pub(crate) const SERVICES: [(&str, &str); 3] =
    [("logger", "logger_service"), ("alerts", "alerts_service"), ("mlflow", "mlflow_service")];

use std::fmt;

/// The keys from the root of a config to a value. Indices of lists count from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPath(Vec<String>);

impl KeyPath {
    /// Creates a path from its keys.
    pub fn new(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    /// Returns the path of a key or list index below this path.
    #[must_use]
    pub fn child(&self, key: impl ToString) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.to_string());
        Self(keys)
    }

    /// Returns this path followed by further keys.
    #[must_use]
    pub fn join(&self, rest: &[String]) -> Self {
        Self([self.0.as_slice(), rest].concat())
    }

    pub(super) fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// Returns the keys from the root to the value.
    pub fn keys(&self) -> &[String] {
        &self.0
    }
}

/// The place of a job in a config. A batch has many jobs, so the path is built only for an error.
#[derive(Clone, Copy)]
pub(super) enum JobPath {
    /// Under `job`.
    Alone,
    /// In the list under `jobs`, counted from 0.
    InList(usize),
}

impl JobPath {
    /// Returns the index in the list, or 0.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Alone => 0,
            Self::InList(index) => index,
        }
    }

    /// Returns the path of the job.
    pub(super) fn path(self) -> KeyPath {
        match self {
            Self::Alone => KeyPath::new(&["job"]),
            Self::InList(index) => KeyPath::new(&["jobs"]).child(index),
        }
    }
}

impl From<Vec<String>> for KeyPath {
    fn from(keys: Vec<String>) -> Self {
        Self(keys)
    }
}

/// Formats the path in dotted form: `jobs[1].tags."mlflow.note"`.
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

fn is_index(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_displayed_in_dotted_notation() {
        let path = KeyPath::new(&["jobs", "1", "tags", "mlflow.note", "x y"]);
        assert_eq!(path.to_string(), r#"jobs[1].tags."mlflow.note"."x y""#);
    }
}
