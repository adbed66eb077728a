//! `--on-failure restore`: restores every alias of the batch, in reverse order.

use tracing::instrument::WithSubscriber as _;
use tracing::{Instrument as _, error, error_span, info, warn};

use super::Batch;
use super::panics::{catch_panic, guard_start, panicked};
use crate::config::JobSpec;
use crate::jobs::{AppliedMove, Context, RevertOutcome, WriteLog};
use crate::outcome::{Code, CurrentVersion, Failure, JobResult, JobStatus, Outcome, Rerun, WriteState};
use crate::registry::Version;
use crate::services::{Pool, Services};
use crate::shutdown::Shutdown;

/// The message of restores in the history.
const WHY: &str = "restored: the batch that moved it did not succeed";

/// The hint if the registry did not answer properly.
const MOVE_IT_BACK: &str = "look with a StatusJob where the alias is; a RollbackJob with `to` moves it back";

/// The hint if the version before the move no longer exists.
const CHOOSE_ANOTHER: &str = "choose a version that exists: a RollbackJob with `to` moves the alias there";

impl Batch<'_> {
    /// Restores the aliases that jobs moved, in reverse order of the ends of the jobs.
    pub(super) async fn restore(&self, jobs: &mut [JobResult], ended: &[usize], pool: &mut Pool) {
        for index in ended.iter().rev().copied() {
            let (spec, job) = (&self.specs[index], &mut jobs[index]);
            let Some(applied) = AppliedMove::from_outcome(&job.outcome) else { continue };
            // Until the alias is restored, a second run starts from another version.
            job.rerun = Rerun::Unknown;
            match guard_start(pool.start(&spec.services)).await {
                Ok(services) => {
                    let log = services.logger.dispatch().clone();
                    let work = async {
                        let span = error_span!("restore", name = %self.label(spec));
                        self.restore_one(&applied, spec, &services, job).instrument(span).await;
                    };
                    if !catch_panic(work.with_subscriber(log)).await && job.status != JobStatus::Restored {
                        not_restored(job, &panicked());
                    }
                }
                Err(error) => not_restored(job, &Failure::from(&error)),
            }
        }
    }

    async fn restore_one(&self, applied: &AppliedMove, spec: &JobSpec, services: &Services, job: &mut JobResult) {
        // The signal that ended the batch must not stop the restore.
        let writes = WriteLog::default();
        if let Some(CurrentVersion { current_version, current_known: true }) = job.outcome.current {
            writes.alias_read(current_version.and_then(Version::new));
        }
        let context = Context { shutdown: &Shutdown::never(), ..self.context(spec, services, &writes) };
        let reverted = applied.revert(WHY, &context).await;
        writes.complete_current(&mut job.outcome);
        match reverted {
            RevertOutcome::Confirmed { is_recorded, .. } => {
                info!("{applied} (moved back, confirmed)");
                job.status = JobStatus::Restored;
                job.error = job.error.take().map(restored);
                // A rollback reads its version from the history.
                if is_recorded {
                    job.rerun = spec.job.rerun(job.status, &job.outcome);
                }
            }
            RevertOutcome::Unconfirmed(problem) => {
                warn!("{applied} (moved back, not confirmed): {problem}");
                job.status = JobStatus::Unknown;
                job.error = Some(restored_unconfirmed(job.error.take(), applied, &problem));
            }
            // The write may never have been applied, or the job itself restored the alias. Then there is nothing to
            // restore.
            RevertOutcome::LeftAlone { actual, .. } if applied.came_from(actual) && may_be_back(&job.outcome) => {
                job.rerun = spec.job.rerun(job.status, &job.outcome);
                return;
            }
            RevertOutcome::LeftAlone { failure, .. } | RevertOutcome::Failed(failure) => {
                let Failure { code, message, .. } = &failure;
                error!(code = %code, reason = message, "{applied} (not moved back)");
                not_restored(job, &failure);
            }
            RevertOutcome::Kept | RevertOutcome::Unmoved => return,
        }
        services.alerts.notify(job, self.about(services)).await;
    }
}

/// Returns whether this job itself may explain that the alias is at its old version: the move was not applied, or the
/// job restored the alias after a failed verification.
fn may_be_back(outcome: &Outcome) -> bool {
    outcome.alias_written == Some(WriteState::Sent) || outcome.verification.as_ref().is_some_and(|asked| !asked.passed)
}

/// Says how a person undoes the move of a job.
fn undo_by_hand(job: &JobResult) -> String {
    match job.outcome.previous_version {
        Some(version) => format!("promote version {version}"),
        None => "delete the alias, which did not exist before".to_owned(),
    }
}

/// Adds to the error of a job that its alias was restored.
fn restored(own: Failure) -> Failure {
    let hint = "correct the cause, then run the batch again".to_owned();
    Failure {
        message: format!("{}; then the alias was moved back with the batch", own.message),
        hint: Some(hint),
        ..own
    }
}

/// Creates the failure of a restore that was accepted but could not be confirmed.
fn restored_unconfirmed(own: Option<Failure>, applied: &AppliedMove, problem: &str) -> Failure {
    let clause = format!("the move back ({applied}) was accepted, but not confirmed: {problem}");
    let hint = Some("look with a StatusJob where the alias is before you run the batch again".to_owned());
    match own {
        Some(own) => Failure { message: format!("{}; {clause}", own.message), hint, ..own },
        None => Failure { code: Code::Unreachable, message: clause, hint },
    }
}

/// Marks a job whose move was not restored. A job that failed after its write keeps its own error, so that the first
/// failure stays visible.
fn not_restored(job: &mut JobResult, problem: &Failure) {
    let clause = match problem.code {
        Code::AliasLeft => problem.message.clone(),
        _ => format!("the alias could not be moved back with the batch: {}", problem.message),
    };
    job.status = JobStatus::NotRestored;
    job.error = Some(match job.error.take() {
        Some(first) => {
            let first = if first.advises_rerun() {
                first.replace_rerun_advice(MOVE_IT_BACK)
            } else {
                let own = first.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
                Failure { hint: Some(undo_by_hand(job) + &own), ..first }
            };
            Failure { message: format!("{}; {clause}", first.message), ..first }
        }
        None => {
            // The hints of these errors are about the version or a retry, and not about restoring the alias.
            let hint = match problem.code {
                Code::Unreachable | Code::RegistryUnreadable => Some(MOVE_IT_BACK.to_owned()),
                Code::VersionNotFound => Some(CHOOSE_ANOTHER.to_owned()),
                Code::PermissionDenied => {
                    problem.hint.as_ref().map(|hint| format!("{hint}; then {}", undo_by_hand(job)))
                }
                _ => problem.hint.clone(),
            };
            Failure { message: clause, hint, ..problem.clone() }
        }
    });
}
