//! What gates said, as rows.

use crate::outcome::{GateMode, JobResult, Verdict};

pub(super) const HEADER: [&str; 4] = ["gate", "verdict", "code", "reason"];

/// Returns a row a verdict.
pub(super) fn verdicts(job: &JobResult) -> impl Iterator<Item = [String; 4]> {
    job.outcome.gates.iter().map(|verdict| {
        let Verdict { gate, code, reason, .. } = verdict;
        [(*gate).to_owned(), word(verdict).to_owned(), code.to_string(), reason.clone()]
    })
}

const fn word(verdict: &Verdict) -> &'static str {
    match (verdict.passed, verdict.mode) {
        (true, _) => "passed",
        (false, GateMode::Enforce) => "refused",
        (false, GateMode::Warn | GateMode::Off) => "warned",
    }
}
