//! Evaluates all gates of a job side by side, so that one run shows every reason.

use futures_util::future::join_all;
use tracing::debug;

use super::{Gate, GateSubject};
use crate::evidence::EvidenceReader;
use crate::outcome::{GateMode, Verdict};
use crate::registry::Registry;

/// Evaluates every gate that is not off, and logs the verdicts.
pub async fn evaluate_gates(gates: &[Gate], subject: GateSubject<'_>, registry: &Registry) -> Vec<Verdict> {
    let evidence = EvidenceReader::new(registry);
    let enabled = gates.iter().filter(|gate| gate.mode() != GateMode::Off);
    let verdicts = join_all(enabled.map(|gate| gate.evaluate(subject, &evidence))).await;
    verdicts.iter().for_each(|verdict| log_verdict(verdict, subject));
    verdicts
}

fn log_verdict(verdict: &Verdict, subject: GateSubject<'_>) {
    let Verdict { gate, code, reason, .. } = verdict;
    let (name, alias) = (&subject.model.name, subject.alias);
    match (verdict.passed, verdict.mode) {
        (true, _) => debug!(model = %name, alias = %alias, "{name}@{alias}: {gate} passes: {reason}"),
        (false, GateMode::Enforce) => {
            debug!(model = %name, alias = %alias, code = %code, "{name}@{alias}: {gate} fails: {reason}")
        }
        (false, _) => {
            debug!(model = %name, alias = %alias, code = %code, "{name}@{alias}: {gate} fails, and only warns: {reason}")
        }
    }
}
