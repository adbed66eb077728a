//! Sends calls under the login of a workspace, with a fresh token where the login lives on tokens.

use serde::de::DeserializeOwned;

use super::credentials::{Credentials, Login};
use super::oauth::Machine;
use crate::outcome::Observation;
use crate::registry::Result;
use crate::registry::rest::{self, Call, Client, Failure, Identity, Look, Options, Said};
use crate::shutdown::Shutdown;

/// What to do where a workspace does not let in the address that requests come from.
pub(super) const ADDRESS: &str = "the IP access list (or network policy) of the workspace refuses the address of this machine: run it \
                       from a network that is let in, or ask an administrator of the workspace to add the address";

/// What such a workspace says.
const NETWORK: [&str; 3] = ["ip acl", "ip access list", "unauthorized network access"];

/// A connection to one workspace.
pub(super) struct Session {
    client: Client,
    access: Access,
    /// What the login is made of, and where that comes from.
    told: String,
}

enum Access {
    /// A login that goes into requests as it is.
    Fixed(Identity),
    /// One that fetches tokens.
    Machine(Box<Machine>),
}

impl Session {
    /// Makes a session; nothing is sent.
    pub(super) fn new(credentials: Credentials, options: &Options, shutdown: Shutdown) -> Result<Self> {
        // The client's own login would be that of an MLflow server.
        let options =
            Options { login: rest::Login::None, client_certificate: None, workspace: None, ..options.clone() };
        let client = Client::new(&credentials.host, &options, shutdown)?;
        tracing::debug!("Databricks is at {}; {}", client.uri(), credentials.told);
        let access = match credentials.login {
            Login::Token(token) => Access::Fixed(Identity::of(rest::Login::Bearer(token))),
            Login::Password { username, password } => {
                Access::Fixed(Identity::of(rest::Login::Basic { username, password }))
            }
            Login::Machine { client_id, client_secret } => {
                Access::Machine(Box::new(Machine::new(client_id, client_secret)))
            }
        };
        Ok(Self { client, access, told: credentials.told })
    }

    /// Returns the address of the workspace.
    pub(super) fn host(&self) -> &str {
        self.client.uri()
    }

    /// Returns the client below, which knows when to send again.
    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Returns what the login is made of, and where that comes from.
    pub(super) fn told(&self) -> &str {
        &self.told
    }

    /// Sends a call once, to look at what comes.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub(super) async fn look(&self, call: &Call<'_>) -> Result<std::result::Result<Look, Failure>> {
        match &self.access {
            Access::Fixed(identity) => Ok(self.client.look_as(identity, call).await),
            Access::Machine(machine) => {
                let token = machine.token(&self.client, None).await?;
                Ok(self.client.look_as(&token.identity, call).await)
            }
        }
    }

    /// Tells of a connection that works.
    pub(super) fn seen(&self, look: &Look) -> Vec<Observation> {
        rest::seen(&self.client, look)
    }

    /// Tells of a connection that does not.
    pub(super) async fn lost(&self, failure: Failure) -> Vec<Observation> {
        rest::lost(&self.client, failure).await
    }

    /// Sends a call and reads its answer. A token that was good before and is refused now is replaced once.
    ///
    /// # Errors
    /// Why there is no token to send it with. That the call itself failed is the value inside.
    pub(super) async fn send<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<std::result::Result<T, Failure>> {
        let machine = match &self.access {
            Access::Fixed(identity) => return Ok(self.client.send_as(identity, call).await),
            Access::Machine(machine) => machine,
        };
        let token = machine.token(&self.client, None).await?;
        match self.client.send_as(&token.identity, call).await {
            Err(failure) if token.is_old && refuses_login(&failure) => {
                let fresh = machine.token(&self.client, Some(&token)).await?;
                Ok(self.client.send_as(&fresh.identity, call).await)
            }
            answer => Ok(answer),
        }
    }
}

/// Returns whether a workspace does not accept a token. For some it says 403, as if a permission were missing.
pub(super) fn refuses_login(failure: &Failure) -> bool {
    let Some((status, text)) = refusal(failure) else { return false };
    status == 401 || (status == 403 && (text.contains("invalid access token") || text.contains("token is expired")))
}

/// Returns whether a workspace does not let in the address that requests come from, whoever sends them.
pub(super) fn refuses_address(failure: &Failure) -> bool {
    refusal(failure).is_some_and(|(status, text)| status == 403 && NETWORK.iter().any(|words| text.contains(words)))
}

/// Returns the status and the lower-case text of an error.
fn refusal(failure: &Failure) -> Option<(u16, String)> {
    let Failure::Status { status, said, .. } = failure else { return None };
    let text = match said {
        Said::Mlflow { message, .. } => message,
        Said::Other(text) => text,
    };
    Some((status.as_u16(), text.to_lowercase()))
}
