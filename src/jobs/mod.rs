//! What can be done: one file a job, one variant, one arm.

mod kind;
mod promotion;
mod registration;
mod selector;

pub use kind::Job;
pub use promotion::PromotionJob;
pub use registration::RegistrationJob;
pub use selector::VersionSelector;
