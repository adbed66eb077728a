//! Verification: once an alias points to a version, gates are asked again, and where they say no the alias goes back.

use std::time::Duration;

use futures_util::FutureExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::{error, info, warn};

use super::aftermath::Aftermath;
use super::plan::Plan;
use super::restore::{Moved, Restored};
use super::{Context, Ended, Error};
use crate::gates::{Gate, GateSubject, evaluate_gates};
use crate::outcome::{GateMode, JobStatus, Outcome, Verdict, Verification};
use crate::shutdown::Shutdown;

/// The longest wait that can be asked for, in seconds.
const DAY: u64 = 86_400;

/// What must hold once the alias points to the version, such as a smoke test of the endpoint that follows the alias.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// What must hold. All are asked; the version is verified when each passes, is off, or only warns.
    #[schemars(length(min = 1))]
    gates: Vec<Gate>,
    /// How long to wait before they are asked, in seconds: what follows the alias takes its time.
    #[serde(default)]
    #[schemars(range(max = DAY))]
    settle: u64,
    /// How often they are asked until all say yes.
    #[serde(default = "once")]
    #[schemars(range(min = 1, max = 1000))]
    attempts: u32,
    /// How long to wait before they are asked again, in seconds.
    #[serde(default = "some_seconds")]
    #[schemars(range(max = DAY))]
    interval: u64,
}

/// What becomes of the alias where verification fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnVerifyFailure {
    /// It is put back to the version before, or deleted where there was none.
    #[default]
    Rollback,
    /// It stays.
    Keep,
}

impl Verify {
    /// Returns what must hold.
    pub(super) fn gates(&self) -> &[Gate] {
        &self.gates
    }

    /// Verifies the version that an alias was moved to, and ends the job.
    pub(super) async fn end(
        &self,
        plan: &Plan<'_>,
        outcome: Outcome,
        on_failure: OnVerifyFailure,
        context: &Context<'_>,
    ) -> Ended {
        let (name, alias, version) = (plan.wish.name, plan.wish.alias, plan.target.version);
        let (verification, cause) = self.ask(plan, context).await;
        let outcome = Outcome { verification: Some(Box::new(verification)), ..outcome };
        let Some(cause) = cause else {
            info!(model = %name, alias = %alias, version = %version, "verified: {}", plan.diff());
            return Ended::well(JobStatus::Promoted, outcome);
        };
        let aftermath = match on_failure {
            OnVerifyFailure::Keep => Aftermath::Kept,
            OnVerifyFailure::Rollback => Box::pin(put_back(plan, &cause, context)).await,
        };
        let verification =
            outcome.verification.map(|done| Box::new(Verification { put_back: aftermath.is_back(), ..*done }));
        let (name, alias) = (name.clone(), alias.clone());
        let failed = Error::NotVerified { name, alias, version, cause, aftermath: Box::new(aftermath) };
        Ended::early(&failed, Some(Outcome { verification, ..outcome }))
    }

    /// Asks until all say yes, as often as is allowed; returns with what was said why the version is not verified.
    async fn ask(&self, plan: &Plan<'_>, context: &Context<'_>) -> (Verification, Option<String>) {
        let mut last = Verification { passed: false, attempts: 0, verdicts: vec![], put_back: false };
        let mut wait = self.settle;
        loop {
            let (verdicts, cause) = match self.ask_after(wait, plan, context).await {
                Ok(verdicts) => {
                    let refusal = refusal(&verdicts);
                    (verdicts, refusal.map(|refusal| format!("verification failed: {refusal}")))
                }
                Err(Error::Interrupted(signal)) => {
                    return (last, Some(format!("{} came before it was verified", signal.name())));
                }
                // What follows the alias now is another version, so nothing that it says counts.
                Err(Error::AliasMismatch { .. }) => {
                    return (last, Some("somebody else moved the alias before it was verified".to_owned()));
                }
                Err(problem) => (vec![], Some(format!("it could not be verified: {problem}"))),
            };
            last = Verification { attempts: last.attempts + 1, verdicts, ..last };
            let Some(cause) = cause else {
                return (Verification { passed: true, ..last }, None);
            };
            let (attempt, attempts) = (last.attempts, self.attempts);
            warn!(version = %plan.target.version, "attempt {attempt} of {attempts}: version {} is not verified", plan.target.version);
            if attempt >= attempts {
                return (last, Some(cause));
            }
            wait = self.interval;
        }
    }

