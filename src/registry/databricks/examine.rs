//! What can be told of a workspace by reading.

use super::Databricks;
use super::session::refuses_login;
use crate::outcome::{Health, Observation, Topic};
use crate::registry::{Questions, trouble};

use crate::registry::rest::Call;

impl Databricks {
    /// Asks for the first model in question, which tells all that there is to tell of the connection.
    pub(in crate::registry) async fn examine(&self, questions: &Questions) -> Vec<Observation> {
        let name = questions.subjects.first().map(|subject| subject.name.to_string()).unwrap_or_default();
        let call = Call::read(
            "unity-catalog/registered-models/get",
            vec![("name", name.clone())],
            format!("read the model {name}"),
        );
        let look = match self.session.look(&call).await {
            Ok(Ok(look)) => look,
            Ok(Err(failure)) => return self.session.lost(failure).await,
            Err(error) => return vec![trouble(Topic::Server, &error)],
        };
        let mut found = self.session.seen(&look);
        match look.failure() {
            Some(failure) if refuses_login(&failure) => {
                let told = format!("the workspace refused it ({}): {}", self.session.told(), failure.reason());
                let hint = "check DATABRICKS_HOST and DATABRICKS_TOKEN, or the profile they come from; tokens expire";
                found.push(Observation::new(Topic::Login, Health::Unavailable, told).hint(hint));
                return found;
            }
            Some(failure) if look.is_out_of_order() => {
                found.extend(self.session.lost(failure).await);
                return found;
            }
            Some(_) | None => {}
        }
        let server = format!("Unity Catalog, in the workspace {}", self.session.host());
        found.push(Observation::ok(Topic::Server, server));
        found.push(Observation::ok(Topic::Login, self.session.told()));
        found
    }
}
