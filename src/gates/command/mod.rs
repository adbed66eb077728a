//! The gate on a program, whose exit code decides.

mod gate;
mod script;
mod verdict;

pub use gate::CommandGate;
pub use script::script_or_program;
