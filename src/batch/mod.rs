//! Runs the jobs of one invocation, in order or side by side, and supervises each.

mod digest;
mod job_runner;
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
use crate::services::Host;

/// How a batch is run.
pub struct Options {
    /// Whether jobs change anything.
    pub mode: Mode,
    /// Whether a plan is to be applied later, so that each job that moves an alias needs one of its own.
    pub pins: bool,
    /// Who is held responsible for what changes.
    pub actor: String,
    /// How many jobs run at once.
    pub concurrency: usize,
    /// What happens when a job does not succeed, or a signal ends the batch.
    pub on_failure: OnFailure,
}

/// What happens to a batch when a job does not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// Jobs that were not started yet are skipped.
    Stop,
    /// The other jobs run all the same.
    Continue,
    /// Jobs that were not started yet are skipped, and every alias that was moved goes back.
    Restore,
}

/// The jobs of one invocation, and what they run with.
pub struct Batch<'a> {
    specs: &'a [JobSpec],
    host: &'a Host,
    options: &'a Options,
    progress: &'a Progress,
    labels: Labels<'a>,
    /// What the jobs that are planned so far would write, by registry.
    planned: RefCell<HashMap<String, HashSet<Resource>>>,
}

impl<'a> Batch<'a> {
    /// Makes a batch of validated jobs.
    pub fn new(specs: &'a [JobSpec], host: &'a Host, options: &'a Options, progress: &'a Progress) -> Self {
        let labels = Labels::of(specs.iter().map(|spec| (spec.config.as_str(), spec.index)));
        Self { specs, host, options, progress, labels, planned: RefCell::default() }
    }

    /// Returns what a job is called in logs.
    fn label(&self, spec: &JobSpec) -> String {
        self.labels.of_place(&spec.config, spec.index)
    }
}