    async fn ask_after(&self, wait: u64, plan: &Plan<'_>, context: &Context<'_>) -> Result<Vec<Verdict>, Error> {
        if wait > 0 {
            info!(version = %plan.target.version, "waiting {wait} s before version {} is verified", plan.target.version);
            let pause = async {
                tokio::time::sleep(Duration::from_secs(wait)).await;
                Ok::<_, Error>(())
            };
            context.read(pause).await?;
        }
        // What was read for the plan is from before the move: an approval may have been revoked since.
        let (name, alias, version) = (plan.wish.name, plan.wish.alias, plan.target.version);
        let again =
            async { tokio::try_join!(context.registry.get_model(name), context.registry.get_version(name, version)) };
        let (model, candidate) = context.read(again).await?;
        let subject = GateSubject { model: &model, candidate: &candidate, ..plan.subject() };
        let verdicts = evaluate_gates(&self.gates, subject, context.registry);
        let verdicts = context.read(verdicts.map(Ok::<_, Error>)).await?;
        if refusal(&verdicts).is_none() {
            // The wait and the gates take their time, in which the alias may have gone to another version.
            let actual = context.read(context.registry.get_alias(name, alias)).await?.map(|found| found.version);
            if actual != Some(version) {
                return Err(Error::AliasMismatch { name: name.clone(), alias: alias.clone(), version, actual });
            }
        }
        Ok(verdicts)
    }

    /// Says in a line what would be asked.
    pub(super) fn outline(&self) -> String {
        let kinds: Vec<&str> = self.gates.iter().filter(|gate| gate.mode() != GateMode::Off).map(Gate::kind).collect();
        let settle = if self.settle > 0 { format!(" after {} s", self.settle) } else { String::new() };
        let attempts = if self.attempts > 1 { format!(", at most {} times", self.attempts) } else { String::new() };
        format!("{}{settle}{attempts}", if kinds.is_empty() { "no gate".to_owned() } else { kinds.join(", ") })
    }
}

/// Ends a job whose move nobody confirmed: what could not even be read there is not verified either.
pub(super) async fn end_unconfirmed(
    plan: &Plan<'_>,
    unconfirmed: Error,
    on_failure: OnVerifyFailure,
    context: &Context<'_>,
) -> Ended {
    let aftermath = match on_failure {
        OnVerifyFailure::Keep => Aftermath::Kept,
        OnVerifyFailure::Rollback => {
            let found = Box::pin(put_back(plan, &unconfirmed.to_string(), context)).await;
            match (found, &unconfirmed) {
                // A write without an answer may be one that never happened.
                (Aftermath::Left(Error::AliasLeft { actual, .. }), Error::Unconfirmed { .. })
                    if Moved::by(plan, context.writes).never_was(actual) =>
                {
                    Aftermath::Unmoved
                }
                (found, _) => found,
            }
        }
    };
    let verification = Verification { passed: false, attempts: 0, verdicts: vec![], put_back: aftermath.is_back() };
    let failed = Error::NotConfirmed { source: Box::new(unconfirmed), aftermath: Box::new(aftermath) };
    Ended::early(&failed, Some(Outcome { verification: Some(Box::new(verification)), ..plan.outcome() }))
}

/// Returns what the gates refuse, all of it.
fn refusal(verdicts: &[Verdict]) -> Option<String> {
    let refused = verdicts.iter().filter(|verdict| verdict.blocks());
    let reasons: Vec<String> = refused.map(|verdict| format!("{}: {}", verdict.gate, verdict.reason)).collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// Puts the alias back. A signal has had its answer by then: it must not end what makes production good again.
async fn put_back(plan: &Plan<'_>, cause: &str, context: &Context<'_>) -> Aftermath {
    let moved = Moved::by(plan, context.writes);
    let context = Context { shutdown: &Shutdown::never(), ..*context };
    let message = format!("put back from version {}: {cause}", plan.target.version);
    match moved.restore(&message, &context).await {
        Ok(Restored::Confirmed { .. }) => {
            info!("put back: {moved}");
            Aftermath::PutBack(moved.previous())
        }
        Ok(Restored::Unconfirmed(problem)) => {
            warn!("put back, but not read back: {moved}: {problem}");
            Aftermath::NotReadBack(problem)
        }
        Err(problem) => {
            error!("not put back: {moved}: {problem}");
            Aftermath::Left(problem)
        }
    }
}

const fn once() -> u32 {
    1
}

const fn some_seconds() -> u64 {
    5
}
