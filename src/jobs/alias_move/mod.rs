//! How an alias moves: request, plan, apply, verify, and revert where the verification or the batch fails.
//!
//! The room stands on the registry, the gates and the history. Jobs make a [`MoveRequest`] and turn what comes of it into
//! their own end.

mod apply;
mod carry_out;
mod not_verified;
mod plan;
mod request;
mod rerun;
mod revert;
mod revert_outcome;
mod verify;

pub(super) use apply::apply;
pub(super) use carry_out::carry_out;
pub(super) use not_verified::NotVerified;
pub(super) use plan::Plan;
pub(super) use request::{MoveRequest, VersionChoice, check_expected};
pub(super) use rerun::{LOOK_WHERE_THE_ALIAS_IS, after_move, is_standing_move};
pub use revert::AppliedMove;
pub use revert_outcome::RevertOutcome;
pub use verify::{OnVerifyFailure, Verify};
