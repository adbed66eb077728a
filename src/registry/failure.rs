//! From a registry's error to the failure that reports show.

use super::Error;
use crate::outcome::{Code, Failure};

/// What MLflow 3.5 and later say to a request for a host that they were not told of.
pub(super) const INVALID_HOST: &str = "Invalid Host header";

/// What to do about it; no login would help.
pub(super) const HOST_HEADER: &str = "the server does not take requests for the host in this address (the Host header): \
                                      start it with `--allowed-hosts` (MLFLOW_SERVER_ALLOWED_HOSTS) and that host among \
                                      them, or use an address that it takes";

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
                "check the name (`job.name`, else `services.mlflow.registry_name`) and the registry's address, or register \
                 a first version",
            ),
        ),
        Error::IsPrompt { .. } => (
            Code::ModelNotFound,
            Some("name a model; the aliases of a prompt are moved with MLflow's own `mlflow.genai.set_prompt_alias`"),
        ),
        Error::VersionNotFound { .. } => {
            (Code::VersionNotFound, Some("leave `job.version` out to take the latest, or name one that exists"))
        }
        Error::RunNotFound { .. } | Error::LoggedModelNotFound { .. } => {
            (Code::EvidenceNotFound, Some("it was deleted, or is on another tracking server than the registry"))
        }
        Error::AliasMoved { .. } => (
            Code::AliasMoved,
            Some("somebody moved the alias: look at it again, then run the job without or with another `job.expect`"),
        ),
        Error::Unreachable { .. } => (
            Code::Unreachable,
            Some("nothing is lost: it is safe to run the job again; `--doctor` says what is in the way"),
        ),
        Error::Unconfirmed { .. } => {
            (Code::Unconfirmed, Some("look at the registry before you run the job again, which would do it once more"))
        }
        Error::LoginRefused { hint, .. } => (Code::LoginRefused, Some(hint)),
        Error::PermissionDenied { hint, .. } => (Code::PermissionDenied, Some(hint)),
        Error::Refused { message, .. } => {
            (Code::RegistryRefused, Some(HOST_HEADER).filter(|_| message.starts_with(INVALID_HOST)))
        }
        Error::NoAliases { .. } => (
            Code::RegistryRefused,
            Some("upgrade the server to MLflow 2.3 or later, or use the address of one that is"),
        ),
        Error::Unsupported { hint, .. } => (Code::RegistryRefused, Some(hint)),
        Error::Unreadable { .. } => (
            Code::RegistryUnreadable,
            Some("check that the address is an MLflow tracking server's, path prefix included"),
        ),
        Error::DatabaseUnusable { hint, .. } => (Code::DatabaseUnusable, Some(hint)),
        Error::StoreUnusable { hint, .. } => (Code::StoreUnusable, Some(hint)),
        Error::Misconfigured { hint, .. } => (Code::ServiceFailed, Some(hint)),
    }
}
