//! The workspace of requests. A server without workspaces fails every request that names one, so it is asked first.

use reqwest::StatusCode;
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::auth::Auth;
use super::client::Client;
use super::request::ApiRequest;
use super::request_error::RequestError;
use crate::registry::Workspace;

/// Where a server says what it has; the first releases with workspaces used the second.
const SERVER_INFO: [&str; 2] = ["/api/3.0/mlflow/server-info", "/api/3.0/mlflow/server-features"];

/// A workspace of a server that may have none.
pub(super) struct WorkspaceScope {
    workspace: Workspace,
    /// Set once the server has said that it has workspaces.
    is_supported: OnceCell<()>,
}

#[derive(Deserialize)]
struct ServerInfo {
    #[serde(default)]
    workspaces_enabled: bool,
}

impl WorkspaceScope {
    /// Makes a scope; the server has not been asked yet.
    pub(super) fn new(workspace: Workspace) -> Self {
        Self { workspace, is_supported: OnceCell::new() }
    }

    /// Returns the name of the workspace.
    pub(super) fn name(&self) -> &str {
        self.workspace.as_str()
    }

    /// Checks, once, that the server has workspaces.
    pub(super) async fn check(&self, client: &Client, auth: &Auth) -> Result<(), RequestError> {
        self.is_supported.get_or_try_init(|| self.ask(client, auth)).await.copied()
    }

    async fn ask(&self, client: &Client, auth: &Auth) -> Result<(), RequestError> {
        for endpoint in SERVER_INFO {
            let describe = || "ask the server whether it has workspaces".into();
            let request = ApiRequest::read(endpoint, vec![], &describe).server_wide();
            match client.send_as::<ServerInfo>(auth, &request).await {
                Ok(ServerInfo { workspaces_enabled: true }) => return Ok(()),
                Ok(_) => break,
                Err(RequestError::Status { status: StatusCode::NOT_FOUND, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(RequestError::Unsupported {
            action: format!("there are no workspaces, and so no workspace {},", self.workspace),
            hint: "unset `services.mlflow.workspace` (MLFLOW_WORKSPACE), or start the server, MLflow 3.10 or newer, with \
                   `--enable-workspaces`",
        })
    }

    /// Tells a workspace that does not exist from a model that does not.
    pub(super) fn explain(&self, error: RequestError) -> RequestError {
        let not_found = format!("Workspace '{}' not found", self.workspace);
        if !error.code_and_message().is_some_and(|(_, message)| message.starts_with(&not_found)) {
            return error;
        }
        RequestError::Unsupported {
            action: format!("there is no workspace {}", self.workspace),
            hint: "check `services.mlflow.workspace` (MLFLOW_WORKSPACE); a workspace is made by an administrator of the \
                   server",
        }
    }
}
