//! Databricks: logins, and the registry in Unity Catalog.

mod calls;
mod doctor;
mod faults;
mod logins;
mod profiles;
mod promotion;
mod python_client;
mod service_principals;
mod strict_fake;

use std::collections::BTreeMap;

use runner::registry::{HostEnvironment, Options, Registry};
use runner::secret::SecretUri;
use runner::shutdown::Shutdown;

use crate::support::fake_databricks::FakeDatabricks;
use crate::support::fake_mlflow::Model;
use crate::support::harness::Runner;
use crate::support::rest_client::impatient;

/// The model of most tests.
pub(crate) const BIKES: &str = "main.ml.bikes";

const CONFIG: &str = "\
services:
  logger: { format: compact }
  mlflow: { registry_uri: databricks-uc, registry_name: main.ml.bikes, http_request_max_retries: 0 }
job: { KIND: PromotionJob }
";

/// Starts a workspace with versions 1, 2, 9 and 10 of bikes, Champion at 2.
fn bikes() -> FakeDatabricks {
    let fill = |model| [1, 2, 9, 10].into_iter().fold(model, Model::version).alias("Champion", 2);
    FakeDatabricks::start().model(BIKES, fill)
}

/// Opens a workspace with a valid token.
pub(crate) fn open(fake: &FakeDatabricks) -> Registry {
    let variables = [("DATABRICKS_HOST", fake.uri()), ("DATABRICKS_TOKEN", "dapi-good".to_owned())];
    let variables: BTreeMap<_, _> = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let options = Options { environment: HostEnvironment::from_variables(&variables), ..impatient() };
    Registry::open(&SecretUri::new("databricks-uc"), &options, Shutdown::manual().1).unwrap()
}

/// Makes a promotion of bikes without a login.
fn promote() -> Runner {
    Runner::new().file("promotion.yaml", CONFIG).arg("promotion.yaml").env("RUNNER_ACTOR", "ada")
}

/// Makes a promotion with a valid token.
fn promote_on(fake: &FakeDatabricks) -> Runner {
    promote().env("DATABRICKS_HOST", fake.uri()).env("DATABRICKS_TOKEN", "dapi-good")
}

/// Makes a promotion with a valid service principal.
fn promote_as_service_principal(fake: &FakeDatabricks) -> Runner {
    let runner = promote().env("DATABRICKS_HOST", fake.uri());
    runner.env("DATABRICKS_CLIENT_ID", "app").env("DATABRICKS_CLIENT_SECRET", "s3cret")
}
