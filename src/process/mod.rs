//! Runs programs on this machine. Imports only `shutdown`, `secret` and `text`.
//!
//! - [`CommandLine`] and [`Variables`] are what a config says of a program.
//! - [`Program`] says what to run. [`Program::spawn`] starts it and returns its handle and its output.
//! - [`Running`] is the handle. It waits, signals and kills; dropping it kills the program with its children.
//! - [`Output`] is what the program writes, line by line, and the last lines of both streams.
//! - [`run()`] does all of it for a program that is fed, awaited within a time limit, and judged by its end; [`run_with_children`] ends its children too.

mod command_line;
mod ending;
mod find;
mod groups;
mod lines;
mod marks;
mod output;
mod program;
mod reaper;
mod run;
mod running;
mod spawn_error;
mod tail;
mod variables;

pub use command_line::CommandLine;
pub use ending::Ending;
pub use find::find_program;
pub use lines::{Line, Stream};
pub use output::Output;
pub use program::Program;
pub use reaper::await_inherited;
pub use run::{ProcessOutput, run, run_with_children};
pub use running::Running;
pub use spawn_error::SpawnError;
pub use tail::Tail;
pub use variables::Variables;
