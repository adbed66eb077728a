//! What versions are judged by: the metrics of runs and of logged models.

use rusqlite::{Params, Row};

use super::cells::Cells;
use super::connection::Tables;
use super::fault::Fault;
use crate::registry::metric::logged;
use crate::registry::{Error, Metric};

const OF_RUN: &str = "SELECT key, value, is_nan, timestamp, step, NULL AS dataset, run_uuid AS run_id \
                      FROM latest_metrics WHERE run_uuid = ?1";
// The table has no `is_nan`: MLflow keeps a NaN of a logged model as 0.
const OF_MODEL: &str = "SELECT metric_name AS key, metric_value AS value, FALSE AS is_nan, \
                        metric_timestamp_ms AS timestamp, metric_step AS step, dataset_name AS dataset, run_id \
                        FROM logged_model_metrics WHERE model_id = ?1";

impl Tables<'_> {
    /// Reads the latest value of each metric of a run.
    pub(super) fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>, Fault> {
        if !self.exists("SELECT 1 FROM runs WHERE run_uuid = ?1 AND lifecycle_stage IS NOT 'deleted'", run_id)? {
            return Err(Error::RunNotFound { run_id: run_id.to_owned() }.into());
        }
        self.metrics(OF_RUN, "latest_metrics", [run_id])
    }

    /// Reads every value of the metrics of a logged model.
    pub(super) fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>, Fault> {
        let known = "SELECT 1 FROM logged_models WHERE model_id = ?1 AND lifecycle_stage <> 'deleted'";
        if !self.shape.logged_models || !self.exists(known, model_id)? {
            return Err(Error::LoggedModelNotFound { model_id: model_id.to_owned() }.into());
        }
        self.metrics(OF_MODEL, "logged_model_metrics", [model_id])
    }

    fn exists(&self, sql: &str, id: &str) -> Result<bool, Fault> {
        Ok(self.connection.prepare_cached(sql)?.exists([id])?)
    }

    fn metrics(&self, sql: &str, table: &'static str, params: impl Params) -> Result<Vec<Metric>, Fault> {
        let mut metrics = vec![];
        self.each(sql, params, |row| {
            metrics.push(metric(row, table)?);
            Ok(())
        })?;
        Ok(metrics)
    }
}

fn metric(row: &Row<'_>, table: &'static str) -> Result<Metric, Fault> {
    let key: String = Cells::new(row, table, "a metric").get("key")?;
    let cells = Cells::new(row, table, format!("the metric {key:?}"));
    let value = if cells.get("is_nan")? { f64::NAN } else { logged(cells.get("value")?) };
    Ok(Metric {
        value,
        timestamp: cells.get::<Option<i64>>("timestamp")?.unwrap_or_default(),
        step: cells.get("step")?,
        dataset: cells.text("dataset")?,
        run_id: cells.text("run_id")?,
        key,
    })
}
