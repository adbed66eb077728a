//! Asks all gates, side by side, so that one run shows every reason.

use futures_util::future::join_all;
use jiff::Timestamp;
use tracing::{info, warn};

use super::metric;
use crate::gates::{AliasGate, Gate, Holding};
use crate::jobs::history::{self, History};
use crate::jobs::reader::Reader;
use crate::jobs::{Context, Error, probe};
use crate::outcome::{GateMode, Verdict};
use crate::registry::{Alias, ModelName, ModelVersion, RegisteredModel, Version};

/// What gates look at.
#[derive(Debug, Clone, Copy)]
pub(in crate::jobs) struct Subject<'a> {
    /// The alias that is to move.
    pub(in crate::jobs) alias: &'a Alias,
    /// Where it was before it moves, which the model no longer says once it has moved.
    pub(in crate::jobs) before: Option<Version>,
    /// The model, as it was read last.
    pub(in crate::jobs) model: &'a RegisteredModel,
    /// The version that is judged.
    pub(in crate::jobs) candidate: &'a ModelVersion,
}

impl Subject<'_> {
    /// Returns the version to compare with: that of an alias, or that before the move.
    pub(super) fn baseline(&self, alias: Option<&Alias>) -> Option<Version> {
        match alias {
            Some(alias) if alias != self.alias => self.model.alias(alias),
            _ => self.before,
        }
    }
}

/// Asks every gate that is not off.
///
/// # Errors
/// [`Error::Interrupted`], when a signal comes meanwhile; evidence that cannot be had is a verdict.
pub(in crate::jobs) async fn judge(
    gates: &[Gate],
    subject: Subject<'_>,
    context: &Context<'_>,
) -> Result<Vec<Verdict>, Error> {
    let asked = gates.iter().filter(|gate| gate.mode() != GateMode::Off);
    let reader = Reader::new(context.registry);
    let verdicts = join_all(asked.map(|gate| verdict(gate, subject, &reader, context)));
    let verdicts = context.read(async { Ok::<_, Error>(verdicts.await) }).await?;
    for verdict in &verdicts {
        told(verdict, &subject.model.name, subject.alias);
    }
    Ok(verdicts)
}

/// Gathers the evidence of one gate and lets it judge.
async fn verdict(gate: &Gate, subject: Subject<'_>, reader: &Reader<'_>, context: &Context<'_>) -> Verdict {
    match gate {
        Gate::TagGate(gate) => gate.judge(subject.candidate),
        Gate::AliasGate(gate) => gate.judge(subject.candidate.version, &holding(gate, subject)),
        Gate::AgeGate(gate) => gate.judge(subject.candidate, Timestamp::now()),
        // Boxed: what these hold while they wait is kilobytes, which every future around them would hold once more.
        Gate::MetricGate(gate) => Box::pin(metric::verdict(gate, subject, reader)).await,
        Gate::CommandGate(gate) => gate.judge(&Box::pin(probe::run(gate, subject, context.registry.uri())).await),
        Gate::HttpGate(gate) => gate.judge(&Box::pin(probe::ask(gate)).await, subject.candidate.version),
    }
}

fn holding(gate: &AliasGate, Subject { model, candidate, .. }: Subject<'_>) -> Holding {
    let key = history::key(gate.alias().as_str());
    let before = match History::parse(model.tags.get(&key).map(String::as_str)) {
        Ok(history) => Ok(history.holds(candidate.version)),
        Err(_) => Err(format!("the tag {key} of the model is no history")),
    };
    Holding { now: model.alias(gate.alias()), before }
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
