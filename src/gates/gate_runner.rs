//! Evaluates all gates of a job side by side, so that one run shows every reason.

use futures_util::future::join_all;
use tracing::debug;

use super::{Gate, GateSubject};
use crate::evidence::EvidenceReader;
use crate::outcome::{GateMode, Verdict};
use crate::registry::Registry;

/// How a gate writes the address of a field of its own config.
const OWN_FIELD: &str = "`gate.";

/// Evaluates every gate that is not off, and logs the verdicts. `field` is the address of the list in the config.
pub async fn evaluate_gates(
    gates: &[Gate],
    field: &str,
    subject: GateSubject<'_>,
    registry: &Registry,
) -> Vec<Verdict> {
    let evidence = EvidenceReader::new(registry);
    let enabled = gates.iter().enumerate().filter(|(_, gate)| gate.mode() != GateMode::Off);
    let evaluated = enabled.map(async |(index, gate)| {
        let verdict = gate.evaluate(subject, &evidence).await;
        address_fields(verdict, &format!("`{field}[{index}]."))
    });
    let verdicts = join_all(evaluated).await;
    verdicts.iter().for_each(|verdict| log_verdict(verdict, subject));
    verdicts
}

/// Writes the addresses of fields in the advice as the config has them.
fn address_fields(verdict: Verdict, address: &str) -> Verdict {
    Verdict { advice: verdict.advice.map(|advice| advice.replace(OWN_FIELD, address)), ..verdict }
}

fn log_verdict(verdict: &Verdict, subject: GateSubject<'_>) {
    let (gate, word, Verdict { code, reason, .. }) = (verdict.label(), verdict.word(), verdict);
    let (name, alias) = (&subject.model.name, subject.alias);
    if verdict.passed {
        debug!(model = %name, alias = %alias, "{name}@{alias}: {gate} passed: {reason}");
    } else {
        debug!(model = %name, alias = %alias, code = %code, "{name}@{alias}: {gate} {word}: {reason}");
    }
}
