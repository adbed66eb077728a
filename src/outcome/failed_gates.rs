//! The gates that block a job, in the words of its error and its hint.

use super::Verdict;

/// The number of gates that a message names, and of pieces of advice that a hint has.
const MAX_NAMED: usize = 5;

/// The last words of advice where another version may pass. Several pieces of advice share them.
const OR_ANOTHER: &str = ", or promote another version";

/// The gates that block a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedGates {
    /// The gates that judged the version and refused it.
    refused: Vec<FailedGate>,
    /// The gates that could not judge it.
    inconclusive: Vec<FailedGate>,
    /// The number of all gates, with those that pass.
    total: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FailedGate {
    label: String,
    advice: Option<String>,
}

impl FailedGates {
    /// Returns the gates that block a job; none where all others pass or only warn.
    pub fn from_verdicts(verdicts: &[Verdict]) -> Option<Self> {
        let failed = |conclusive: bool| -> Vec<FailedGate> {
            let chosen = verdicts.iter().filter(|verdict| verdict.blocks() && verdict.conclusive == conclusive);
            chosen.map(|verdict| FailedGate { label: verdict.label(), advice: verdict.advice.clone() }).collect()
        };
        let (refused, inconclusive) = (failed(true), failed(false));
        let is_any = !refused.is_empty() || !inconclusive.is_empty();
        is_any.then_some(Self { refused, inconclusive, total: verdicts.len() })
    }

    /// Says of a version which gates it does not pass, and which could not judge it.
    pub fn describe(&self, version: &str) -> String {
        let count = self.refused.len() + self.inconclusive.len();
        let count = if self.total > 1 { format!(" ({count} of {} gates)", self.total) } else { String::new() };
        match (self.refused.as_slice(), self.inconclusive.as_slice()) {
            (refused, []) => format!("{version} does not pass {}{count}", list(refused)),
            ([], inconclusive) => format!("{version} could not be judged by {}{count}", list(inconclusive)),
            (refused, inconclusive) => format!(
                "{version} does not pass {}, and could not be judged by {}{count}",
                list(refused),
                list(inconclusive)
            ),
        }
    }

    /// Returns whether no gate refused the version.
    pub fn is_inconclusive(&self) -> bool {
        self.refused.is_empty()
    }

    /// Says what to do next with a version that was not moved to.
    pub fn hint(&self, version: &str) -> String {
        let refused = (!self.refused.is_empty()).then(|| self.hint_refused(version));
        refused.into_iter().chain(self.hint_inconclusive()).collect::<Vec<_>>().join("; ")
    }

    fn hint_refused(&self, version: &str) -> String {
        let advice: Option<Vec<&str>> = self.refused.iter().map(|gate| gate.advice.as_deref()).collect();
        let Some(advice) = advice.filter(|advice| advice.len() <= MAX_NAMED) else {
            return format!("make {version} pass{OR_ANOTHER}");
        };
        let end = if advice.iter().any(|advice| advice.ends_with(OR_ANOTHER)) { OR_ANOTHER } else { "" };
        let advice = advice.into_iter().map(|advice| advice.strip_suffix(OR_ANOTHER).unwrap_or(advice)).collect();
        unique(advice).join("; ") + end
    }

    /// Says what to do about the checks that could not judge.
    pub fn hint_inconclusive(&self) -> Option<String> {
        let checks = if self.inconclusive.len() == 1 { "the check" } else { "the checks" };
        let advice =
            unique(self.inconclusive.iter().filter_map(|gate| gate.advice.as_deref()).take(MAX_NAMED).collect());
        match (self.inconclusive.as_slice(), advice.as_slice()) {
            ([], _) => None,
            (_, []) => Some(format!("{checks} gave no verdict: look at {checks}, not at the version")),
            (_, advice) => Some(format!("{checks} gave no verdict: {}", advice.join("; "))),
        }
    }
}

/// Lists gates by their kind and name, as a sentence does.
fn list(gates: &[FailedGate]) -> String {
    let mut labels: Vec<String> = gates.iter().take(MAX_NAMED).map(|gate| gate.label.clone()).collect();
    if let Some(more @ 1..) = gates.len().checked_sub(MAX_NAMED) {
        labels.push(format!("{more} more"));
    }
    match labels.split_last() {
        Some((last, [_, ..])) => format!("{} and {last}", labels[..labels.len() - 1].join(", ")),
        _ => labels.concat(),
    }
}

