//! The row of a table. SQLite lets any column hold a value of any type, so an error must say which row is odd.

use rusqlite::Row;
use rusqlite::types::FromSql;

use crate::registry::Version;
use crate::registry::local::LocalError;

/// A row, with the words that an error describes it by.
pub(super) struct TableRow<'r> {
    row: &'r Row<'r>,
    table: &'static str,
    subject: String,
}

impl<'r> TableRow<'r> {
    pub(super) fn new(row: &'r Row<'r>, table: &'static str, subject: impl Into<String>) -> Self {
        Self { row, table, subject: subject.into() }
    }

    pub(super) fn get<T: FromSql>(&self, column: &str) -> Result<T, LocalError> {
        self.row.get(column).map_err(|error| self.unexpected(&format!("an odd `{column}`: {error}")))
    }

    /// Reads a text. An empty one is none, because MLflow writes it so.
    pub(super) fn text(&self, column: &str) -> Result<Option<String>, LocalError> {
        Ok(self.get::<Option<String>>(column)?.filter(|text| !text.is_empty()))
    }

    /// Reads the column `version`.
    pub(super) fn version(&self) -> Result<Version, LocalError> {
        let number: i64 = self.get("version")?;
        u64::try_from(number)
            .ok()
            .and_then(Version::new)
            .ok_or_else(|| self.unexpected(&format!("the `version` {number}, and versions count from 1")))
    }

    fn unexpected(&self, value: &str) -> LocalError {
        LocalError::unusable(
            format!("in its table `{}`, {} has {value}", self.table, self.subject),
            "MLflow never writes that: correct it with `sqlite3`, or restore a backup",
        )
    }
}
