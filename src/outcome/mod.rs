//! The results of a run as plain data. Every report, notification and exit code is derived from it.
//!
//! This module does not depend on the kinds of jobs: a kind sets its subject, its word for success, and its findings.

mod code;
mod diagnosis;
mod failed_gates;
mod failure;
mod job_outcome;
mod metric_diff;
mod model_page;
mod redact;
mod result;
mod state;
mod status;
mod verdict;

pub use code::Code;
pub use diagnosis::{Connection, Diagnosis, Health, Observation, Topic};
pub use failed_gates::FailedGates;
pub use failure::{Failure, RUN_AGAIN};
pub use job_outcome::{
    CurrentVersion, Drawing, Findings, FoundTag, FoundVersion, Outcome, Ranked, Ranking, Table, WriteState,
};
pub use metric_diff::MetricDiff;
pub use model_page::model_page;
pub use result::{BatchResult, BatchStatus, Delivery, JobResult, Labels, Notification, count_statuses};
pub use status::{DoneWord, JobStatus, Rerun};
pub use verdict::{Attempt, Finding, GateMode, Limit, ReasonCode, Scale, Unit, Verdict, Verification};
