//! What can be done: one file a job, one variant, one arm.

mod actor;
mod aftermath;
mod apply;
mod claim;
mod comparison;
mod context;
mod ended;
mod error;
mod evidence;
mod gating;
mod history;
mod kind;
mod plan;
mod probe;
mod promotion;
mod registration;
mod restore;
mod selection;
mod verification;

pub use actor::actor;
pub use aftermath::Aftermath;
pub use claim::{Claim, Thing};
pub use context::{Context, Mode};
pub use ended::Ended;
pub use error::Error;
pub use kind::Job;
pub use promotion::PromotionJob;
pub use registration::RegistrationJob;
pub use restore::Moved;
pub use selection::{Select, VersionSelector};
pub use verification::{OnVerifyFailure, Verify};
