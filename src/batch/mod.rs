//! Runs the jobs of one invocation, in order or side by side, and supervises each.

mod digest;
mod order;
mod progress;
mod restore;
mod run;
mod supervise;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

pub use progress::Progress;

use crate::config::JobSpec;
use crate::jobs::{Mode, Thing};
use crate::printable::on_one_line;
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
    /// The configs that hold more than one job.
    lists: HashSet<&'a str>,
    /// What the jobs planned so far would write, by the registry they write it to.
    planned: RefCell<HashMap<String, HashSet<Thing>>>,
}

impl<'a> Batch<'a> {
    /// Makes a batch of validated jobs.
    pub fn new(specs: &'a [JobSpec], host: &'a Host, options: &'a Options, progress: &'a Progress) -> Self {
        let lists = specs.iter().filter(|spec| spec.index > 0).map(|spec| spec.config.as_str()).collect();
        Self { specs, host, options, progress, lists, planned: RefCell::default() }
    }

    /// Returns what a job is called in logs: its config, and its place where that holds several.
    fn label(&self, spec: &JobSpec) -> String {
        let config = on_one_line(&spec.config);
        match self.lists.contains(spec.config.as_str()) {
            true => format!("{config}[{}]", spec.index),
            false => config,
        }
    }
}
