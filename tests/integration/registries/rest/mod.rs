//! MLflow servers, played by a fake one.

pub(crate) mod calls;
pub(crate) mod faults;
mod metrics;
mod outages;
mod strict_fake;
