//! The kinds of jobs, one file each.
//!
//! A new kind is a file with an `impl Kind`, and its name in the list below. No other module depends on a single kind.

mod access;
mod actor;
mod alias_move;
mod command;
mod context;
mod error;
mod history;
mod job;
mod lost_process;
mod promotion;
mod registration;
mod rollback;
mod selection;
mod status;
mod write_log;

pub use access::{Access, Resource};
pub use actor::actor;
pub use alias_move::{AppliedMove, OnVerifyFailure, RevertOutcome, Verify};
pub use command::CommandJob;
pub use context::{Context, JobEnd, Mode};
pub use history::HistoryJob;
pub use lost_process::LostProcess;
pub use promotion::PromotionJob;
pub use registration::RegistrationJob;
pub use rollback::RollbackJob;
pub use selection::{Select, VersionSelector};
pub use status::StatusJob;
pub use write_log::WriteLog;

pub use crate::services::MlflowClient;

use error::Error;

use crate::outcome::{DoneWord, JobStatus, Outcome, Rerun};

job::kinds! {
    /// Moves an alias of a registered model to a version.
    PromotionJob,
    /// Creates a version of a registered model.
    RegistrationJob,
    /// Moves an alias of a registered model back to an earlier version.
    RollbackJob,
    /// Runs a program.
    CommandJob,
    /// Shows who moved the aliases of a registered model.
    HistoryJob,
    /// Shows the versions of a registered model.
    StatusJob,
}
