//! Evidence: what a registry and its tracking server know about versions, read once however many readers ask.
//!
//! Gates, rankings, plans and the status of a model read metrics from here. The room stands on the registry.

mod latest;
mod metric_diff;
mod metrics;
mod source;

pub use latest::{latest_points, logged_value, may_be_nan};
pub use metric_diff::diff_metrics;
pub use metrics::{EvidenceReader, MetricValues};
pub use source::MetricSource;
