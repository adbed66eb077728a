//! The gate on a metric: a number of a run or of a logged model, against a limit and against another version.
//!
//! Its words and their meaning are those of MLflow's `MetricThreshold` (`mlflow/models/evaluation/validation.py`).

mod evidence;
mod gate;
mod judge;
mod pick;
mod point;

#[cfg(test)]
mod cases;

pub(crate) use evidence::{Measured, Measurement, Source};
pub use gate::MetricGate;
pub(crate) use point::{latest, logged_number, may_be_nan};
