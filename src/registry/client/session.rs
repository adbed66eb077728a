//! Sends requests with the login of a session, in its workspace.

use std::ops::ControlFlow;

use reqwest::header::HeaderValue;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::auth::Auth;
use super::client::Client;
use super::databricks_oauth::ServicePrincipal;
use super::options::Options;
use super::peer::{Peer, SentLogin};
use super::probe::ProbeResponse;
use super::request::ApiRequest;
use super::request_error::RequestError;
use super::retry::{Attempted, retry_or_fail};
use super::workspace_scope::WorkspaceScope;
use crate::registry::alias_write::{AliasChange, AliasWrite, AliasWriteError, AliasWriteResult};
use crate::registry::credentials::Login;
use crate::registry::error::{Error, Result as RegistryResult};
use crate::registry::names::Version;
use crate::registry::server_url::ServerUrl;
use crate::secret::SecretUri;
use crate::shutdown::Shutdown;

/// A client with a login.
pub struct Session {
    pub(super) client: Client,
    access: Access,
    scope: Option<WorkspaceScope>,
}

/// How a session logs in.
enum Access {
    /// With a login that requests carry as it is.
    Fixed(Auth),
    /// With tokens that expire.
    Tokens(Box<ServicePrincipal>),
}

impl Session {
    /// Makes a session. Nothing is sent, and no certificate is read unless the URL is `https`.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when the URL, the login, the certificates or the proxy cannot be used.
    pub fn new(uri: &SecretUri, options: &Options, shutdown: Shutdown) -> RegistryResult<Self> {
        let (url, in_url) = ServerUrl::parse(uri)?;
        let access = match (options.login.clone(), in_url) {
            (Login::None, Some((username, password))) => {
                Access::Fixed(Auth::new(Login::Basic { username, password }).without_user())
            }
            (Login::ServicePrincipal { client_id, client_secret }, _) => {
                Access::Tokens(Box::new(ServicePrincipal::new(client_id, client_secret)))
            }
            (login, _) => Access::Fixed(Auth::new(login)),
        };
        check_token(&options.login)?;
        let login = sent_login(&access, &options.login);
        let host = url.host().unwrap_or_default().to_owned();
        let peer = Peer { uri: url.as_str().to_owned(), host, login, origins: options.origins.clone() };
        let client = Client::new(url, peer, options, shutdown)?;
        Ok(Self { client, access, scope: options.workspace.clone().map(WorkspaceScope::new) })
    }

    /// Returns the URL of the server as it may be shown.
    pub fn uri(&self) -> &str {
        self.client.uri()
    }

    /// Returns the server, and the login that it gets.
    pub fn peer(&self) -> &Peer {
        &self.client.peer
    }

    /// Returns the name of the user if there is one that may be shown.
    pub fn user(&self) -> Option<&str> {
        self.client.peer.user()
    }

    /// Describes who logs in, without the secret; none if nobody does.
    pub fn describe_login(&self) -> Option<String> {
        match &self.access {
            Access::Fixed(auth) => auth.describe(),
            Access::Tokens(_) => None,
        }
    }

    /// Returns the workspace of the session; none if the server's workspaces do not matter.
    pub fn workspace(&self) -> Option<&str> {
        self.scope.as_ref().map(WorkspaceScope::name)
    }

    /// Checks, once, that the server has workspaces if the session needs one.
    ///
    /// # Errors
    /// [`RequestError::Unsupported`] if it has none, and whatever keeps it from answering.
    pub async fn check_workspace(&self) -> Result<(), RequestError> {
        let Some(scope) = &self.scope else { return Ok(()) };
        match &self.access {
            Access::Fixed(auth) => scope.check(&self.client, auth).await,
            Access::Tokens(principal) => {
                scope.check(&self.client, &principal.token(&self.client, None).await?.auth).await
            }
        }
    }

    /// Sends a request and reads its response, again and again while that is right and may help.
    ///
    /// # Errors
    /// Why there is no usable response.
    pub async fn send<T: DeserializeOwned>(&self, request: &ApiRequest<'_>) -> Result<T, RequestError> {
        self.prepare(request).await?;
        let sent = self.client.retry(request, || self.attempt(request), retry_or_fail).await;
        sent.map_err(|error| self.explain_workspace(error))
    }

