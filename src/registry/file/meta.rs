//! The file `meta.yaml` of a model, version, run or logged model.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::damaged;
use super::yaml::{Document, NewValue, Value};
use crate::registry::local::LocalError;

/// The name of the file.
pub(super) const FILE: &str = "meta.yaml";

/// The fields of a file, and its path for errors.
#[derive(Debug)]
pub(in crate::registry) struct Meta {
    path: PathBuf,
    fields: Document,
}

impl Meta {
    /// Parses the text of a file. `path` is relative to the root of the store.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, LocalError> {
        let fields = Document::parse(text).map_err(|problem| damaged(path, &problem))?;
        Ok(Self { path: path.to_owned(), fields })
    }

    /// Reads a text. An empty one is none, because MLflow writes it so.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, LocalError> {
        match self.fields.get(key) {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Value::Nested => Err(self.damaged(&format!("has a `{key}` that is not text"))),
        }
    }

    /// Reads a time in milliseconds since 1970.
    pub(super) fn time(&self, key: &str) -> Result<Option<i64>, LocalError> {
        let number = |text: String| {
            text.parse()
                .map_err(|_| self.damaged(&format!("has the `{key}` {text:?}, which is no time in milliseconds")))
        };
        self.text(key)?.map(number).transpose()
    }

    /// Fails unless a key has a value. The key says which model or version the file belongs to.
    pub(super) fn require(&self, key: &str, value: &str) -> Result<(), LocalError> {
        match self.text(key)? {
            Some(found) if found == value => Ok(()),
            Some(found) => Err(self.damaged(&format!("has the `{key}` {found:?} in the folder of {value:?}"))),
            None => Err(self.damaged(&format!("has no `{key}`"))),
        }
    }

    /// Returns the text of the file with changed fields.
    pub(super) fn with<const N: usize>(mut self, fields: [(&str, NewValue); N]) -> String {
        for (key, value) in fields {
            self.fields.set(key, &value);
        }
        self.fields.to_string()
    }

    fn damaged(&self, problem: &str) -> LocalError {
        damaged(&self.path, problem)
    }
}

/// Returns the current time as MLflow writes it.
pub(super) fn now() -> NewValue {
    NewValue::Number(Timestamp::now().as_millisecond())
}

/// Returns the text of a new file.
pub(super) fn document<const N: usize>(fields: [(&str, NewValue); N]) -> String {
    let mut document = Document::default();
    for (key, value) in fields {
        document.set(key, &value);
    }
    document.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(text: &str) -> Meta {
        Meta::parse(Path::new("models/bikes/meta.yaml"), text).unwrap()
    }

    fn reason(error: LocalError) -> String {
        match error {
            LocalError::Unusable { reason, .. } => reason,
            other => panic!("not damage: {other:?}"),
        }
    }

    #[test]
    fn fields_have_the_types_that_mlflow_gives_them() {
        let meta =
            meta("name: bikes\nrun_id: 12e45\nrun_link: ''\ncreation_timestamp: 17\nstatus: null\nversion: '1'\n");
        assert_eq!(meta.text("run_id").unwrap().as_deref(), Some("12e45"));
        assert_eq!((meta.text("run_link").unwrap(), meta.text("status").unwrap()), (None, None));
        assert_eq!((meta.time("creation_timestamp").unwrap(), meta.time("missing").unwrap()), (Some(17), None));
        assert!(meta.require("name", "bikes").is_ok());
        assert!(meta.require("version", "1").is_ok());
    }

    #[test]
    fn damage_names_the_file_and_the_key() {
        let meta = meta("name: boats\nsource: [a]\ncreation_timestamp: soon\n");
        let file = "its models/bikes/meta.yaml";
        assert_eq!(reason(meta.text("source").unwrap_err()), format!("{file} has a `source` that is not text"));
        assert_eq!(
            reason(meta.time("creation_timestamp").unwrap_err()),
            format!("{file} has the `creation_timestamp` \"soon\", which is no time in milliseconds")
        );
        assert_eq!(
            reason(meta.require("name", "bikes").unwrap_err()),
            format!("{file} has the `name` \"boats\" in the folder of \"bikes\"")
        );
        assert_eq!(reason(meta.require("version", "1").unwrap_err()), format!("{file} has no `version`"));
    }
}
