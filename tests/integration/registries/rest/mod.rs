//! The client of MLflow servers, against a fake server.

pub(crate) mod calls;
pub(crate) mod faults;
mod metrics;
mod other_protocols;
mod outages;
mod strict_fake;
