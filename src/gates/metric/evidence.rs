//! What the gate looks at, as it was found.

use std::fmt;

use serde_json::json;

use crate::outcome::{Finding, Ruling};
use crate::registry::{ModelVersion, Version};
use crate::text::{ForeignText, format_exact};

/// What holds the metrics of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A run, by its id.
    Run(String),
    /// A logged model, by its id.
    Model(String),
}

impl Source {
    /// Returns the logged model that a version is, else its run.
    pub(crate) fn of(version: &ModelVersion) -> Option<Self> {
        Self::model_of(version).or_else(|| Self::run_of(version))
    }

    /// Returns the logged model that a version is.
    pub(crate) fn model_of(version: &ModelVersion) -> Option<Self> {
        version.logged_model().map(|id| Self::Model(id.to_owned()))
    }

    /// Returns the run that made a version.
    pub(crate) fn run_of(version: &ModelVersion) -> Option<Self> {
        version.run_id.clone().map(Self::Run)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(id) => write!(f, "run {}", ForeignText::new(id)),
            Self::Model(id) => write!(f, "model {}", ForeignText::new(id)),
        }
    }
}

/// What was found of a metric of a version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measurement {
    /// The version.
    pub(crate) version: Version,
    /// The value, or why there is none.
    pub(crate) found: Result<Measured, String>,
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    /// The value, which may be NaN or infinite.
    pub(crate) value: f64,
    /// Where it comes from.
    pub(crate) source: Source,
}

impl Measurement {
    /// Returns the value if it can be judged, else the code and the words for why not.
    pub(super) fn finite(&self, metric: &str) -> Result<f64, (Ruling, String)> {
        let version = self.version;
        match &self.found {
            Err(reason) => {
                Err((Ruling::EvidenceMissing, format!("{metric} of version {version} is not known: {reason}")))
            }
            Ok(Measured { value, .. }) if value.is_finite() => Ok(*value),
            Ok(Measured { value, source }) => {
                let reason = format!(
                    "{metric} of version {version} is {} ({source}), which is no finite number",
                    format_exact(*value)
                );
                Err((Ruling::EvidenceNotFinite, reason))
            }
        }
    }

    pub(super) fn finding(&self) -> Option<Finding> {
        let Measured { value, source } = self.found.as_ref().ok()?;
        let value = if value.is_finite() { json!(value) } else { json!(format_exact(*value)) };
        Some(Finding { value, source: source.to_string() })
    }
}
