//! What a person needs to know of the jobs that did not simply succeed: what happened, where things are, what to do next.

use std::collections::BTreeMap;

use crate::outcome::{BatchResult, BatchStatus, CurrentVersion, JobResult, JobStatus, Labels, Rerun, count_statuses};
use crate::text::escape_line;

/// The number of jobs that are named where many ended in the same way.
const NAMED_JOBS: usize = 5;

/// The three answers about a job, or about jobs that ended in the same way.
pub(super) struct Answers {
    /// The names of the jobs, their status and the code of the error.
    pub(super) title: String,
    /// What happened.
    pub(super) cause: String,
    /// Whether anything changed, and where the alias is; none for a job that is about no registered model.
    pub(super) state: Option<String>,
    /// What to do next.
    pub(super) next: Option<String>,
}

impl Answers {
    /// Returns where things are and what to do next, each with its label.
    pub(super) fn labelled(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let answers = [("now", self.state.as_deref()), ("next", self.next.as_deref())];
        answers.into_iter().filter_map(|(label, answer)| Some((label, answer?)))
    }
}

/// Returns the answers about every job that did not simply succeed: failures first, then the jobs that share their fate.
pub(super) fn answers(result: &BatchResult, labels: &Labels<'_>) -> Vec<Answers> {
    let failed = result.jobs.iter().filter_map(|job| answer_failure(job, labels));
    let shared = [JobStatus::Restored, JobStatus::Skipped].map(|status| answer_shared_fate(status, result, labels));
    failed.chain(shared.into_iter().flatten()).collect()
}

fn answer_failure(job: &JobResult, labels: &Labels<'_>) -> Option<Answers> {
    let error = job.error.as_ref()?;
    Some(Answers {
        title: format!("{} {} ({})", labels.for_job(job), job.status.name(), error.code),
        cause: error.message.clone(),
        state: job.describe_state(),
        next: error.hint.clone(),
    })
}

/// Answers for all jobs that were restored or skipped because of other jobs, or of a signal.
fn answer_shared_fate(status: JobStatus, result: &BatchResult, labels: &Labels<'_>) -> Option<Answers> {
    let jobs: Vec<&JobResult> = result.jobs.iter().filter(|job| job.status == status && job.error.is_none()).collect();
    let first = jobs.first()?;
    let mut names: Vec<String> = jobs.iter().take(NAMED_JOBS).map(|job| labels.for_job(job)).collect();
    if let Some(more @ 1..) = jobs.len().checked_sub(NAMED_JOBS) {
        names.push(format!("and {more} more"));
    }
    let cause = find_cause(result).map(|failed| (labels.for_job(failed), failed.status.name()));
    // A second run of the whole batch may repeat work, or go back one version more.
    let is_safe = result.jobs.iter().all(|job| job.status == JobStatus::Skipped || job.rerun == Rerun::Idempotent);
    let again = if is_safe { "run the batch again" } else { "run only what was skipped" };
    let (event, look, again) = match &cause {
        Some((label, status)) => (
            format!("because {label} ended as {status}"),
            format!("see {label}"),
            format!("correct {label}, then {again}"),
        ),
        None => ("after the signal".to_owned(), "run the job again when it suits".to_owned(), again.to_owned()),
    };
    let (cause, state, next) = match (status, &jobs[..]) {
        (JobStatus::Restored, [_]) => (format!("its alias was moved back {event}"), first.describe_state(), look),
        (JobStatus::Restored, _) => {
            let state = "each alias is where it was before".to_owned();
            (format!("their aliases were moved back {event}"), Some(state), look)
        }
        _ => (format!("not started {event}"), Some(describe_skipped(&jobs, &result.jobs)), again),
    };
    Some(Answers { title: format!("{} {}", names.join(", "), status.name()), cause, state, next: Some(next) })
}

