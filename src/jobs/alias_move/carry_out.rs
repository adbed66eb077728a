//! Carries out a plan, unless there is nothing to do, a gate fails, or the job only plans.

use tracing::info;

use super::super::{Context, JobEnd, Mode};
use super::apply::apply;
use super::plan::Plan;
use super::request::MoveRequest;
use super::verify::{OnVerifyFailure, Verify, end_unconfirmed};
use crate::outcome::{DoneWord, JobStatus, Outcome};

/// Applies a plan, verifies the version if requested, and ends the job.
pub(crate) async fn carry_out(
    plan: &Plan<'_>,
    done: DoneWord,
    verify: Option<(&Verify, OnVerifyFailure)>,
    context: &Context<'_>,
) -> JobEnd {
    let MoveRequest { name, alias, .. } = plan.request;
    if plan.is_done() {
        plan.end_unchanged(context).await;
        return JobEnd::success(JobStatus::Unchanged, plan.outcome());
    }
    if let Some(refusal) = plan.refusal() {
        return JobEnd::failure(&refusal, Some(plan.outcome()));
    }
    if context.mode == Mode::Plan {
        info!(model = %name, alias = %alias, version = %plan.target.version, "{name}@{alias}: planned, nothing was changed");
        let verify = verify.map(|(verify, _)| verify.outline());
        return JobEnd::success(JobStatus::Planned, Outcome { verify, ..plan.outcome() });
    }
    match (apply(plan, context).await, verify) {
        (Ok(outcome), _) if !context.writes.has_move() => JobEnd::success(JobStatus::Unchanged, outcome),
        (Ok(outcome), None) => JobEnd::success(done.status(), outcome),
        // Boxed to keep these rare paths out of every job's future.
        (Ok(outcome), Some((verify, on_failure))) => {
            Box::pin(verify.end(plan, (done.status(), outcome), on_failure, context)).await
        }
        (Err(error), Some((_, on_failure))) if error.is_in_doubt() => {
            Box::pin(end_unconfirmed(plan, error, on_failure, context)).await
        }
        (Err(error), _) => JobEnd::failure(&plan.request.outdated(error), Some(plan.outcome())),
    }
}
