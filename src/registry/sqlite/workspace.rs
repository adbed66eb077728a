//! The one workspace whose rows are seen and written. Databases from before MLflow 3.10 have none.

use super::connection::Tables;
use super::fault::Fault;

const CHECK: &str = "check `services.mlflow.workspace` (MLFLOW_WORKSPACE)";

impl Tables<'_> {
    /// Fails unless the database has the workspace.
    pub(super) fn require_workspace(&self) -> Result<(), Fault> {
        if self.workspace.is_default() {
            return Ok(());
        }
        let workspace = self.workspace;
        if !self.shape.workspaces {
            let reason = format!(
                "it has no workspaces, so that `default` is the only one, and the workspace {workspace} is wanted"
            );
            return Err(Fault::unusable(
                reason,
                format!("{CHECK}; `mlflow db upgrade` of MLflow 3.10 or newer adds them"),
            ));
        }
        let known = "SELECT 1 FROM workspaces WHERE name = ?1";
        if self.connection.prepare_cached(known)?.exists([workspace.as_str()])? {
            return Ok(());
        }
        Err(Fault::unusable(format!("it has no workspace {workspace}"), CHECK))
    }

    /// Returns the condition, fit to stand before others, that keeps to the workspace. Its name holds no quotes.
    pub(super) fn scope(&self) -> String {
        if self.shape.workspaces { format!("workspace = '{}' AND", self.workspace) } else { String::new() }
    }

    /// Returns the column that is written beside others.
    pub(super) fn column(&self) -> &'static str {
        if self.shape.workspaces { "workspace," } else { "" }
    }

    /// Returns what is written to it.
    pub(super) fn value(&self) -> String {
        if self.shape.workspaces { format!("'{}',", self.workspace) } else { String::new() }
    }
}