/// Returns the job because of which others were skipped or restored; none where a signal ended the batch.
fn find_cause(result: &BatchResult) -> Option<&JobResult> {
    let mut failed = result
        .jobs
        .iter()
        .filter(|job| job.error.is_some() && !job.status.is_success() && job.status != JobStatus::Skipped);
    // A job that could not be restored is not why the others had to be.
    let first = failed.clone().find(|job| job.status != JobStatus::NotRestored).or_else(|| failed.next());
    first.filter(|_| result.status != BatchStatus::Interrupted)
}

/// Says where the aliases of skipped jobs are. Another job may have moved them.
fn describe_skipped(skipped: &[&JobResult], all: &[JobResult]) -> String {
    let unmoved = unmoved_aliases(all);
    let aliases: Vec<_> = skipped.iter().filter_map(|job| alias_key(job)).collect();
    match &aliases[..] {
        [] => "nothing was changed".to_owned(),
        aliases if !aliases.iter().all(|alias| unmoved[alias] == Some(true)) => {
            "nothing was changed by what was skipped".to_owned()
        }
        [(_, alias)] => format!("nothing was changed: {} is where it was", escape_line(alias)),
        _ => "nothing was changed: each alias is where it was".to_owned(),
    }
}

/// Returns the last line about a batch: how many jobs ended in which way and, where a job did not succeed, how many aliases
/// are where they were; none for a single job.
pub(super) fn count(result: &BatchResult) -> Option<String> {
    if result.jobs.len() < 2 {
        return None;
    }
    let line = count_statuses(&result.jobs);
    if result.jobs.iter().all(|job| job.status.is_success() && job.error.is_none()) {
        return Some(line);
    }
    let aliases = unmoved_aliases(&result.jobs);
    let read: Vec<bool> = aliases.values().copied().flatten().collect();
    let unmoved = read.iter().filter(|is_unmoved| **is_unmoved).count();
    let noun = if read.len() == 1 { "alias is where it was" } else { "aliases are where they were" };
    let known = (!read.is_empty()).then(|| format!("; {unmoved} of {} {noun}", read.len()));
    let unread = Some(aliases.len() - read.len()).filter(|unread| *unread > 0);
    let unread = unread.map(|unread| match unread {
        1 => "; 1 alias was not read: a program may have moved it".to_owned(),
        _ => format!("; {unread} aliases were not read: a program may have moved them"),
    });
    Some(line + &known.unwrap_or_default() + &unread.unwrap_or_default())
}

/// Where an alias was before a batch, and is after it.
struct Place {
    before: Option<u64>,
    now: CurrentVersion,
    is_restored: bool,
}

/// Returns every alias of the jobs, with the address of its registry, and whether it is where it was before the batch;
/// `None` where that is not known, because a program ran and the alias was not read.
fn unmoved_aliases(jobs: &[JobResult]) -> BTreeMap<(Option<String>, String), Option<bool>> {
    let mut written: BTreeMap<(Option<String>, String), Place> = BTreeMap::new();
    let mut unmoved = BTreeMap::new();
    // What a program did is not known.
    let ran_program = jobs.iter().any(|job| job.outcome.name.is_none() && job.status != JobStatus::Skipped);
    for job in jobs {
        let Some(alias) = alias_key(job) else { continue };
        let now = job.outcome.current.unwrap_or_default();
        unmoved.entry(alias.clone()).or_insert((!ran_program || now.current_known).then_some(true));
        if job.outcome.alias_written.is_some() {
            let before = job.outcome.previous_version;
            let place = written.entry(alias).or_insert(Place { before, now, is_restored: false });
            // Jobs are restored in reverse order, so the first one of an alias was restored last.
            if !place.is_restored {
                (place.now, place.is_restored) = (now, job.status == JobStatus::Restored);
            }
        }
    }
    for (alias, Place { before, now, .. }) in written {
        unmoved.insert(alias, Some(now.current_known && now.current_version == before));
    }
    unmoved
}

fn alias_key(job: &JobResult) -> Option<(Option<String>, String)> {
    Some((job.outcome.registry.clone(), job.outcome.full_alias()?))
}
