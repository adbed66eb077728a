//! Diagnoses an MLflow server by reading.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Rest;
use crate::http::{describe_page, is_html, quote};
use crate::outcome::{Health, Observation, Topic};
use crate::registry::client::{ApiRequest, ProbeResponse, RequestError};
use crate::registry::error::{HOST_HEADER, INVALID_HOST};
use crate::registry::observe::{DiagnosisRequest, ModelSubject, observe_error};

/// Where a server says how it is set up.
const SERVER_INFO: &str = "/api/3.0/mlflow/server-info";

/// The first release with aliases.
const FIRST_WITH_ALIASES: (u32, u32) = (2, 3);

/// How a server is set up; MLflow says so since 3.10.
#[derive(Deserialize)]
struct ServerInfo {
    #[serde(default)]
    workspaces_enabled: bool,
}

/// The user of the login, as a server with logins knows it.
#[derive(Deserialize)]
struct CurrentUser {
    user: User,
}

#[derive(Deserialize)]
struct User {
    username: String,
    is_admin: bool,
}

/// The permission of a user on a model.
#[derive(Deserialize)]
struct ModelPermission {
    permission: String,
}

impl Rest {
    /// Asks the server about itself; nothing is written.
    pub(in crate::registry) async fn diagnose(&self, wanted: &DiagnosisRequest) -> Vec<Observation> {
        let session = &self.api.session;
        let describe = || "read its version".into();
        let probe = match session.probe(&ApiRequest::read("/version", vec![], &describe).server_wide()).await {
            Ok(probe) => probe,
            Err(error) => return vec![session.report_failure(error).await],
        };
        let mut observations = session.report_connection(&probe);
        if let Some(error) = probe.error()
            && let Some(hint) = error.refused_login_hint(session.peer())
        {
            observations.push(self.observe_refused_login(&error, &hint, wanted));
            return observations;
        }
        if let Some(error) = probe.error().filter(|_| probe.is_out_of_order()) {
            observations.push(session.report_failure(error).await);
            return observations;
        }
        let info = session.probe(&ApiRequest::read(SERVER_INFO, vec![], &String::new).server_wide()).await.ok();
        // MLflow answers to `/version` whatever the host is.
        if let Some(refusal) = [Some(&probe), info.as_ref()].into_iter().flatten().find(|probe| refuses_host(probe)) {
            let message = format!("it answered {}: {}", refusal.status, quote(&refusal.body));
            observations.push(Observation::new(Topic::Server, Health::Failed, message).hint(HOST_HEADER));
            return observations;
        }
        let (info, user) = (info.as_ref().and_then(ProbeResponse::parse), self.current_user().await);
        observations.push(observe_server(&probe, user.is_some()));
        observations.push(self.observe_login(user.as_ref(), wanted));
        observations.push(self.diagnose_workspace(info.as_ref()).await);
        observations
    }

    async fn diagnose_workspace(&self, info: Option<&ServerInfo>) -> Observation {
        let Some(workspace) = self.api.session.workspace() else {
            let message = match info {
                Some(ServerInfo { workspaces_enabled: true }) => "the default one of this server, which has several",
                Some(_) | None => "this server has no workspaces",
            };
            return Observation::ok(Topic::Workspace, message);
        };
        match self.api.session.check_workspace().await {
            Ok(()) => Observation::ok(Topic::Workspace, format!("{workspace}, as configured")),
            Err(error) => {
                let describe = || "ask the server whether it has workspaces".into();
                let request = ApiRequest::read("", vec![], &describe);
                observe_error(Topic::Workspace, &self.api.explain(error, &request))
            }
        }
    }

    /// Reports whether the user may move an alias, if the server says so.
    pub(in crate::registry) async fn permission(&self, subject: &ModelSubject) -> Observation {
        let (name, topic) = (&subject.name, Topic::Permission);
        let unknown = Observation::new(topic, Health::Unknown, format!("{name}: not known without writing"));
        let Some(User { username, is_admin }) = self.current_user().await else { return unknown };
        let user = quote(&username);
        if is_admin {
            return Observation::ok(topic, format!("{name}: {user} is an administrator, and may move its aliases"));
        }
        let query = vec![
            ("username", username),
            ("resource_type", "registered_model".into()),
            ("resource_id", name.to_string()),
        ];
        match self.ask::<ModelPermission>("/api/3.0/mlflow/users/permissions/get", query).await {
            Some(ModelPermission { permission }) if matches!(&*permission, "EDIT" | "MANAGE") => {
                Observation::ok(topic, format!("{name}: {user} has {permission}, and may move its aliases"))
            }
            Some(ModelPermission { permission }) => {
                let permission = quote(&permission);
                let message = format!("{name}: {user} has {permission}, which does not let anybody move aliases");
                Observation::new(topic, Health::Failed, message)
                    .hint("ask the registry's owner for the EDIT permission on the model")
            }
            None => unknown,
        }
    }

