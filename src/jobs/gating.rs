//! Gating: gathers what gates look at, and logs what they say. All are asked, side by side, so that one run shows every
//! reason.

use futures_util::future::join_all;
use tracing::{info, warn};

use super::{Context, Error, probe};
use crate::gates::Gate;
use crate::outcome::{GateMode, Verdict};
use crate::registry::{Alias, ModelName, ModelVersion, RegisteredModel};

/// What gates look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// The alias that is to move.
    pub(super) alias: &'a Alias,
    /// The model, as it was read for the plan.
    pub(super) model: &'a RegisteredModel,
    /// The version that is judged.
    pub(super) candidate: &'a ModelVersion,
}

/// Asks every gate that is not off.
///
/// # Errors
/// [`Error::Interrupted`], when a signal comes meanwhile; evidence that cannot be had is a verdict.
pub(super) async fn judge(gates: &[Gate], subject: Subject<'_>, context: &Context<'_>) -> Result<Vec<Verdict>, Error> {
    let asked = gates.iter().filter(|gate| gate.mode() != GateMode::Off);
    let verdicts = join_all(asked.map(|gate| verdict(gate, subject, context)));
    let verdicts = context.read(async { Ok::<_, Error>(verdicts.await) }).await?;
    for verdict in &verdicts {
        told(verdict, &subject.model.name, subject.alias);
    }
    Ok(verdicts)
}

/// Gathers the evidence of one gate and lets it judge.
async fn verdict(gate: &Gate, subject: Subject<'_>, context: &Context<'_>) -> Verdict {
    match gate {
        Gate::TagGate(gate) => gate.judge(subject.candidate),
        // Boxed: what they hold while they wait is kilobytes, which every future around them would hold once more.
        Gate::CommandGate(gate) => gate.judge(&Box::pin(probe::run(gate, subject, context.registry.uri())).await),
        Gate::HttpGate(gate) => gate.judge(&Box::pin(probe::ask(gate)).await, subject.candidate.version),
    }
}

fn told(verdict: &Verdict, name: &ModelName, alias: &Alias) {
    let Verdict { gate, code, reason, .. } = verdict;
    match (verdict.passed, verdict.mode) {
        (true, _) => info!(model = %name, alias = %alias, "the {gate} passes: {reason}"),
        (false, GateMode::Enforce) => {
            warn!(model = %name, alias = %alias, code = %code, "the {gate} says no: {reason}")
        }
        (false, _) => warn!(model = %name, alias = %alias, code = %code, "the {gate} would say no: {reason}"),
    }
}
