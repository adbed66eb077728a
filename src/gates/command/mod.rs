//! The gate on a program, whose exit code decides.

mod ending;
mod gate;
mod script;

pub use gate::CommandGate;
