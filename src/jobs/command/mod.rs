//! The job that runs a program.

mod interruption;
mod job;
mod report;
mod run;

pub use job::CommandJob;
