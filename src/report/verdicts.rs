//! What gates said.

use super::section::Section;
use crate::outcome::{GateMode, Verdict};

/// Shows verdicts; none where no gate was asked.
pub(super) fn verdicts(title: &'static str, verdicts: &[Verdict]) -> Option<Section> {
    (!verdicts.is_empty()).then(|| {
        let head = ["gate", "verdict", "code", "reason"].map(str::to_owned).to_vec();
        Section { title: title.into(), head, rows: verdicts.iter().map(row).collect(), notes: vec![] }
    })
}

fn row(verdict: &Verdict) -> Vec<String> {
    let Verdict { gate, code, reason, .. } = verdict;
    vec![(*gate).to_owned(), word(verdict).to_owned(), code.to_string(), reason.clone()]
}

const fn word(verdict: &Verdict) -> &'static str {
    match (verdict.passed, verdict.mode) {
        (true, _) => "passed",
        (false, GateMode::Enforce) => "refused",
        (false, GateMode::Warn | GateMode::Off) => "warned",
    }
}
