//! Gates: checks that a version must pass before an alias moves to it. A file a gate.
//!
//! A gate is a pure function: the job that asks gathers the evidence, and the gate makes a verdict of it.

mod gate;
mod tag;

pub use gate::Gate;
pub use tag::TagGate;
