//! Runs the jobs of one invocation, in order or concurrently.
//!
//! The scheduler decides which job may start, the job runner turns the end of a job into a result, and the other files
//! handle the batch as a whole: restore, digest, reruns. This module imports jobs, services and config, and does not
//! depend on any kind of job.

mod digest;
mod job_runner;
mod needs;
mod open_question;
mod panics;
mod process_failure;
mod progress;
mod rerun;
mod restore;
mod run;
mod scheduler;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

pub use progress::Progress;

use crate::config::JobSpec;
use crate::jobs::{Mode, Resource};
use crate::outcome::Labels;
use crate::services::ProcessContext;

/// The options of a batch.
pub struct Options {
    /// Whether jobs apply changes or only plan them.
    pub mode: Mode,
    /// Whether the metrics of both versions are read although no gate needs them.
    pub compares_metrics: bool,
    /// Whether the plan is printed to be applied later, so that each job that moves an alias must be pinned to a
    /// version.
    pub pins: bool,
    /// The person or system that is responsible for the changes.
    pub actor: String,
    /// The maximum number of jobs that run concurrently.
    pub concurrency: usize,
    /// What happens to the batch when a job does not succeed, or a signal arrives.
    pub on_failure: OnFailure,
}

/// What happens to a batch when a job does not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// Jobs that were not started yet are skipped.
    Stop,
    /// The other jobs run.
    Continue,
    /// Jobs that were not started yet are skipped, and every alias that was moved is restored.
    Restore,
}

/// The jobs of one invocation, with their shared context.
pub struct Batch<'a> {
    specs: &'a [JobSpec],
    process: &'a ProcessContext,
    options: &'a Options,
    progress: &'a Progress,
    labels: Labels<'a>,
    /// The resources that planned jobs would write, by registry.
    planned: RefCell<HashMap<String, HashSet<Resource>>>,
}

impl<'a> Batch<'a> {
    /// Creates a batch of validated jobs.
    pub fn new(
        specs: &'a [JobSpec],
        process: &'a ProcessContext,
        options: &'a Options,
        progress: &'a Progress,
    ) -> Self {
        let labels = Labels::new(specs.iter().map(|spec| (spec.config.as_str(), spec.index)));
        Self { specs, process, options, progress, labels, planned: RefCell::default() }
    }

    /// Returns the name of a job in logs.
    fn label(&self, spec: &JobSpec) -> String {
        self.labels.for_place(spec.id.as_deref(), &spec.config, spec.index)
    }
}
