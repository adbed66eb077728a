//! Probes: what gates look at that is outside of the registry.

mod command;
mod http;

pub(super) use command::run;
pub(super) use http::ask;
