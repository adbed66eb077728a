//! What can be told of an MLflow server by reading.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Rest;
use super::call::Call;
use super::failure::{Failure, is_html};
use super::look::Look;
use super::{lost, seen};
use crate::http::quote;
use crate::outcome::{Health, Observation, Topic};
use crate::registry::failure::{HOST_HEADER, INVALID_HOST};
use crate::registry::{Questions, Subject, trouble};

/// Where a server tells how it is set up.
const INFO: &str = "/api/3.0/mlflow/server-info";

/// The first release with aliases.
const FIRST: (u32, u32) = (2, 3);

/// How a server is set up; MLflow says so since 3.10.
#[derive(Deserialize)]
struct ServerInfo {
    #[serde(default)]
    workspaces_enabled: bool,
}

/// Who a server with logins takes this program for.
#[derive(Deserialize)]
struct Me {
    user: User,
}

#[derive(Deserialize)]
struct User {
    username: String,
    is_admin: bool,
}

/// What a server with logins lets a user do with a model.
#[derive(Deserialize)]
struct Granted {
    permission: String,
}

impl Rest {
    /// Asks the server about itself; nothing is written.
    pub(in crate::registry) async fn examine(&self, questions: &Questions) -> Vec<Observation> {
        let look = match self.client.look(&Call::read("/version", vec![], &|| "read its version".into())).await {
            Ok(look) => look,
            Err(failure) => return lost(&self.client, failure).await,
        };
        let mut found = seen(&self.client, &look);
        if let Some(failure) = look.failure()
            && let Some(hint) = failure.refused_login()
        {
            found.push(self.refused_login(&failure, hint, questions));
            return found;
        }
        if let Some(failure) = look.failure().filter(|_| look.is_out_of_order()) {
            found.extend(lost(&self.client, failure).await);
            return found;
        }
        let info = self.client.look(&Call::read(INFO, vec![], &String::new)).await.ok();
        // MLflow answers to `/version` whatever the host.
        if let Some(refused) = [Some(&look), info.as_ref()].into_iter().flatten().find(|look| refuses_host(look)) {
            let told = format!("it answered {}: {}", refused.status, quote(&refused.body));
            found.push(Observation::new(Topic::Server, Health::Failed, told).hint(HOST_HEADER));
            return found;
        }
        let (info, me) = (info.as_ref().and_then(read), self.me().await);
        found.push(server(&look, me.is_some()));
        found.push(self.login(me.as_ref(), questions));
        found.push(self.workspace(info.as_ref()).await);
        found
    }

    async fn workspace(&self, info: Option<&ServerInfo>) -> Observation {
        let Some(scope) = &self.client.scope else { return Observation::ok(Topic::Workspace, workspace(info)) };
        match scope.ensure(&self.client, &self.client.identity).await {
            Ok(()) => Observation::ok(Topic::Workspace, format!("{}, as configured", scope.workspace)),
            Err(failure) => {
                let call = Call::read("", vec![], &|| "ask the server whether it has workspaces".into());
                trouble(Topic::Workspace, &self.client.explain(failure, &call))
            }
        }
    }

    /// Tells whether an alias may be moved, where the server says so.
    pub(in crate::registry) async fn permission(&self, subject: &Subject) -> Observation {
        let (name, topic) = (&subject.name, Topic::Permission);
        let unknown = Observation::new(topic, Health::Unknown, format!("{name}: not known without writing"));
        let Some(User { username, is_admin }) = self.me().await.map(|me| me.user) else { return unknown };
        let user = quote(&username);
        if is_admin {
            return Observation::ok(topic, format!("{name}: {user} is an administrator, and may move its aliases"));
        }
        let query = vec![
            ("username", username),
            ("resource_type", "registered_model".into()),
            ("resource_id", name.to_string()),
        ];
        match self.ask::<Granted>("/api/3.0/mlflow/users/permissions/get", query).await {
            Some(Granted { permission }) if matches!(&*permission, "EDIT" | "MANAGE") => {
                Observation::ok(topic, format!("{name}: {user} has {permission}, and may move its aliases"))
            }
            Some(Granted { permission }) => {
                let told =
                    format!("{name}: {user} has {}, which does not let anybody move aliases", quote(&permission));
                Observation::new(topic, Health::Failed, told)
                    .hint("ask the registry's owner for the EDIT permission on the model")
            }
            None => unknown,
        }
    }

