//! The source of the metrics of a version: a run or a logged model.

use std::fmt;

use crate::registry::ModelVersion;
use crate::text::ForeignText;

/// The source of the metrics of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricSource {
    /// A run, by its id.
    Run(String),
    /// A logged model, by its id.
    Model(String),
}

impl MetricSource {
    /// Returns the logged model of a version, or its run where it has none.
    pub fn from_version(version: &ModelVersion) -> Option<Self> {
        Self::model_of(version).or_else(|| Self::run_of(version))
    }

    /// Returns the logged model that a version was created from.
    pub fn model_of(version: &ModelVersion) -> Option<Self> {
        version.logged_model().map(|id| Self::Model(id.to_owned()))
    }

    /// Returns the run that a version was created from.
    pub fn run_of(version: &ModelVersion) -> Option<Self> {
        version.run_id.clone().map(Self::Run)
    }
}

impl fmt::Display for MetricSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(id) => write!(f, "run {}", ForeignText::new(id)),
            Self::Model(id) => write!(f, "model {}", ForeignText::new(id)),
        }
    }
}
