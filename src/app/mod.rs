//! What one invocation does: run jobs, check configs, plan, diagnose, test alerts. And where its result is written.

mod alerts_test;
mod doctor;
mod output;
mod run;

pub use run::{cannot_start, explain, run};
