//! `--on-failure restore`: every alias that this batch moved goes back, last moved first.

use tracing::instrument::WithSubscriber as _;
use tracing::{Instrument as _, error, error_span, info, warn};

use super::Batch;
use super::job_runner::{catch_panic, panicked};
use crate::config::JobSpec;
use crate::jobs::{AppliedMove, Context, RevertOutcome, WriteLog};
use crate::outcome::{Code, Failure, JobResult, JobStatus, Outcome, Rerun, WriteState};
use crate::services::{Pool, Services};
use crate::shutdown::Shutdown;

/// Why an alias moved, in its history.
const WHY: &str = "restored: the batch that moved it did not succeed";

impl Batch<'_> {
    /// Puts back what the jobs moved, in the reverse of the order in which they ended.
    pub(super) async fn restore(&self, jobs: &mut [JobResult], came: &[usize], pool: &mut Pool) {
        for index in came.iter().rev().copied() {
            let (spec, job) = (&self.specs[index], &mut jobs[index]);
            let Some(applied) = AppliedMove::from_outcome(&job.outcome) else { continue };
            // Unless it goes back, a second run begins elsewhere and takes nothing back.
            job.rerun = Rerun::Unknown;
            match pool.start(&spec.services) {
                Ok(services) => {
                    let log = services.logger.dispatch().clone();
                    let work = async {
                        let span = error_span!("restore", name = self.label(spec));
                        self.put_back(&applied, spec, &services, job).instrument(span).await;
                    };
                    if !catch_panic(work.with_subscriber(log)).await && job.status != JobStatus::Restored {
                        job.error = Some(not_restored(job.error.take(), &panicked()));
                    }
                }
                Err(error) => job.error = Some(not_restored(job.error.take(), &Failure::from(&error))),
            }
        }
    }

    async fn put_back(&self, applied: &AppliedMove, spec: &JobSpec, services: &Services, job: &mut JobResult) {
        // The signal that ended the batch must not end what makes it good again.
        let writes = WriteLog::default();
        let context = Context { shutdown: &Shutdown::never(), ..self.context(services, &writes) };
        match applied.revert(WHY, &context).await {
            RevertOutcome::Confirmed { is_recorded, .. } => {
                info!("restored: {applied}");
                job.status = JobStatus::Restored;
                job.error = job.error.take().map(|own| restored(own, applied));
                // A rollback finds its way by the history.
                if is_recorded {
                    job.rerun = spec.job.rerun(job.status, &job.outcome);
                }
            }
            RevertOutcome::Unconfirmed(problem) => {
                warn!("restored, but not read back: {applied}: {problem}");
                job.status = JobStatus::Restored;
                job.error = Some(restored_unconfirmed(job.error.take(), applied, &problem));
            }
            // The write may never have happened, or the job itself moved the alias back; then there is nothing to restore.
            RevertOutcome::LeftAlone { actual, .. } if applied.came_from(actual) && may_be_back(&job.outcome) => {
                job.rerun = spec.job.rerun(job.status, &job.outcome);
                return;
            }
            RevertOutcome::LeftAlone { failure, .. } | RevertOutcome::Failed(failure) => {
                error!("not restored: {applied}: {}", failure.message);
                job.error = Some(not_restored(job.error.take(), &failure));
            }
            RevertOutcome::Kept | RevertOutcome::Unmoved => return,
        }
        services.alerts.tell(job, self.about(services)).await;
    }
}

/// Returns whether an alias may be where it was before without somebody else: its move was not made, or taken back by
/// the job after a verification that failed.
fn may_be_back(outcome: &Outcome) -> bool {
    outcome.alias_written == Some(WriteState::Sent) || outcome.verification.as_ref().is_some_and(|asked| !asked.passed)
}

/// Adds to the error of a job what it could not know: whatever it says of its alias, that went back.
fn restored(own: Failure, applied: &AppliedMove) -> Failure {
    let hint = "the alias is where it was before the batch: find out what is wrong before you run it again".to_owned();
    Failure { message: format!("{}; restored with the batch: {applied}", own.message), hint: Some(hint), ..own }
}

/// Says that an alias went back as far as the registry answered, which nobody could read.
fn restored_unconfirmed(own: Option<Failure>, applied: &AppliedMove, problem: &str) -> Failure {
    let said = format!("restored with the batch, but not confirmed: {applied}: {problem}");
    let hint = Some("look where the alias is before you run the batch again".to_owned());
    match own {
        Some(own) => Failure { message: format!("{}; {said}", own.message), hint, ..own },
        None => Failure { code: Code::Unreachable, message: said, hint },
    }
}

/// Says that a move stays. A job that failed after its write keeps its own error: the first failure is never hidden.
fn not_restored(first: Option<Failure>, problem: &Failure) -> Failure {
    let said = format!("not restored: {}", problem.message);
    match first {
        Some(first) => Failure { message: format!("{}; {said}", first.message), ..first },
        None => {
            let hint = match problem.code {
                // What its hint says of a second run is about the restore, and not about the job.
                Code::Unreachable | Code::RegistryUnreadable => {
                    Some("look where the alias is; a RollbackJob with `to` puts it back".to_owned())
                }
                _ => problem.hint.clone(),
            };
            Failure { message: said, hint, ..problem.clone() }
        }
    }
}
