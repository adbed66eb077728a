//! Moves an alias in steps: request, plan, apply, verify, and revert if the verification or the batch fails.
//!
//! Jobs create a [`MoveRequest`] and convert its result into their own job end. This module imports the registry, the
//! gates and the history.

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
pub(super) use request::{MoveRequest, VersionChoice};
pub(super) use rerun::{LOOK_WHERE_THE_ALIAS_IS, after_move, is_standing_move};
pub use revert::AppliedMove;
pub use revert_outcome::RevertOutcome;
pub use verify::{OnVerifyFailure, Verify};