    async fn current_user(&self) -> Option<User> {
        self.api.session.describe_login()?;
        self.ask("users/current", vec![]).await.map(|current: CurrentUser| current.user)
    }

    /// Asks for what not every release answers.
    async fn ask<T: DeserializeOwned>(&self, endpoint: &'static str, query: Vec<(&'static str, String)>) -> Option<T> {
        self.api.session.probe(&ApiRequest::read(endpoint, query, &String::new)).await.ok()?.parse()
    }

    fn observe_refused_login(&self, error: &RequestError, hint: &str, wanted: &DiagnosisRequest) -> Observation {
        let reason = error.reason();
        let (message, own_hint) = match self.describe_login(wanted) {
            Some(login) => {
                (format!("the server refused {login}: {reason}"), "check the user and the password, or the token")
            }
            None => (
                format!("the server asks for a login, and none is set: {reason}"),
                "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
            ),
        };
        let hint = if error.is_from_aws_gateway() { hint } else { own_hint };
        Observation::new(Topic::Login, Health::Unavailable, message).hint(hint)
    }

    fn observe_login(&self, user: Option<&User>, wanted: &DiagnosisRequest) -> Observation {
        let message = match (self.describe_login(wanted), user) {
            (None, _) => "none is set, and the server asked for none".to_owned(),
            (Some(login), None) => format!("{login}; it was not refused"),
            (Some(login), Some(user)) => {
                let rank = if user.is_admin { ", an administrator" } else { "" };
                format!("{login}; to the server {}{rank}", quote(&user.username))
            }
        };
        Observation::ok(Topic::Login, message)
    }

    /// Describes who logs in, and where the login comes from.
    fn describe_login(&self, wanted: &DiagnosisRequest) -> Option<String> {
        let login = self.api.session.describe_login()?;
        let origin = wanted.login_origin.as_deref().unwrap_or("the address");
        Some(format!("{login} (from {origin})"))
    }
}

/// Returns whether a server takes no requests for the host in its address.
fn refuses_host(probe: &ProbeResponse) -> bool {
    probe.status.as_u16() == 403 && probe.body.trim_start().starts_with(INVALID_HOST)
}

fn observe_server(probe: &ProbeResponse, has_logins: bool) -> Observation {
    let logins = if has_logins { " with basic-auth" } else { "" };
    let topic = Topic::Server;
    match parse_version(&probe.body).filter(|_| probe.status.is_success()) {
        Some(version) if parse_release(version).is_some_and(|release| release < FIRST_WITH_ALIASES) => {
            Observation::new(topic, Health::Failed, format!("MLflow {version} has no aliases"))
                .hint("upgrade the server to MLflow 2.3 or later")
        }
        Some(version) => Observation::ok(topic, format!("MLflow {version}{logins}, over REST")),
        None => {
            let page =
                if is_html(&probe.body) { format!(", with {}", describe_page(&probe.body)) } else { String::new() };
            let message = format!("its release is not known: it answered {} to /version{page}", probe.status);
            Observation::new(topic, Health::Unknown, message)
        }
    }
}

/// Parses the response to `/version`; returns none if it is something else.
fn parse_version(body: &str) -> Option<&str> {
    let body = body.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-');
    (parse_release(body).is_some() && body.len() <= 40 && body.chars().all(fits)).then_some(body)
}

fn parse_release(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_version_is_parsed_as_one() {
        for (body, expected) in [
            ("3.17.2", Some("3.17.2")),
            ("2.9.0\n", Some("2.9.0")),
            ("3.0.0rc1", Some("3.0.0rc1")),
            ("<html>", None),
            ("OK", None),
            ("3.1 <b>", None),
            ("", None),
        ] {
            assert_eq!(parse_version(body), expected, "{body}");
        }
    }
}
