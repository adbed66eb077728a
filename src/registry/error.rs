//! Errors of registries, named by meaning, with the code and the hint that reports show.

use super::model::Expect;
use super::names::{Alias, ModelName, Version};
use crate::outcome::{Code, Failure};
use crate::text::ForeignText;

/// The answer of MLflow 3.5 and later to a request with a `Host` header that the server does not allow.
pub(super) const INVALID_HOST: &str = "Invalid Host header";

/// The hint for a host that is not allowed. No login would help.
pub(super) const HOST_HEADER: &str = "the server does not take requests for the host in this address (the Host header): \
                                      start it with `--allowed-hosts` (MLFLOW_SERVER_ALLOWED_HOSTS) and that host among \
                                      them, or use an address that it takes";

/// What to do about a server without aliases.
const UPGRADE: &str = "upgrade the server to MLflow 2.3 or later, or use the address of one that is";

/// A result whose error is the registry's.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of a registry. Its texts contain no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The registered model does not exist.
    #[error("the registry has no registered model \"{name}\"")]
    ModelNotFound {
        /// Its name.
        name: ModelName,
    },
    /// The name is that of a prompt.
    #[error("\"{name}\" is a prompt, and no model: MLflow keeps both in one registry")]
    IsPrompt {
        /// Its name.
        name: ModelName,
    },
    /// The version does not exist, or was deleted.
    #[error("the model \"{name}\" has no version {version}")]
    VersionNotFound {
        /// The model.
        name: ModelName,
        /// The version.
        version: Version,
    },
    /// The run does not exist, or was deleted.
    #[error("the registry has no run {}", ForeignText::new(.run_id))]
    RunNotFound {
        /// Its id.
        run_id: String,
    },
    /// The logged model does not exist.
    #[error("the registry has no logged model {}", ForeignText::new(.model_id))]
    LoggedModelNotFound {
        /// Its id.
        model_id: String,
    },
    /// The alias is not where it is expected; nothing was written.
    #[error("{name}@{alias} {}, but is expected {}", format_actual(*.actual), format_expected(*.expected))]
    AliasMoved {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// Where it is expected.
        expected: Expect,
        /// Where it is.
        actual: Option<Version>,
    },
    /// The registry cannot be reached, does not answer, or says that it is busy or broken.
    #[error("{} {reason}", format_culprit(.uri, .proxy.as_deref()))]
    Unreachable {
        /// Its URI, redacted.
        uri: String,
        /// The proxy that it happened at, without a login; none if it was the registry.
        proxy: Option<String>,
        /// What the registry or the proxy did, to follow its name.
        reason: String,
        /// What to do.
        hint: String,
        /// Whether the request was a write that may have been applied.
        may_have_applied: bool,
    },
    /// A write that must not be repeated may have been applied.
    #[error("it is not known whether the registry at {uri} applied this: {action}: {reason}")]
    Unconfirmed {
        /// Its URI, redacted.
        uri: String,
        /// What was tried, to be appended to "did".
        action: String,
        /// What happened.
        reason: String,
    },
    /// The registry refused the login, or wants one.
    #[error("the registry at {uri} {refusal}: {reason}")]
    LoginRefused {
        /// Its URI, redacted.
        uri: String,
        /// Which login it refused, to follow its name.
        refusal: String,
        /// What the registry said.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// The login is valid and lacks a permission.
    #[error("the registry at {uri} does not let {} {action}: {reason}", format_user(.user.as_deref()))]
    PermissionDenied {
        /// Its URI, redacted.
        uri: String,
        /// The user, if it may be shown.
        user: Option<String>,
        /// What was tried, to be appended to "let somebody".
        action: String,
        /// What the registry said.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// The registry refused the request for another reason.
    #[error("the registry at {uri} refused to {action}: {code}: {message}")]
    Refused {
        /// Its URI, redacted.
        uri: String,
        /// What was tried, to be appended to "refused to".
        action: String,
        /// MLflow's `error_code`, or the HTTP status.
        code: String,
        /// What the registry said.
        message: String,
    },
    /// The registry, or this program, cannot do it.
    #[error("{action} at {uri}")]
    Unsupported {
        /// Its URI, redacted.
        uri: String,
        /// What cannot be done, as a sentence.
        action: String,
        /// What to do instead.
        hint: &'static str,
    },
    /// The server does not support aliases; nothing was written.
    #[error("the server at {uri} has no aliases (MLflow before 2.3?): {reason}")]
    NoAliases {
        /// Its URI, redacted.
        uri: String,
        /// What the server answered.
        reason: String,
    },
    /// The response does not come from MLflow.
    #[error("the server at {uri} does not answer like MLflow: {reason}")]
    Unreadable {
        /// Its URI, redacted.
        uri: String,
        /// What is wrong with the response.
        reason: String,
        /// What to do.
        hint: String,
        /// Whether the request was a write that may have been applied.
        may_have_applied: bool,
    },
    /// The database cannot be used as it is.
    #[error("the database {path} cannot be used: {reason}")]
    DatabaseUnusable {
        /// Its path.
        path: String,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        hint: String,
        /// Whether it does not exist yet, so that registering a model would create it.
        absent: bool,
        /// Whether the request was a write that may have been applied.
        may_have_applied: bool,
    },
    /// The file store cannot be used as it is.
    #[error("the file store {path} cannot be used: {reason}")]
    StoreUnusable {
        /// Its path.
        path: String,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        hint: String,
        /// Whether it does not exist yet, so that registering a model would create it.
        absent: bool,
    },
    /// The URI, or something that it needs, cannot be used. Nothing was sent.
    #[error("the registry cannot be used: {reason}")]
    Misconfigured {
        /// What is wrong.
        reason: String,
        /// What to do.
        hint: String,
    },
}

impl Error {
    /// Returns whether a write that ended with this error may have been applied. All other errors are refusals, or
    /// occur before anything is sent.
    pub fn may_have_applied(&self) -> bool {
        match self {
            Self::Unreachable { may_have_applied, .. }
            | Self::Unreadable { may_have_applied, .. }
            | Self::DatabaseUnusable { may_have_applied, .. } => *may_have_applied,
            Self::Unconfirmed { .. } => true,
            _ => false,
        }
    }

    /// Makes the error of a registry that did not do what it was asked, so that nothing was applied.
    pub(super) fn unreachable(uri: &str, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        let (uri, reason, hint) = (uri.to_owned(), reason.into(), hint.into());
        Self::Unreachable { uri, proxy: None, reason, hint, may_have_applied: false }
    }

    /// Creates the error of an invalid response to a read.
    pub(super) fn unreadable(uri: &str, reason: impl Into<String>) -> Self {
        let hint =
            "check what answers there: a cache or a gateway before the server may answer in its place".to_owned();
        Self::Unreadable { uri: uri.to_owned(), reason: reason.into(), hint, may_have_applied: false }
    }

    /// Records that an earlier attempt of the same write may have been applied. A temporary error of the last attempt
    /// does not show whether it was.
    pub(super) fn after_doubt(self) -> Self {
        let doubted = |uri, reason, hint| Self::Unreachable { uri, proxy: None, reason, hint, may_have_applied: true };
        match self {
            Self::Unreachable { uri, proxy, reason, hint, .. } => {
                Self::Unreachable { uri, proxy, reason, hint, may_have_applied: true }
            }
            Self::Unreadable { uri, reason, hint, .. } => {
                Self::Unreadable { uri, reason, hint, may_have_applied: true }
            }
            Self::LoginRefused { uri, refusal, reason, hint } => doubted(uri, format!("{refusal}: {reason}"), hint),
            Self::NoAliases { uri, reason } => {
                doubted(uri, format!("has no aliases (MLflow before 2.3?): {reason}"), UPGRADE.to_owned())
            }
            error => error,
        }
    }

    /// Creates the error of a URI such as `localhost:5000`.
    pub(super) fn missing_scheme() -> Self {
        Self::Misconfigured {
            reason: "the address is a host, without a scheme".into(),
            hint: "write `http://` or `https://` before it".into(),
        }
    }

    /// Adds the user who lacks a permission.
    pub(super) fn with_user(mut self, name: Option<&str>) -> Self {
        if let Self::PermissionDenied { user, .. } = &mut self {
            *user = name.map(str::to_owned);
        }
        self
    }
}

fn format_culprit(uri: &str, proxy: Option<&str>) -> String {
    proxy.map_or_else(|| format!("the registry at {uri}"), str::to_owned)
}

fn format_user(user: Option<&str>) -> String {
    user.map_or_else(|| "this login".to_owned(), |user| format!("{user:?}"))
}

fn format_actual(actual: Option<Version>) -> String {
    actual.map_or_else(|| "does not exist".to_owned(), |version| format!("points to version {version}"))
}

fn format_expected(expected: Expect) -> String {
    match expected {
        Expect::Absent => "not to exist yet".to_owned(),
        Expect::At(version) => format!("to point to version {version}"),
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let (code, hint) = code_and_hint(error);
        Self { code, message: error.to_string(), hint: hint.map(str::to_owned) }
    }
}

fn code_and_hint(error: &Error) -> (Code, Option<&str>) {
    match error {
        Error::ModelNotFound { .. } => (
            Code::ModelNotFound,
            Some(
                "correct `job.name` or `services.mlflow.registry_name`, or the registry's address; or register \
                 a first version",
            ),
        ),
        Error::IsPrompt { .. } => (
            Code::ModelNotFound,
            Some("name a model; the aliases of a prompt are moved with MLflow's own `mlflow.genai.set_prompt_alias`"),
        ),
        Error::VersionNotFound { .. } => (Code::VersionNotFound, Some(Code::VersionNotFound.next_step())),
        Error::RunNotFound { .. } | Error::LoggedModelNotFound { .. } => {
            (Code::EvidenceNotFound, Some("it was deleted, or is on another tracking server than the registry"))
        }
        Error::AliasMoved { .. } => (
            Code::AliasMoved,
            Some(
                "find out who moved the alias (a HistoryJob shows it); set `job.expect` to where it is now only if that \
                 version may be replaced",
            ),
        ),
        Error::Unreachable { hint, .. } => (Code::Unreachable, Some(hint)),
        Error::Unconfirmed { .. } => (Code::Unconfirmed, Some(Code::Unconfirmed.next_step())),
        Error::LoginRefused { hint, .. } => (Code::LoginRefused, Some(hint)),
        Error::PermissionDenied { hint, .. } => (Code::PermissionDenied, Some(hint)),
        Error::Refused { message, .. } => {
            (Code::RegistryRefused, Some(HOST_HEADER).filter(|_| message.starts_with(INVALID_HOST)))
        }
        Error::NoAliases { .. } => (Code::RegistryRefused, Some(UPGRADE)),
        Error::Unsupported { hint, .. } => (Code::RegistryRefused, Some(hint)),
        Error::Unreadable { hint, .. } => (Code::RegistryUnreadable, Some(hint)),
        Error::DatabaseUnusable { hint, .. } => (Code::DatabaseUnusable, Some(hint)),
        Error::StoreUnusable { hint, .. } => (Code::StoreUnusable, Some(hint)),
        Error::Misconfigured { hint, .. } => (Code::ServiceFailed, Some(hint)),
    }
}
