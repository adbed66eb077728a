//! The job that runs a program.

mod job;
mod report;
mod run;

pub use job::CommandJob;
