//! The calls about aliases, in MLflow's endpoints.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde::de::IgnoredAny;

use super::Rest;
use super::again::Course;
use super::call::Call;
use super::calls::is_missing;
use super::failure::{Failure, Said};
use super::wire::OneVersion;
use crate::registry::{Alias, AliasMove, AliasWriteResult, Error, ModelName, ModelVersion, Result, Version};

impl Rest {
    pub(in crate::registry) async fn get_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        let mut found = self.ask_alias(name, alias).await?;
        // MLflow reads the alias first, and then the version with its aliases: somebody may have moved it in between.
        if found.as_ref().is_some_and(|found| found.require_alias(name, alias).is_err()) {
            found = self.ask_alias(name, alias).await?;
        }
        let checked = found.iter().try_for_each(|found| found.require_alias(name, alias));
        checked.map_err(|reason| self.unreadable(reason))?;
        Ok(found)
    }

    async fn ask_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        let query = vec![("name", name.as_str().to_owned()), ("alias", alias.to_string())];
        let action = || format!("read the alias {alias} of {name}");
        let call = Call::read("registered-models/alias", query, &action);
        match self.client.send::<OneVersion>(&call).await {
            Ok(reply) => Ok(Some(reply.model_version.into())),
            Err(failure) if is_no_alias(&failure) => Ok(None),
            Err(failure) if is_missing(&failure) => Err(match dangling_version(&failure) {
                Some(version) => Error::VersionNotFound { name: name.clone(), version },
                None => Error::ModelNotFound { name: name.clone() },
            }),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    /// Has no transactions to check `expect` in: the caller compared it with what it read.
    pub(in crate::registry) async fn set_alias(&self, to: &AliasMove) -> AliasWriteResult {
        let AliasMove { name, alias, version, .. } = to;
        let number = version.to_string();
        let body = BTreeMap::from([("name", name.as_str()), ("alias", alias.as_str()), ("version", &number)]);
        let action = || format!("set the alias {alias} of {name}");
        let call = Call::write("registered-models/alias", &body, &action);
        let missing = || Error::VersionNotFound { name: name.clone(), version: *version };
        self.steer(&call.looking(), Course::of(to), missing).await
    }

    /// Has no transactions to check where the alias is: the caller compared it with what it read.
    pub(in crate::registry) async fn delete_alias(
        &self,
        name: &ModelName,
        alias: &Alias,
        version: Version,
    ) -> AliasWriteResult {
        let body = BTreeMap::from([("name", name.as_str()), ("alias", alias.as_str())]);
        let action = || format!("delete the alias {alias} of {name}");
        let call = Call::delete("registered-models/alias", &body, &action);
        let missing = || Error::ModelNotFound { name: name.clone() };
        self.steer(&call.looking(), Course::away(name, alias, version), missing).await
    }

    async fn steer(&self, call: &Call<'_>, course: Course<'_>, missing: impl Fn() -> Error) -> AliasWriteResult {
        let missing = &missing;
        let send = || async move {
            match self.client.send::<IgnoredAny>(call).await {
                Err(failure) if is_missing(&failure) => Err(missing()),
                answer => Ok(answer.map(drop)),
            }
        };
        let Course { name, alias, .. } = course;
        let look = || async move { Ok(self.get_alias(name, alias).await?.map(|found| found.version)) };
        let explain = |failure: Failure| match lacks_endpoint(&failure) {
            true => Error::NoAliases { uri: self.uri().to_owned(), reason: without_endpoint(&failure, call) },
            false => self.explain(failure, call),
        };
        self.client.send_looking(call, &course, send, look, explain).await
    }
}

/// Tells the one 400 that means "no such alias" from every other: only its text does.
fn is_no_alias(failure: &Failure) -> bool {
    let bad_request = matches!(failure, Failure::Status { status, .. } if *status == StatusCode::BAD_REQUEST);
    bad_request
        && failure.said().is_some_and(|(code, message)| {
            let message = message.to_lowercase();
            code == "INVALID_PARAMETER_VALUE"
                && message.split_once("alias ").is_some_and(|(_, rest)| rest.contains("not found"))
        })
}

/// Returns whether a server answers a write of an alias as one that has no such endpoint; the model was read from it.
fn lacks_endpoint(failure: &Failure) -> bool {
    match failure {
        Failure::Status { status, said: Said::Other(_), .. } => matches!(status.as_u16(), 404 | 405),
        Failure::Status { said: Said::Mlflow { code, .. }, .. } => code == "ENDPOINT_NOT_FOUND",
        Failure::Moved { status, .. } => matches!(status.as_u16(), 301 | 308),
        _ => false,
    }
}

fn without_endpoint(failure: &Failure, call: &Call<'_>) -> String {
    match failure {
        Failure::Moved { .. } => failure.reason(),
        _ => format!("{} to {}; check the address and its path prefix", failure.reason(), call.endpoint),
    }
}

/// Reads which version an alias points to in vain.
fn dangling_version(failure: &Failure) -> Option<Version> {
    let (_, message) = failure.said()?;
    let (_, number) = message.strip_prefix("Model Version (name=")?.rsplit_once("version=")?;
    number.split(')').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: u16, code: &str, message: &str) -> Failure {
        let said = Said::Mlflow { code: code.into(), message: message.into() };
        Failure::Status { status: StatusCode::from_u16(status).unwrap(), said, retry_after: None }
    }

    #[test]
    fn only_one_answer_means_that_there_is_no_such_alias() {
        let text = "Registered model alias Champion not found.";
        assert!(is_no_alias(&failure(400, "INVALID_PARAMETER_VALUE", text)));
        assert!(!is_no_alias(&failure(404, "INVALID_PARAMETER_VALUE", text)));
        assert!(!is_no_alias(&failure(400, "BAD_REQUEST", text)));
        assert!(!is_no_alias(&failure(400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'alias'")));
        assert!(!is_no_alias(&Failure::cut_short()));
    }

    #[test]
    fn an_alias_of_a_deleted_version_is_told_from_a_missing_model() {
        let version = |message| dangling_version(&failure(404, "RESOURCE_DOES_NOT_EXIST", message)).map(Version::get);
        assert_eq!(version("Model Version (name=m1, version=3) not found"), Some(3));
        assert_eq!(version("Model Version (name=version=9), version=3) not found"), Some(3));
        assert_eq!(version("Registered Model with name=m1 not found"), None);
    }
}
