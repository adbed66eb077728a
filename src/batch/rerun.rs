//! What running a whole batch again would do, where jobs stand in each other's way.

use std::collections::HashMap;

use super::Batch;
use crate::jobs::{Claim, Job, Moved, Thing};
use crate::outcome::{Code, JobResult, JobStatus, Rerun};

impl Batch<'_> {
    /// Finds the jobs that would end otherwise in a second run, because a later job wrote what they read or write, and
    /// says so where a job advises to run it again.
    pub(super) fn settle_reruns(&self, jobs: &mut [JobResult]) {
        if jobs.iter().any(advises_rerun) {
            self.mark_overtaken(jobs);
            self.correct_hints(jobs);
        }
    }

    /// Marks each job that reads or writes what a later one wrote: a second run would begin with what that one left.
    fn mark_overtaken(&self, jobs: &mut [JobResult]) {
        let mut last_writer: HashMap<Thing, usize> = HashMap::new();
        for (index, (spec, job)) in self.specs.iter().zip(&*jobs).enumerate() {
            last_writer.extend(standing_writes(&spec.job, job).map(|thing| (thing.in_any_case(), index)));
        }
        for (index, (spec, job)) in self.specs.iter().zip(jobs).enumerate() {
            let is_overtaken =
                |claim: Claim| last_writer.get(&claim.thing.in_any_case()).is_some_and(|last| *last > index);
            if job.rerun == Rerun::Idempotent
                && !spec.job.only_reads()
                && spec.job.claims().into_iter().any(is_overtaken)
            {
                job.rerun = Rerun::RepeatsWork;
            }
        }
    }

    /// Says beside the advice to run a job again that the rest of its batch must not be.
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

/// Returns whether the error of a job is one after which people run it again.
fn advises_rerun(job: &JobResult) -> bool {
    job.error.as_ref().is_some_and(|error| matches!(error.code, Code::Unreachable | Code::LoginRefused))
}

/// Returns what a job wrote, or may have written, and nobody took back.
fn standing_writes(job: &Job, result: &JobResult) -> impl Iterator<Item = Thing> {
    let has_created = result.outcome.version_created.is_some();
    let has_moved = Moved::of(&result.outcome).is_some() && result.status != JobStatus::Restored;
    let writes = job.claims().into_iter().filter(|claim| claim.writes).map(|claim| claim.thing);
    writes.filter(move |thing| if matches!(thing, Thing::Versions(_)) { has_created } else { has_moved })
}
