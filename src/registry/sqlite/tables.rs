//! The tables of a database within one transaction: the rows of one workspace, and reading them.

use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Row};

use super::schema::Schema;
use crate::registry::local::LocalError;
use crate::registry::{Version, Workspace};

const CHECK: &str = "check `services.mlflow.workspace` (MLFLOW_WORKSPACE)";

/// The tables of a database within one transaction.
#[derive(Debug, Clone, Copy)]
pub(in crate::registry) struct Tables<'c> {
    pub(super) connection: &'c Connection,
    pub(super) schema: Schema,
    pub(super) workspace: &'c Workspace,
}

impl Tables<'_> {
    /// Fails unless the database has the workspace.
    pub(super) fn require_workspace(&self) -> Result<(), LocalError> {
        if self.workspace.is_default() {
            return Ok(());
        }
        let workspace = self.workspace;
        if !self.schema.workspaces {
            let reason = format!(
                "it has no workspaces, so that `default` is the only one, and the workspace {workspace} is wanted"
            );
            let hint = format!("{CHECK}; `mlflow db upgrade` of MLflow 3.10 or newer adds them");
            return Err(LocalError::unusable(reason, hint));
        }
        let known = "SELECT 1 FROM workspaces WHERE name = ?1";
        if self.connection.prepare_cached(known)?.exists([workspace.as_str()])? {
            return Ok(());
        }
        Err(LocalError::unusable(format!("it has no workspace {workspace}"), CHECK))
    }

    /// Returns the condition that selects rows of the workspace, to put before other conditions.
    ///
    /// The name of a workspace contains no quotes, so it needs no escaping.
    pub(super) fn scope(&self) -> String {
        if self.schema.workspaces { format!("workspace = '{}' AND", self.workspace) } else { String::new() }
    }

    /// Returns the column of the workspace, to put before other columns of an `INSERT`.
    pub(super) fn scope_column(&self) -> &'static str {
        if self.schema.workspaces { "workspace," } else { "" }
    }

    /// Returns the value for [`Tables::scope_column`].
    pub(super) fn scope_value(&self) -> String {
        if self.schema.workspaces { format!("'{}',", self.workspace) } else { String::new() }
    }

    pub(super) fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, LocalError>,
    ) -> Result<Option<T>, LocalError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.query(params)?.next()?.map(read).transpose()
    }

    pub(super) fn for_each(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<(), LocalError>,
    ) -> Result<(), LocalError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            read(row)?;
        }
        Ok(())
    }
}

/// A row, with the words that an error describes it by. SQLite lets any column hold a value of any type.
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
