//! The cells of a row, read with care: SQLite lets any column hold anything, and an error must say where.

use rusqlite::Row;
use rusqlite::types::FromSql;

use super::fault::Fault;
use crate::registry::Version;

/// A row, and what it is about.
pub(super) struct Cells<'r> {
    row: &'r Row<'r>,
    table: &'static str,
    about: String,
}

impl<'r> Cells<'r> {
    pub(super) fn new(row: &'r Row<'r>, table: &'static str, about: impl Into<String>) -> Self {
        Self { row, table, about: about.into() }
    }

    pub(super) fn get<T: FromSql>(&self, column: &str) -> Result<T, Fault> {
        self.row.get(column).map_err(|error| self.odd(&format!("an odd `{column}`: {error}")))
    }

    /// Reads text; MLflow writes an empty one for none.
    pub(super) fn text(&self, column: &str) -> Result<Option<String>, Fault> {
        Ok(self.get::<Option<String>>(column)?.filter(|text| !text.is_empty()))
    }

    /// Reads the column `version`.
    pub(super) fn version(&self) -> Result<Version, Fault> {
        let number: i64 = self.get("version")?;
        u64::try_from(number)
            .ok()
            .and_then(Version::new)
            .ok_or_else(|| self.odd(&format!("the `version` {number}, and versions count from 1")))
    }

    pub(super) fn odd(&self, what: &str) -> Fault {
        Fault::unusable(
            format!("in its table `{}`, {} has {what}", self.table, self.about),
            "MLflow never writes that: correct it with `sqlite3`, or restore a backup",
        )
    }
}
