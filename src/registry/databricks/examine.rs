//! What can be told of a workspace by reading.

use std::collections::BTreeSet;

use percent_encoding::utf8_percent_encode;
use serde::de::DeserializeOwned;

use super::Databricks;
use super::calls::PERMISSION;
use super::grants::{Me, NAME};
use super::session::{ADDRESS, refuses_address, refuses_login};
use crate::http::quote;
use crate::outcome::{Health, Observation, Topic};
use crate::registry::rest::{Call, Failure, Look};
use crate::registry::{Error, Questions, trouble};

impl Databricks {
    /// Asks for the first model in question, which tells of the connection, then for what holds the models.
    pub(in crate::registry) async fn examine(&self, questions: &Questions) -> Vec<Observation> {
        let name = questions.subjects.first().map(|subject| subject.name.to_string()).unwrap_or_default();
        let action = || format!("read the model {name}");
        let call = Call::read("unity-catalog/registered-models/get", vec![("name", name.clone())], &action);
        let look = match self.session.look(&call).await {
            Ok(Ok(look)) => look,
            Ok(Err(failure)) => return self.session.lost(failure).await,
            Err(error) => return vec![tokenless(&error)],
        };
        let mut found = self.session.seen(&look);
        match look.failure() {
            Some(failure) if refuses_login(&failure) => {
                let told = format!("the workspace refused it ({}): {}", self.session.told(), failure.reason());
                let hint = "check DATABRICKS_HOST and DATABRICKS_TOKEN, or the profile they come from; tokens expire";
                found.push(Observation::new(Topic::Login, Health::Unavailable, told).hint(hint));
                return found;
            }
            Some(failure) if refuses_address(&failure) => {
                let told = format!("the workspace lets nobody in from here: {}", failure.reason());
                found.push(Observation::new(Topic::Login, Health::Failed, told).hint(ADDRESS));
                return found;
            }
            Some(failure) if look.is_out_of_order() => {
                found.extend(self.session.lost(failure).await);
                return found;
            }
            Some(_) | None => {}
        }
        found.push(Observation::ok(Topic::Server, "Unity Catalog of Databricks"));
        found.push(self.login().await);
        found.push(Observation::ok(Topic::Workspace, format!("the one at {}", self.session.host())));
        for schema in schemas(questions) {
            found.push(self.schema(&schema).await);
        }
        found
    }

    async fn login(&self) -> Observation {
        let told = match self.me().await {
            Some(Me { user, .. }) => format!("{}; to the workspace {}", self.session.told(), quote(&user)),
            None => format!("{}; it was not refused", self.session.told()),
        };
        Observation::ok(Topic::Login, told)
    }

    /// Tells whether a schema and its catalog are there for this login.
    async fn schema(&self, schema: &str) -> Observation {
        let topic = Topic::Catalog;
        let path = format!("/api/2.1/unity-catalog/schemas/{}", utf8_percent_encode(schema, NAME));
        let action = || format!("read the schema {schema}");
        let call = Call::read(path, vec![], &action);
        let Some(look) = self.look(&call).await else {
            return Observation::new(topic, Health::Unknown, format!("{schema}: no answer"));
        };
        match look.failure() {
            None => Observation::ok(topic, format!("{schema}: the catalog and the schema are there")),
            Some(Failure::Status { status, said, .. }) if matches!(status.as_u16(), 403 | 404) => {
                let reason = Failure::Status { status, said, retry_after: None }.reason();
                let hint =
                    if status.as_u16() == 404 { "check the names of the catalog and the schema" } else { PERMISSION };
                Observation::new(topic, Health::Failed, format!("{schema}: {reason}")).hint(hint)
            }
            Some(failure) => Observation::new(topic, Health::Unknown, format!("{schema}: {}", failure.reason())),
        }
    }

    /// Asks what not every workspace tells everybody.
    pub(super) async fn ask<T: DeserializeOwned>(&self, path: String, query: Vec<(&'static str, String)>) -> Option<T> {
        let look = self.look(&Call::read(path, query, &String::new)).await?;
        serde_json::from_str(&look.body).ok().filter(|_| look.status.is_success())
    }

    async fn look(&self, call: &Call<'_>) -> Option<Look> {
        self.session.look(call).await.ok()?.ok()
    }
}

/// Tells why there is no token to ask with.
fn tokenless(error: &Error) -> Observation {
    let seen = trouble(Topic::Server, error);
    match error {
        Error::Unreachable { .. } => {
            seen.hint("check the host in DATABRICKS_HOST or in the profile, and what stands in between")
        }
        _ => seen,
    }
}

/// Returns the schemas of the models, as `catalog.schema`.
fn schemas(questions: &Questions) -> BTreeSet<String> {
    let schema = |name: &str| name.rsplit_once('.').map(|(schema, _)| schema.to_owned());
    questions.subjects.iter().filter_map(|subject| schema(subject.name.as_str())).collect()
}
