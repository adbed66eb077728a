//! The program as a process: arguments, standard output, signals and what it prints.

mod output_streams;
mod results;
#[cfg(unix)]
mod signals;
mod usage;
