//! The metrics of runs and of logged models.

use rusqlite::{Params, Row};

use super::tables::{TableRow, Tables};
use crate::registry::local::LocalError;
use crate::registry::metric::restore_infinity;
use crate::registry::{Error, Metric};

const RUN_METRICS: &str = "SELECT key, value, is_nan, timestamp, step, NULL AS dataset, run_uuid AS run_id \
                           FROM latest_metrics WHERE run_uuid = ?1";
// The table has no `is_nan`: MLflow stores a NaN of a logged model as 0.
const LOGGED_MODEL_METRICS: &str = "SELECT metric_name AS key, metric_value AS value, FALSE AS is_nan, \
                                    metric_timestamp_ms AS timestamp, metric_step AS step, dataset_name AS dataset, \
                                    run_id FROM logged_model_metrics WHERE model_id = ?1";

impl Tables<'_> {
    /// Reads the latest value of each metric of a run.
    pub(in crate::registry) fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>, LocalError> {
        if !self.exists("SELECT 1 FROM runs WHERE run_uuid = ?1 AND lifecycle_stage IS NOT 'deleted'", run_id)? {
            return Err(Error::RunNotFound { run_id: run_id.to_owned() }.into());
        }
        self.metrics(RUN_METRICS, "latest_metrics", [run_id])
    }

    /// Reads every value of the metrics of a logged model.
    pub(in crate::registry) fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>, LocalError> {
        let known = "SELECT 1 FROM logged_models WHERE model_id = ?1 AND lifecycle_stage <> 'deleted'";
        if !self.schema.logged_models || !self.exists(known, model_id)? {
            return Err(Error::LoggedModelNotFound { model_id: model_id.to_owned() }.into());
        }
        self.metrics(LOGGED_MODEL_METRICS, "logged_model_metrics", [model_id])
    }

    fn exists(&self, sql: &str, id: &str) -> Result<bool, LocalError> {
        Ok(self.connection.prepare_cached(sql)?.exists([id])?)
    }

    fn metrics(&self, sql: &str, table: &'static str, params: impl Params) -> Result<Vec<Metric>, LocalError> {
        let mut metrics = vec![];
        self.for_each(sql, params, |row| {
            metrics.push(read_metric(row, table)?);
            Ok(())
        })?;
        Ok(metrics)
    }
}

fn read_metric(row: &Row<'_>, table: &'static str) -> Result<Metric, LocalError> {
    let key: String = TableRow::new(row, table, "a metric").get("key")?;
    let row = TableRow::new(row, table, format!("the metric {key:?}"));
    let value = if row.get("is_nan")? { f64::NAN } else { restore_infinity(row.get("value")?) };
    Ok(Metric {
        value,
        timestamp: row.get::<Option<i64>>("timestamp")?.unwrap_or_default(),
        step: row.get("step")?,
        dataset: row.text("dataset")?,
        run_id: row.text("run_id")?,
        key,
    })
}
