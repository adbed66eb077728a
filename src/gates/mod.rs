//! Gates: checks that a version must pass before an alias moves to it. A file a gate.
//!
//! A gate is a pure function: the job that asks gathers the evidence, and the gate makes a verdict of it.

mod age;
mod alias;
mod command;
mod gate;
mod http;
mod lapse;
mod metric;
mod tag;

#[cfg(test)]
mod cases;

pub use age::AgeGate;
pub use alias::AliasGate;
pub(crate) use alias::Holding;
pub(crate) use command::CommandEnd;
pub use command::CommandGate;
pub use gate::Gate;
pub(crate) use http::HttpAnswer;
pub use http::HttpGate;
pub use metric::MetricGate;
pub(crate) use metric::{Measured, Measurement, Source, latest, logged_number, may_be_nan};
pub use tag::TagGate;
