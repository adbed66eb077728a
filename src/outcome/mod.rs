//! The results of a run as plain data. Every report, notification and exit code is derived from it.
//!
//! This module does not depend on the kinds of jobs: a kind sets its subject, its word for success, and its findings.

mod diagnosis;
mod failure;
mod job_outcome;
mod metric_diff;
mod redact;
mod result;
mod state;
mod status;
mod verdict;

pub use diagnosis::{Connection, Diagnosis, Health, Observation, Topic};
pub use failure::{Code, Failure, RUN_AGAIN};
pub use job_outcome::{CurrentVersion, Findings, FoundTag, FoundVersion, Outcome, Ranked, Ranking, Table, WriteState};
pub use metric_diff::MetricDiff;
pub use result::{BatchResult, BatchStatus, Delivery, JobResult, Labels, Notification};
pub use status::{DoneWord, JobStatus, Rerun};
pub use verdict::{Finding, GateMode, ReasonCode, Verdict, Verification};
