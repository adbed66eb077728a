//! What happened: plain data that every report, notice and exit code is made from.

mod comparison;
mod examination;
mod failure;
mod history;
mod job;
mod label;
mod notification;
mod overview;
mod ranking;
mod redact;
mod rerun;
mod result;
mod verdict;
mod verification;
mod version;
mod write_state;

pub use comparison::Comparison;
pub use examination::{Connection, Examination, Health, Observation, Topic};
pub use failure::{Code, Failure};
pub use history::{AliasHistory, Move, Records};
pub use job::Outcome;
pub use label::Labels;
pub use notification::{Delivery, Notification};
pub use overview::{Overview, VersionOverview};
pub use ranking::{Ranked, Ranking};
pub use rerun::Rerun;
pub use result::{BatchResult, BatchStatus, JobResult, JobStatus};
pub use verdict::{Finding, GateMode, Ruling, Verdict};
pub use verification::Verification;
pub use version::{FoundTag, FoundVersion};
pub use write_state::WriteState;
