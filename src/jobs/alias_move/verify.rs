//! Verifies a version after the alias moved to it: evaluates gates, and reverts the move if they fail.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::{error, info, warn};

use super::super::{Context, Error, JobEnd};
use super::not_verified::{NotVerified, UnverifiedCause};
use super::plan::Plan;
use super::revert::AppliedMove;
use super::revert_outcome::RevertOutcome;
use crate::gates::{Gate, GateSubject, evaluate_gates};
use crate::outcome::{Attempt, FailedGates, GateMode, JobStatus, Outcome, Verdict, Verification};
use crate::shutdown::Shutdown;

/// The address of the gates in the config.
const GATES: &str = "job.verify.gates";

/// The maximum wait that a config may set, in seconds.
const DAY: u64 = 86_400;

/// Gates that must pass after the move, such as a smoke test of the endpoint that serves the alias.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The gates. All are evaluated. The version is verified when each passes, is off, or only warns.
    #[schemars(length(min = 1))]
    gates: Vec<Gate>,
    /// The wait before the first attempt, in seconds. Endpoints need time to follow the alias.
    #[serde(default)]
    #[schemars(range(max = DAY))]
    settle: u64,
    /// The maximum number of attempts until all gates pass.
    #[serde(default = "once")]
    #[schemars(range(min = 1, max = 1000))]
    attempts: u32,
    /// The wait between two attempts, in seconds.
    #[serde(default = "some_seconds")]
    #[schemars(range(max = DAY))]
    interval: u64,
}

/// What happens to the alias when the verification fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnVerifyFailure {
    /// The alias moves back to the previous version, or is deleted where it did not exist.
    #[default]
    Rollback,
    /// The alias stays at the new version.
    Keep,
}

impl Verify {
    pub(crate) fn gates(&self) -> &[Gate] {
        &self.gates
    }

    /// Verifies the version that an alias was moved to, and ends the job.
    pub(crate) async fn end(
        &self,
        plan: &Plan<'_>,
        (status, outcome): (JobStatus, Outcome),
        on_failure: OnVerifyFailure,
        context: &Context<'_>,
    ) -> JobEnd {
        let (name, alias, version) = (plan.request.name, plan.request.alias, plan.target.version);
        let (verification, cause) = self.attempt_until_verified(plan, context).await;
        let outcome = Outcome { verification: Some(Box::new(verification)), ..outcome };
        let Some(cause) = cause else {
            info!(model = %name, alias = %alias, version = %version, "{name}@{alias}: version {version} is verified");
            return JobEnd::success(status, outcome);
        };
        let revert = match on_failure {
            OnVerifyFailure::Keep => RevertOutcome::Kept,
            OnVerifyFailure::Rollback => Box::pin(move_back(plan, &cause.message, context)).await,
        };
        let verification =
            outcome.verification.map(|done| Box::new(Verification { put_back: revert.is_confirmed(), ..*done }));
        let failed = Error::NotVerified(Box::new(NotVerified { version, previous: plan.current, cause, revert }));
        JobEnd::failure(&failed, Some(Outcome { verification, ..outcome }))
    }

    /// Evaluates the gates until all pass or the attempts are used up. Returns the last attempt, and the reason if the
    /// version is not verified.
    async fn attempt_until_verified(
        &self,
        plan: &Plan<'_>,
        context: &Context<'_>,
    ) -> (Verification, Option<UnverifiedCause>) {
        let (name, alias, version) = (plan.request.name, plan.request.alias, plan.target.version);
        let began = Instant::now();
        let mut last = Verification { passed: false, attempts: 0, verdicts: vec![], put_back: false, history: vec![] };
        let mut wait = self.settle;
        loop {
            let attempt = last.attempts + 1;
            let (verdicts, cause) = match self.attempt(wait, plan, context).await {
                Ok(verdicts) => {
                    let failed = FailedGates::from_verdicts(&verdicts);
                    (verdicts, failed.map(|failed| UnverifiedCause::from_gates(failed, name, version)))
                }
                Err(Error::Interrupted(signal)) => {
                    return (last, Some(UnverifiedCause::other(version, &format!("{} came first", signal.name()))));
                }
                // The alias points to another version now, so the verdicts say nothing about this one.
                Err(Error::AliasMismatch { .. }) => {
                    return (last, Some(UnverifiedCause::other(version, "the alias no longer pointed to it")));
                }
                Err(problem) => (vec![], Some(UnverifiedCause::other(version, &problem.to_string()))),
            };
            let failure = cause.as_ref().map(|cause| cause.message.clone());
            last.history.push(Attempt { seconds: began.elapsed().as_secs_f64(), failure });
            last = Verification { attempts: attempt, verdicts, ..last };
            let Some(cause) = cause else {
                return (Verification { passed: true, ..last }, None);
            };
            let attempts = self.attempts;
            if attempt >= attempts {
                return (last, Some(cause.after_attempts(attempt)));
            }
            wait = self.interval;
            let reason = cause.message;
            warn!(version = %version, reason, "{name}@{alias}: verification {attempt} of {attempts} failed, the next one in {wait} s");
        }
    }

