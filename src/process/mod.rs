//! Runs programs on this machine and waits for them. Imports only `secret` and `text`.

mod run;
mod tail;

pub use run::{ProcessOutput, describe_spawn_error, run};
pub use tail::Tail;
