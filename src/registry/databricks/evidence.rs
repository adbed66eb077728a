//! What versions are judged by: the metrics of runs and of logged models, which the workspace tracks on the same host.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Databricks;
use crate::registry::rest::Call;
use crate::registry::rest::wire::{OneLoggedModel, OneRun};
use crate::registry::{Error, Metric, Result};
use crate::text::ForeignText;

/// What is encoded in the id of a logged model.
const ID: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

impl Databricks {
    pub(in crate::registry) async fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>> {
        let query = vec![("run_id", run_id.to_owned())];
        let action = || format!("read the run {}", ForeignText::new(run_id));
        let call = Call::read("runs/get", query, &action);
        let reply: Option<OneRun> = self.find(&call).await?;
        let missing = || Error::RunNotFound { run_id: run_id.to_owned() };
        let run = reply.ok_or_else(missing)?.run;
        run.info.require(run_id).map_err(|reason| self.unreadable(reason))?;
        if run.info.is_deleted() {
            return Err(missing());
        }
        Ok(run.data.metrics.into_iter().map(Metric::from).collect())
    }

    pub(in crate::registry) async fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>> {
        let endpoint = format!("logged-models/{}", utf8_percent_encode(model_id, ID));
        let action = || format!("read the logged model {}", ForeignText::new(model_id));
        let call = Call::read(endpoint, vec![], &action);
        let reply: Option<OneLoggedModel> = self.find(&call).await?;
        let model = reply.ok_or_else(|| Error::LoggedModelNotFound { model_id: model_id.to_owned() })?.model;
        model.info.require(model_id).map_err(|reason| self.unreadable(reason))?;
        Ok(model.data.metrics.into_iter().map(Metric::from).collect())
    }
}
