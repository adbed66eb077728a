//! The kinds of jobs against a fake MLflow.

#[cfg(unix)]
mod command;
mod history_tag;
mod lost_responses;
pub(crate) mod promotion;
mod read_only;
mod refused_promotions;
mod registration;
mod rerun;
pub(crate) mod rollback;
mod selection;
mod services;
#[cfg(unix)]
mod verification;