/// Drops every text that stands there already.
fn unique(texts: Vec<&str>) -> Vec<&str> {
    let mut kept: Vec<&str> = vec![];
    for text in texts {
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{GateMode, ReasonCode};

    const V3: &str = "version 3 of bikes";

    fn passed(name: &str) -> Verdict {
        Verdict::passed("TagGate", name.to_owned(), GateMode::Enforce, "fine".to_owned())
    }

    fn failed(gate: &'static str, name: &str, code: ReasonCode) -> Verdict {
        Verdict::failed(gate, name.to_owned(), GateMode::Enforce, code, "a long reason".to_owned())
    }

    fn gates(verdicts: &[Verdict]) -> FailedGates {
        FailedGates::from_verdicts(verdicts).unwrap()
    }

    #[test]
    fn gates_are_named_and_their_reasons_are_not() {
        let rmse = failed("MetricGate", "rmse", ReasonCode::ThresholdNotMet);
        let smoke = failed("CommandGate", "checks/smoke.py", ReasonCode::CommandFailed);
        let slow = failed("CommandGate", "slow", ReasonCode::CommandTimedOut);
        assert_eq!(gates(std::slice::from_ref(&rmse)).describe(V3), "version 3 of bikes does not pass MetricGate rmse");
        assert_eq!(
            gates(&[passed("x"), rmse.clone(), smoke.clone()]).describe(V3),
            "version 3 of bikes does not pass MetricGate rmse and CommandGate checks/smoke.py (2 of 3 gates)"
        );
        assert_eq!(
            gates(&[passed("x"), slow.clone()]).describe(V3),
            "version 3 of bikes could not be judged by CommandGate slow (1 of 2 gates)"
        );
        assert_eq!(
            gates(&[rmse.clone(), smoke, slow]).describe(V3),
            "version 3 of bikes does not pass MetricGate rmse and CommandGate checks/smoke.py, and could not be judged by \
             CommandGate slow (3 of 3 gates)"
        );
        let many = gates(&vec![rmse; 9]).describe(V3);
        assert!(many.ends_with("MetricGate rmse and 4 more (9 of 9 gates)"), "{many}");
    }

    #[test]
    fn a_hint_has_a_half_for_the_version_and_one_for_the_checks() {
        let rmse = failed("MetricGate", "rmse", ReasonCode::ThresholdNotMet);
        let tag = failed("TagGate", "approved", ReasonCode::TagMissing);
        let tag = tag.advise("set the tag approved, or promote another version");
        let owner = failed("TagGate", "owner", ReasonCode::TagMissing);
        let owner = owner.advise("set the tag owner, or promote another version");
        let slow = failed("CommandGate", "slow", ReasonCode::CommandTimedOut).advise("raise `gate.timeout`");
        let crashed = failed("CommandGate", "broken", ReasonCode::CheckCrashed);
        for (verdicts, hint) in [
            (vec![rmse.clone()], "make version 3 pass, or promote another version"),
            (vec![rmse.clone(), tag.clone()], "make version 3 pass, or promote another version"),
            (vec![tag.clone(), owner, tag], "set the tag approved; set the tag owner, or promote another version"),
            (vec![slow.clone()], "the check gave no verdict: raise `gate.timeout`"),
            (vec![crashed.clone()], "the check gave no verdict: look at the check, not at the version"),
            (vec![slow.clone(), crashed], "the checks gave no verdict: raise `gate.timeout`"),
            (
                vec![rmse, slow],
                "make version 3 pass, or promote another version; the check gave no verdict: raise `gate.timeout`",
            ),
        ] {
            assert_eq!(gates(&verdicts).hint("version 3"), hint);
        }
    }

    #[test]
    fn a_gate_that_passes_or_only_warns_blocks_nothing() {
        let warned = Verdict { mode: GateMode::Warn, ..failed("MetricGate", "rmse", ReasonCode::EvidenceMissing) };
        assert_eq!(warned.word(), "warned");
        assert_eq!(FailedGates::from_verdicts(&[passed("x"), warned]), None);
    }

    #[test]
    fn a_code_says_whether_the_gate_could_judge() {
        use ReasonCode::*;
        for code in [EvidenceMissing, CommandTimedOut, CheckCrashed, EndpointUnreachable] {
            let verdict = failed("MetricGate", "rmse", code);
            assert!((verdict.conclusive, verdict.word()) == (false, "inconclusive") && verdict.blocks(), "{code}");
        }
        for code in [ThresholdNotMet, NoImprovement, EvidenceNotFinite, TagMissing, CommandFailed, StatusMismatch] {
            let verdict = failed("MetricGate", "rmse", code);
            assert!((verdict.conclusive, verdict.word()) == (true, "refused") && verdict.blocks(), "{code}");
        }
    }
}
