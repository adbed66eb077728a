//! What jobs need of earlier ones, so that a job is skipped where that failed.

use std::collections::HashMap;

use crate::config::JobSpec;
use crate::outcome::{Code, Failure, JobResult, JobStatus};

/// The indices of the earlier jobs that each job needs. The other names that it needs are those of processes.
pub(super) struct Needs(Vec<Vec<usize>>);

impl Needs {
    pub(super) fn new(specs: &[JobSpec]) -> Self {
        let named = specs.iter().enumerate().filter_map(|(index, spec)| Some((spec.id.as_deref()?, index)));
        let places: HashMap<&str, usize> = named.collect();
        // A job of another config may have the name of a process of this one, which is meant.
        let is_process = |spec: &JobSpec, need: &str| spec.services.processes.iter().any(|it| it.name == need);
        let indices = |spec: &JobSpec| {
            let needs = spec.needs.iter().filter(|need| !is_process(spec, need));
            needs.filter_map(|need| places.get(need.as_str()).copied()).collect()
        };
        Self(specs.iter().map(indices).collect())
    }

    /// Returns the indices of the earlier jobs that a job needs.
    pub(super) fn of_job(&self, index: usize) -> &[usize] {
        &self.0[index]
    }

    /// Returns why a job cannot start: the first job that it needs and that did not succeed.
    pub(super) fn unmet<'j>(&self, index: usize, job: impl Fn(usize) -> Option<&'j JobResult>) -> Option<Failure> {
        let needed = self.of_job(index).iter().filter_map(|needed| job(*needed));
        needed.into_iter().find(|needed| !needed.status.is_success()).map(describe)
    }
}

fn describe(needed: &JobResult) -> Failure {
    let id = needed.id.as_deref().unwrap_or_default();
    let (how, hint) = match needed.status {
        JobStatus::Skipped => ("was skipped itself".to_owned(), "see why, and run this job then".to_owned()),
        JobStatus::Interrupted => ("was interrupted".to_owned(), "run this job again".to_owned()),
        status => (format!("ended as {}", status.name()), format!("correct `{id}`, then run it and this job")),
    };
    Failure { code: Code::NeedFailed, message: format!("it needs `{id}`, which {how}"), hint: Some(hint) }
}