    /// Sends the write of an alias until it is applied. An attempt without a response is followed by a check of where
    /// the alias is, so that nothing is written twice and no move of somebody else is overwritten.
    ///
    /// `on_missing` says how the write ends if the response says that something does not exist.
    ///
    /// # Errors
    /// [`Error::AliasMoved`] when somebody else moved the alias, what `on_missing` returns, and the last error.
    pub async fn send_with_check<M, R>(
        &self,
        request: &ApiRequest<'_>,
        change: &AliasChange,
        on_missing: impl Fn(&RequestError) -> Option<M>,
        read_alias: impl Fn() -> R,
        explain: impl Fn(RequestError) -> Error,
    ) -> AliasWriteResult
    where
        M: Future<Output = RegistryResult<()>>,
        R: Future<Output = RegistryResult<Option<Version>>>,
    {
        let (on_missing, read_alias, explain) = (&on_missing, &read_alias, &explain);
        let attempt = || async move {
            self.prepare(request).await?;
            let sent = self.attempt::<IgnoredAny>(request).await;
            sent.map(|_| AliasWrite::Applied).map_err(|error| self.explain_workspace(error))
        };
        let settle = |error, Attempted { may_retry, may_have_applied }| async move {
            let failed = |error: Error| {
                let error = if may_have_applied { error.after_doubt() } else { error };
                ControlFlow::Break(Err(AliasWriteError { error, may_have_applied }))
            };
            if let Some(end) = on_missing(&error) {
                return end.await.map_or_else(failed, |()| ControlFlow::Break(Ok(AliasWrite::Applied)));
            }
            if !may_retry && !may_have_applied {
                return failed(explain(error));
            }
            // Without knowing where the alias is, nothing more is written.
            let actual = match read_alias().await {
                Ok(actual) => actual,
                Err(unread) => {
                    tracing::debug!(
                        reason = %unread,
                        "the check whether the request was applied failed: {}",
                        request.description()
                    );
                    return failed(explain(error));
                }
            };
            match change.is_done(actual) {
                // No attempt of this write can have moved it.
                Ok(true) if !may_have_applied => ControlFlow::Break(Ok(AliasWrite::AlreadyThere)),
                Ok(true) => {
                    tracing::info!("no answer came, but a read shows that this was done: {}", request.description());
                    ControlFlow::Break(Ok(AliasWrite::Applied))
                }
                Ok(false) if may_retry => ControlFlow::Continue(()),
                Ok(false) => failed(explain(error)),
                Err(moved) => failed(moved),
            }
        };
        self.client.retry(request, attempt, settle).await
    }

    /// Sends a request once, and returns whatever response comes.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn probe(&self, request: &ApiRequest<'_>) -> Result<ProbeResponse, RequestError> {
        match &self.access {
            Access::Fixed(auth) => self.client.probe_as(auth, request).await,
            Access::Tokens(principal) => {
                let token = principal.token(&self.client, None).await?;
                self.client.probe_as(&token.auth, request).await
            }
        }
    }

    async fn prepare(&self, request: &ApiRequest<'_>) -> Result<(), RequestError> {
        match &self.scope {
            Some(_) if !request.is_server_wide => Box::pin(self.check_workspace()).await,
            _ => Ok(()),
        }
    }

    /// Sends a request once.
    async fn attempt<T: DeserializeOwned>(&self, request: &ApiRequest<'_>) -> Result<T, RequestError> {
        match &self.access {
            Access::Fixed(auth) => self.client.attempt(auth, request).await,
            // Boxed to keep the requests for a token out of the futures of other logins.
            Access::Tokens(principal) => Box::pin(self.attempt_with_token(principal, request)).await,
        }
    }

    /// Sends a request once. A cached token that the server rejects is replaced once.
    async fn attempt_with_token<T: DeserializeOwned>(
        &self,
        principal: &ServicePrincipal,
        request: &ApiRequest<'_>,
    ) -> Result<T, RequestError> {
        let token = principal.token(&self.client, None).await?;
        match self.client.attempt(&token.auth, request).await {
            Err(error) if token.is_cached && error.is_token_rejected() => {
                let fresh = principal.token(&self.client, Some(&token)).await?;
                self.client.attempt(&fresh.auth, request).await
            }
            result => result,
        }
    }

    fn explain_workspace(&self, error: RequestError) -> RequestError {
        match &self.scope {
            Some(scope) => scope.explain(error),
            None => error,
        }
    }
}

/// Returns what requests carry. A login in the address has no name that may be shown.
fn sent_login(access: &Access, login: &Login) -> SentLogin {
    match (access, login) {
        (Access::Fixed(auth), Login::None) if auth.describe().is_some() => SentLogin::InAddress,
        (Access::Fixed(_), Login::None) => SentLogin::None,
        (Access::Fixed(_), Login::Basic { username, .. }) => SentLogin::User(username.clone()),
        (Access::Fixed(_), Login::Bearer(_)) => SentLogin::Token,
        _ => SentLogin::Other,
    }
}

fn check_token(login: &Login) -> RegistryResult<()> {
    match login {
        Login::Bearer(token) if HeaderValue::from_str(token.expose()).is_err() => Err(Error::Misconfigured {
            reason: "the token of the login holds a character that no header can carry, such as a line break".into(),
            hint: "check where `services.mlflow.tracking_token` (MLFLOW_TRACKING_TOKEN) comes from".into(),
        }),
        _ => Ok(()),
    }
}
