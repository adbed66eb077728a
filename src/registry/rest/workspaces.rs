//! The workspace that requests are for: a server without workspaces fails whatever names one, so it is asked first.

use reqwest::StatusCode;
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::call::Call;
use super::client::Client;
use super::failure::Failure;
use super::identity::Identity;
use crate::registry::Workspace;

/// The header that names it.
pub(super) const HEADER: &str = "x-mlflow-workspace";

/// Where a server says what it has; the second is where the first releases with workspaces said it.
const INFO: [&str; 2] = ["/api/3.0/mlflow/server-info", "/api/3.0/mlflow/server-features"];

/// Returns whether an endpoint tells of the server itself, which one is asked before anything names a workspace.
pub(super) fn is_of_none(endpoint: &str) -> bool {
    endpoint == "/version" || INFO.contains(&endpoint)
}

/// A workspace of a server that may have none.
pub(super) struct Scope {
    /// Its name.
    pub(super) workspace: Workspace,
    /// Set once the server has said that it has workspaces.
    supported: OnceCell<()>,
}

#[derive(Deserialize)]
struct ServerInfo {
    #[serde(default)]
    workspaces_enabled: bool,
}

impl Scope {
    /// Makes a scope that nobody has asked the server about.
    pub(super) fn new(workspace: Workspace) -> Self {
        Self { workspace, supported: OnceCell::new() }
    }

    /// Makes sure, once, that the server has workspaces.
    pub(super) async fn ensure(&self, client: &Client, identity: &Identity) -> Result<(), Failure> {
        self.supported.get_or_try_init(|| self.ask(client, identity)).await.copied()
    }

    async fn ask(&self, client: &Client, identity: &Identity) -> Result<(), Failure> {
        for endpoint in INFO {
            let call = Call::read(endpoint, vec![], &|| "ask the server whether it has workspaces".into());
            match client.send_as::<ServerInfo>(identity, &call).await {
                Ok(ServerInfo { workspaces_enabled: true }) => return Ok(()),
                Ok(_) => break,
                Err(Failure::Status { status: StatusCode::NOT_FOUND, .. }) => {}
                Err(failure) => return Err(failure),
            }
        }
        Err(Failure::Unsupported {
            action: format!("there are no workspaces, and so no workspace {},", self.workspace),
            hint: "unset `services.mlflow.workspace` (MLFLOW_WORKSPACE), or start the server, MLflow 3.10 or newer, with \
                   `--enable-workspaces`",
        })
    }

    /// Tells a workspace that does not exist from a model that does not.
    pub(super) fn explain(&self, failure: Failure) -> Failure {
        let gone = format!("Workspace '{}' not found", self.workspace);
        if !failure.said().is_some_and(|(_, message)| message.starts_with(&gone)) {
            return failure;
        }
        Failure::Unsupported {
            action: format!("there is no workspace {}", self.workspace),
            hint: "check `services.mlflow.workspace` (MLFLOW_WORKSPACE); a workspace is made by an administrator of the \
                   server",
        }
    }
}
