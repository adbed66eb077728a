//! The program as a process: arguments, standard output, signals and results.

mod output_streams;
mod results;
#[cfg(unix)]
mod signals;
mod usage;
