//! What can be done: one file a job, one variant, one arm.

mod actor;
mod aftermath;
mod apply;
mod claim;
mod context;
mod ended;
mod error;
mod history_job;
mod kind;
mod plan;
mod promotion;
mod registration;
mod rerun;
mod restore;
mod rollback;
mod selection;
mod status_job;
mod verification;
mod write_log;

pub use actor::actor;
pub use aftermath::Aftermath;
pub use claim::{Claim, Thing};
pub use context::{Context, Mode};
pub use ended::Ended;
pub use error::Error;
pub use history_job::HistoryJob;
pub use kind::Job;
pub use promotion::PromotionJob;
pub use registration::RegistrationJob;
pub use restore::{Moved, Restored};
pub use rollback::RollbackJob;
pub use selection::{Select, VersionSelector};
pub use status_job::StatusJob;
pub use verification::{OnVerifyFailure, Verify};
pub use write_log::WriteLog;
