//! The workspace that statements read and write. Databases from before MLflow 3.10 have no workspaces.

use super::connection::Tables;
use crate::registry::local::LocalError;

const CHECK: &str = "check `services.mlflow.workspace` (MLFLOW_WORKSPACE)";

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
}
