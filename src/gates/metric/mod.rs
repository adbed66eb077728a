//! The gate on a metric of a run or of a logged model, against a threshold and against another version.
//!
//! Its criteria are those of MLflow's `MetricThreshold` (`mlflow/models/evaluation/validation.py`).

mod evaluate;
mod gate;
mod lookup;
mod measure;
#[cfg(test)]
mod tests;

pub use gate::MetricGate;