    async fn attempt(&self, wait: u64, plan: &Plan<'_>, context: &Context<'_>) -> Result<Vec<Verdict>, Error> {
        if wait > 0 {
            info!(version = %plan.target.version, "{}@{}: waiting {wait} s before version {} is verified", plan.request.name, plan.request.alias, plan.target.version);
            context.wait_for(tokio::time::sleep(Duration::from_secs(wait))).await?;
        }
        // Reads the version again, because an approval may have been revoked since the plan.
        let (name, alias, version) = (plan.request.name, plan.request.alias, plan.target.version);
        let again =
            async { tokio::try_join!(context.registry.get_model(name), context.registry.get_version(name, version)) };
        let (model, candidate) = context.read(again).await?;
        context.writes.alias_read(model.alias(alias));
        let subject = GateSubject { model: &model, candidate: &candidate, ..plan.subject() };
        let verdicts = evaluate_gates(&self.gates, GATES, subject, context.registry);
        let verdicts = context.wait_for(verdicts).await?;
        if FailedGates::from_verdicts(&verdicts).is_none() {
            // Somebody may have moved the alias during the wait or the gates.
            let actual = context.read(context.registry.get_alias(name, alias)).await?.map(|found| found.version);
            context.writes.alias_read(actual);
            if actual != Some(version) {
                return Err(Error::AliasMismatch { name: name.clone(), alias: alias.clone(), version });
            }
        }
        Ok(verdicts)
    }

    /// Describes in one line what would be verified.
    pub(crate) fn outline(&self) -> String {
        let gates: Vec<String> =
            self.gates.iter().filter(|gate| gate.mode() != GateMode::Off).map(Gate::label).collect();
        let settle = if self.settle > 0 { format!(" after {} s", self.settle) } else { String::new() };
        let attempts = if self.attempts > 1 { format!(", at most {} times", self.attempts) } else { String::new() };
        format!("{}{settle}{attempts}", if gates.is_empty() { "no gate".to_owned() } else { gates.join(", ") })
    }
}

/// Ends a job whose move could not be confirmed, so that it was not verified either.
pub(crate) async fn end_unconfirmed(
    plan: &Plan<'_>,
    unconfirmed: Error,
    on_failure: OnVerifyFailure,
    context: &Context<'_>,
) -> JobEnd {
    let revert = match on_failure {
        OnVerifyFailure::Keep => RevertOutcome::Kept,
        OnVerifyFailure::Rollback => {
            let found = Box::pin(move_back(plan, &unconfirmed.to_string(), context)).await;
            match (found, &unconfirmed) {
                // A write without an answer may not have been applied.
                (RevertOutcome::LeftAlone { actual, .. }, Error::Unconfirmed { .. })
                    if AppliedMove::from_plan(plan, context.writes).came_from(actual) =>
                {
                    RevertOutcome::Unmoved
                }
                (found, _) => found,
            }
        }
    };
    let put_back = revert.is_confirmed();
    let verification = Verification { passed: false, attempts: 0, verdicts: vec![], put_back, history: vec![] };
    let failed = Error::NotConfirmed { source: Box::new(unconfirmed), revert: Box::new(revert) };
    JobEnd::failure(&failed, Some(Outcome { verification: Some(Box::new(verification)), ..plan.outcome() }))
}

/// Restores the alias. A signal does not interrupt this, because production would keep the unverified version.
async fn move_back(plan: &Plan<'_>, cause: &str, context: &Context<'_>) -> RevertOutcome {
    let applied = AppliedMove::from_plan(plan, context.writes);
    let context = Context { shutdown: &Shutdown::never(), ..*context };
    let message = format!("put back from version {}: {cause}", plan.target.version);
    let outcome = applied.revert(&message, &context).await;
    match &outcome {
        RevertOutcome::Confirmed { .. } => info!("{applied} (moved back, confirmed)"),
        // The result says why.
        RevertOutcome::Unconfirmed(problem) => warn!(reason = problem, "{applied} (moved back, not confirmed)"),
        RevertOutcome::LeftAlone { failure, .. } | RevertOutcome::Failed(failure) => {
            error!(reason = failure.message, "{applied} (not moved back)");
        }
        RevertOutcome::Kept | RevertOutcome::Unmoved => {}
    }
    outcome
}

const fn once() -> u32 {
    1
}

const fn some_seconds() -> u64 {
    5
}