    async fn me(&self) -> Option<Me> {
        self.client.identity.told()?;
        self.ask("users/current", vec![]).await
    }

    /// Asks what not every release answers.
    async fn ask<T: DeserializeOwned>(&self, endpoint: &'static str, query: Vec<(&'static str, String)>) -> Option<T> {
        read(&self.client.look(&Call::read(endpoint, query, &String::new)).await.ok()?)
    }

    fn refused_login(&self, failure: &Failure, hint: &'static str, questions: &Questions) -> Observation {
        let reason = failure.reason();
        let (told, own_hint) = match self.who(questions) {
            Some(who) => {
                (format!("the server refused {who}: {reason}"), "check the user and the password, or the token")
            }
            None => (
                format!("the server asks for a login, and none is set: {reason}"),
                "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
            ),
        };
        let hint = if failure.is_from_gateway() { hint } else { own_hint };
        Observation::new(Topic::Login, Health::Unavailable, told).hint(hint)
    }

    fn login(&self, me: Option<&Me>, questions: &Questions) -> Observation {
        let told = match (self.who(questions), me) {
            (None, _) => "none is set, and the server asked for none".to_owned(),
            (Some(who), None) => format!("{who}; it was not refused"),
            (Some(who), Some(Me { user })) => {
                let rank = if user.is_admin { ", an administrator" } else { "" };
                format!("{who}; to the server {}{rank}", quote(&user.username))
            }
        };
        Observation::ok(Topic::Login, told)
    }

    /// Says who logs in, and where that comes from.
    fn who(&self, questions: &Questions) -> Option<String> {
        let who = self.client.identity.told()?;
        let from = questions.login_from.as_deref().unwrap_or("the address");
        Some(format!("{who} (from {from})"))
    }
}

fn read<T: DeserializeOwned>(look: &Look) -> Option<T> {
    serde_json::from_str(&look.body).ok().filter(|_| look.status.is_success())
}

/// Returns whether a server takes no requests for the host in its address.
fn refuses_host(look: &Look) -> bool {
    look.status.as_u16() == 403 && look.body.trim_start().starts_with(INVALID_HOST)
}

fn server(look: &Look, has_logins: bool) -> Observation {
    let logins = if has_logins { " with basic-auth" } else { "" };
    let topic = Topic::Server;
    match version(&look.body).filter(|_| look.status.is_success()) {
        Some(version) if release(version).is_some_and(|release| release < FIRST) => {
            Observation::new(topic, Health::Failed, format!("MLflow {version} has no aliases"))
                .hint("upgrade the server to MLflow 2.3 or later")
        }
        Some(version) => Observation::ok(topic, format!("MLflow {version}{logins}, over REST")),
        None => {
            let page = if is_html(&look.body) { ", with a page for a browser" } else { "" };
            let told = format!("its release is not known: it answered {} to /version{page}", look.status);
            Observation::new(topic, Health::Unknown, told)
        }
    }
}

/// Reads a version, as `/version` answers with; none where it is something else.
fn version(body: &str) -> Option<&str> {
    let body = body.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-');
    (release(body).is_some() && body.len() <= 40 && body.chars().all(fits)).then_some(body)
}

fn release(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn workspace(info: Option<&ServerInfo>) -> &'static str {
    match info {
        Some(ServerInfo { workspaces_enabled: true }) => "the default one of this server, which has several",
        Some(_) | None => "this server tells of none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_told_from_anything_else() {
        for (body, expected) in [
            ("3.17.2", Some("3.17.2")),
            ("2.9.0\n", Some("2.9.0")),
            ("3.0.0rc1", Some("3.0.0rc1")),
            ("<html>", None),
            ("OK", None),
            ("3.1 <b>", None),
            ("", None),
        ] {
            assert_eq!(version(body), expected, "{body}");
        }
    }
}
