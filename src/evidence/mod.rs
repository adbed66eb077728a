//! Evidence: the data of a registry and its tracking server about versions. Each item is read once for all readers.
//!
//! Gates, rankings, plans and the status of a model read metrics from here. This module imports only the registry.

mod latest;
mod metric_diff;
mod metrics;
mod source;

pub use latest::{latest_points, logged_value, may_be_nan};
pub use metric_diff::diff_metrics;
pub use metrics::{EvidenceReader, MetricValues};
pub use source::MetricSource;
