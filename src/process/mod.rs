//! Runs programs of this machine to their end. Stands on the redactor alone.

mod run;
mod tail;

pub use run::{ProcessOutput, describe_spawn_error, run};
pub use tail::Tail;
