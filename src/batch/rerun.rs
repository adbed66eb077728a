//! Determines what a second run of a job or of its batch would do, and corrects the hints of failed jobs.

use std::collections::HashMap;

use super::Batch;
use crate::jobs::{Access, AppliedMove, Job, Resource};
use crate::outcome::{Failure, JobResult, JobStatus, Outcome, Rerun};

/// The hint of a job whose resources a later job of the batch wrote.
const OVERTAKEN: &str = "do not run it again as it is: a later job of the batch changed what it reads or writes";

impl Batch<'_> {
    /// Finds the jobs that would end differently in a second run, because a later job wrote what they read or write,
    /// and corrects hints that advise to run a job again.
    pub(super) fn settle_reruns(&self, jobs: &mut [JobResult]) {
        if jobs.iter().any(advises_rerun) {
            self.mark_overtaken(jobs);
            self.correct_hints(jobs);
        }
    }

    /// Marks each job that reads or writes a resource that a later job wrote. A second run would start from the later
    /// state.
    fn mark_overtaken(&self, jobs: &mut [JobResult]) {
        let mut last_writer: HashMap<Resource, usize> = HashMap::new();
        for (index, (spec, job)) in self.specs.iter().zip(&*jobs).enumerate() {
            let written = standing_writes(&spec.job, job).map(|resource| (resource.into_lower_case(), index));
            last_writer.extend(written);
        }
        for (index, (spec, job)) in self.specs.iter().zip(jobs).enumerate() {
            let is_overtaken =
                |access: Access| last_writer.get(&access.resource.into_lower_case()).is_some_and(|last| *last > index);
            if job.rerun == Rerun::Idempotent
                && !spec.job.only_reads()
                && spec.job.accesses().into_iter().any(is_overtaken)
            {
                job.rerun = Rerun::RepeatsWork;
                if advises_rerun(job) {
                    job.error = job.error.take().map(|error| error.replace_rerun_advice(OVERTAKEN));
                }
            }
        }
    }

    /// Adds to the advice to run a job again that the other jobs of its batch must not run again.
    fn correct_hints(&self, jobs: &mut [JobResult]) {
        let repeating = jobs.iter().position(|job| job.rerun != Rerun::Idempotent);
        let Some(other) = repeating.map(|index| self.label(&self.specs[index])) else { return };
        for job in jobs.iter_mut().filter(|job| advises_rerun(job) && job.rerun == Rerun::Idempotent) {
            let Some(error) = &mut job.error else { continue };
            let advice = error.hint.take().map_or_else(String::new, |hint| format!("{hint}; "));
            error.hint = Some(format!("{advice}run this job alone: the whole batch would repeat the work of {other}"));
        }
    }
}

/// Replaces the advice to run a job again if a second run does not lead to the same end.
pub(super) fn correct_hint(job: &Job, error: Failure, outcome: &Outcome, rerun: Rerun) -> Failure {
    // A failed verification has its own hint.
    if rerun == Rerun::Idempotent || !error.advises_rerun() || outcome.verification.is_some() {
        return error;
    }
    error.replace_rerun_advice(job.rerun_hint())
}

fn advises_rerun(job: &JobResult) -> bool {
    job.error.as_ref().is_some_and(Failure::advises_rerun)
}

/// Returns the resources that a job wrote, or may have written, and that were not restored.
fn standing_writes(job: &Job, result: &JobResult) -> impl Iterator<Item = Resource> {
    let has_created = result.outcome.version_created.is_some();
    // The versions of a job that is about no model are those that its program may create.
    let has_run_program = result.outcome.name.is_none() && matches!(result.status, JobStatus::Done(_));
    let has_moved = AppliedMove::from_outcome(&result.outcome).is_some() && result.status != JobStatus::Restored;
    let writes = job.accesses().into_iter().filter(|access| access.writes).map(|access| access.resource);
    writes.filter(move |resource| match resource {
        Resource::Versions(_) => has_created || has_run_program,
        Resource::Alias(..) | Resource::Aliases(_) => has_moved,
        Resource::Everything => result.status.is_success(),
    })
}
