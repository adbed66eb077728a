//! The kinds of jobs against a fake MLflow.

mod history_tag;
pub(crate) mod promotion;
mod read_only;
mod refused_promotions;
mod registration;
mod rerun;
pub(crate) mod rollback;
mod selection;
mod services;
mod unconfirmed;
#[cfg(unix)]
mod verification;
