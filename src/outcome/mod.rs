//! What happened, as plain data. Every report, notification and exit code is made from it.
//!
//! Nothing here knows a single kind of job: a kind says what it is about, with which word it ends, and what it found.

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
pub use job_outcome::{CurrentVersion, Findings, FoundTag, FoundVersion, Outcome, Ranked, Ranking, Table, WriteState};
pub use metric_diff::MetricDiff;
pub use model_page::model_page;
pub use result::{BatchResult, BatchStatus, Delivery, JobResult, Labels, Notification};
pub use status::{DoneWord, JobStatus, Rerun};
pub use verdict::{Attempt, Finding, GateMode, Limit, ReasonCode, Scale, Unit, Verdict, Verification};
