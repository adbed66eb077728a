//! What versions are judged by: the metrics of runs and of logged models.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::Rest;
use super::call::Call;
use super::calls::is_missing;
use super::wire::{OneLoggedModel, OneRun, WireMetric};
use crate::registry::{Error, Metric, Result};
use crate::text::ForeignText;

impl Rest {
    pub(in crate::registry) async fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>> {
        let query = vec![("run_id", run_id.to_owned())];
        let action = || format!("read the run {}", ForeignText::new(run_id));
        let call = Call::read("runs/get", query, &action);
        let missing = || Error::RunNotFound { run_id: run_id.to_owned() };
        match self.client.send::<OneRun>(&call).await {
            Ok(OneRun { run }) => {
                run.info.require(run_id).map_err(|reason| self.unreadable(reason))?;
                if run.info.is_deleted() { Err(missing()) } else { Ok(metrics(run.data.metrics)) }
            }
            Err(failure) if is_missing(&failure) => Err(missing()),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    pub(in crate::registry) async fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>> {
        let endpoint = format!("logged-models/{}", utf8_percent_encode(model_id, NON_ALPHANUMERIC));
        let action = || format!("read the logged model {}", ForeignText::new(model_id));
        let call = Call::read(endpoint, vec![], &action);
        match self.client.send::<OneLoggedModel>(&call).await {
            Ok(OneLoggedModel { model }) => {
                model.info.require(model_id).map_err(|reason| self.unreadable(reason))?;
                Ok(metrics(model.data.metrics))
            }
            Err(failure) if is_missing(&failure) => Err(Error::LoggedModelNotFound { model_id: model_id.to_owned() }),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }
}

fn metrics(sent: Vec<WireMetric>) -> Vec<Metric> {
    sent.into_iter().map(Metric::from).collect()
}
