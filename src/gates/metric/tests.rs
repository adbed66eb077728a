use proptest::prelude::*;
use serde_json::{Value, json};

use super::gate::MetricGate;
use super::measure::{MeasuredValue, Measurement, MissingValue};
use crate::evidence::MetricSource;
use crate::outcome::ReasonCode::{self, *};
use crate::registry::Version;

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

/// Builds a gate from its criteria.
fn gate(greater_is_better: bool, criteria: &Value) -> MetricGate {
    let mut raw = json!({ "metric": "m", "greater_is_better": greater_is_better });
    raw.as_object_mut().unwrap().extend(criteria.as_object().unwrap().clone());
    serde_json::from_value(raw).unwrap()
}

fn none() -> MissingValue {
    MissingValue { reason: "there is none".to_owned(), advice: "log it".to_owned() }
}

fn measured(version: u64, value: Option<f64>) -> Measurement {
    let source = MetricSource::Run(format!("r{version}"));
    let found = value.map(|value| MeasuredValue { value, source }).ok_or_else(none);
    Measurement { version: Version::new(version).unwrap(), found }
}

fn code(gate: &MetricGate, candidate: Option<f64>, baseline: Option<Option<f64>>) -> ReasonCode {
    let verdict = gate.decide(&measured(3, candidate), baseline.map(|value| measured(2, value)).as_ref());
    assert_eq!(verdict.passed, verdict.code == Passed, "{verdict:?}");
    verdict.code
}

#[test]
fn a_threshold_is_inclusive_and_bounds_the_worse_side() {
    let cases: &[(bool, f64, f64, ReasonCode)] = &[
        (true, 0.8, 0.9, Passed),
        (true, 0.8, 0.8, Passed),
        (true, 0.8, 0.8_f64.next_up(), Passed),
        (true, 0.8, 0.8_f64.next_down(), ThresholdNotMet),
        (true, 0.8, 0.7, ThresholdNotMet),
        (true, 0.8, -0.9, ThresholdNotMet),
        (true, -0.5, -0.4, Passed),
        (true, -0.5, -0.5, Passed),
        (true, -0.5, (-0.5_f64).next_down(), ThresholdNotMet),
        (true, 0.0, -0.0, Passed),
        (true, 0.0, (0.0_f64).next_down(), ThresholdNotMet),
        (true, 1e308, f64::MAX, Passed),
        (true, 0.8, NAN, EvidenceNotFinite),
        (true, 0.8, INF, EvidenceNotFinite),
        (true, 0.8, -INF, EvidenceNotFinite),
        (false, 0.3, 0.2, Passed),
        (false, 0.3, 0.3, Passed),
        (false, 0.3, 0.3_f64.next_down(), Passed),
        (false, 0.3, 0.1 + 0.2, ThresholdNotMet),
        (false, 0.3, 0.4, ThresholdNotMet),
        (false, 0.3, -0.4, Passed),
        (false, -0.3, -0.3, Passed),
        (false, -0.3, (-0.3_f64).next_up(), ThresholdNotMet),
        (false, 0.0, 0.0, Passed),
        (false, 0.0, f64::MIN_POSITIVE, ThresholdNotMet),
        (false, 0.3, NAN, EvidenceNotFinite),
        (false, 0.3, INF, EvidenceNotFinite),
        (false, 0.3, -INF, EvidenceNotFinite),
    ];
    for &(greater, threshold, value, expected) in cases {
        let gate = gate(greater, &json!({ "threshold": threshold }));
        assert_eq!(code(&gate, Some(value), None), expected, "{greater} {threshold} {value}");
        // The threshold alone ignores any baseline.
        assert_eq!(code(&gate, Some(value), Some(Some(NAN))), expected, "{greater} {threshold} {value}");
    }
    assert_eq!(code(&gate(true, &json!({ "threshold": 0 })), None, None), EvidenceMissing);
}

#[test]
fn a_change_is_relative_to_the_baseline_and_inclusive() {
    let (absolute, relative) = ("min_absolute_change", "min_relative_change");
    let cases: &[(bool, &str, f64, f64, f64, ReasonCode)] = &[
        // greater is better, criterion, least change, baseline, candidate
        (true, absolute, 0.25, 0.5, 0.75, Passed),
        (true, absolute, 0.25, 0.5, 0.75_f64.next_down(), NoImprovement),
        (true, absolute, 0.25, 0.5, 0.5, NoImprovement),
        (true, absolute, 0.25, 0.5, 0.25, NoImprovement),
        (true, absolute, 0.0, 0.5, 0.5, Passed),
        (true, absolute, 0.0, 0.5, 0.5_f64.next_down(), NoImprovement),
        (true, absolute, 0.25, -0.5, -0.25, Passed),
        (true, absolute, 0.25, -0.5, (-0.25_f64).next_down(), NoImprovement),
        // As in MLflow, floating-point sums count as they are: 0.1 + 0.2 is a little more than 0.3.
        (true, absolute, 0.2, 0.1, 0.3, NoImprovement),
        (true, absolute, 1e308, 1e308, f64::MAX, NoImprovement),
        (false, absolute, 0.25, 0.75, 0.5, Passed),
        (false, absolute, 0.25, 0.75, 0.5_f64.next_up(), NoImprovement),
        (false, absolute, 0.25, 0.75, 1.0, NoImprovement),
        (false, absolute, 0.0, 0.5, 0.5, Passed),
        (false, absolute, 0.0, 0.5, 0.5_f64.next_up(), NoImprovement),
        (false, absolute, 0.25, -0.5, -0.75, Passed),
        (false, absolute, 1e308, -1e308, f64::MIN, NoImprovement),
        (true, relative, 0.5, 0.5, 0.75, Passed),
        (true, relative, 0.5, 0.5, 0.75_f64.next_down(), NoImprovement),
        (true, relative, 0.5, 0.5, 0.25, NoImprovement),
        (true, relative, 0.0, 0.5, 0.5, Passed),
        (true, relative, 0.0, 0.5, 0.5_f64.next_down(), NoImprovement),
        (true, relative, 1.0, 0.5, 1.0, Passed),
        // The share of a negative baseline is of its absolute value.
        (true, relative, 0.5, -0.5, -0.25, Passed),
        (true, relative, 0.5, -0.5, -0.75, NoImprovement),
        (true, relative, 0.5, -0.5, (-0.25_f64).next_down(), NoImprovement),
        (false, relative, 0.5, 0.5, 0.25, Passed),
        (false, relative, 0.5, 0.5, 0.25_f64.next_up(), NoImprovement),
        (false, relative, 0.5, 0.5, 0.75, NoImprovement),
        (false, relative, 0.5, -0.5, -0.75, Passed),
        (false, relative, 0.5, -0.5, -0.25, NoImprovement),
        // There is no share of 0, so that any improvement is enough.
        (true, relative, 0.5, 0.0, 1e-10, Passed),
        (true, relative, 0.5, 0.0, 1e-10_f64.next_down(), NoImprovement),
        (true, relative, 0.0, 0.0, 0.0, NoImprovement),
        (true, relative, 0.5, -0.0, 1.0, Passed),
        (true, relative, 0.5, 0.0, -1.0, NoImprovement),
        (false, relative, 0.5, 0.0, -1e-10, Passed),
        (false, relative, 0.5, 0.0, 0.0, NoImprovement),
        (false, relative, 0.5, 0.0, 1.0, NoImprovement),
        // The difference overflows.
        (true, relative, 1.0, f64::MIN, f64::MAX, Passed),
        (true, relative, 0.0, f64::MAX, f64::MIN, NoImprovement),
        (true, relative, 0.5, f64::MIN_POSITIVE, 1.0, Passed),
    ];
    for &(greater, criterion, least, baseline, candidate, expected) in cases {
        let gate = gate(greater, &json!({ criterion: least }));
        let found = code(&gate, Some(candidate), Some(Some(baseline)));
        assert_eq!(found, expected, "{greater} {criterion} {least}: {baseline} -> {candidate}");
        for bad in [NAN, INF, -INF] {
            assert_eq!(code(&gate, Some(candidate), Some(Some(bad))), BaselineUnusable);
            assert_eq!(code(&gate, Some(bad), Some(Some(baseline))), EvidenceNotFinite);
        }
        assert_eq!(code(&gate, Some(candidate), Some(None)), BaselineUnusable);
        assert_eq!(code(&gate, None, Some(Some(baseline))), EvidenceMissing);
        assert_eq!(code(&gate, Some(candidate), None), BaselineMissing);
    }
}

#[test]
fn the_first_reason_gives_the_code_and_all_are_described() {
    let all = json!({ "threshold": 0.8, "min_absolute_change": 0.1, "min_relative_change": 0.5 });
    let reason = |candidate: f64, baseline: Option<f64>| {
        let baseline = baseline.map(|value| measured(2, Some(value)));
        let verdict = gate(true, &all).decide(&measured(3, Some(candidate)), baseline.as_ref());
        format!("{}: {}", verdict.code, verdict.reason)
    };
    insta::assert_snapshot!([
        reason(0.9, Some(0.5)),
        reason(0.7, Some(0.65)),
        reason(0.7, None),
        reason(0.9, None),
        reason(0.9, Some(0.8)),
        reason(0.75, Some(NAN)),
        reason(0.9, Some(-INF)),
        reason(NAN, Some(NAN)),
    ].join("\n"), @"
    PASSED: m is 0.9, against 0.5 of version 2 (+0.4, +80 %); asked for: at least 0.8, and at least 0.1 higher (at least 0.6), and at least 50 % higher
    THRESHOLD_NOT_MET: m is 0.7, against 0.65 of version 2 (+0.05, +7.692 %); it must be at least 0.8, and at least 0.1 higher (at least 0.75), and at least 50 % higher
    THRESHOLD_NOT_MET: m is 0.7; it must be at least 0.8; there is nothing to compare it with: the alias does not exist yet
    BASELINE_MISSING: m is 0.9; there is nothing to compare it with: the alias does not exist yet
    NO_IMPROVEMENT: m is 0.9, against 0.8 of version 2 (+0.1, +12.5 %); it must be at least 50 % higher
    THRESHOLD_NOT_MET: m is 0.75; it must be at least 0.8; there is nothing to compare it with: m of version 2 is NaN (run r2), which is no finite number
    BASELINE_UNUSABLE: m is 0.9; there is nothing to compare it with: m of version 2 is -Infinity (run r2), which is no finite number
    EVIDENCE_NOT_FINITE: m of version 3 is NaN (run r3), which is no finite number
    ");
}

#[test]
fn a_required_change_of_0_reads_as_not_worse() {
    let reason = |greater: bool, criterion: &str, candidate: f64| {
        let gate = gate(greater, &json!({ criterion: 0 }));
        gate.decide(&measured(3, Some(candidate)), Some(&measured(2, Some(0.5)))).reason
    };
    let absolute = reason(true, "min_absolute_change", 0.25);
    assert_eq!(absolute, "m is 0.25, against 0.5 of version 2 (-0.25, -50 %); it must be no lower (at least 0.5)");
    let relative = reason(false, "min_relative_change", 0.5);
    assert_eq!(relative, "m is 0.5, against 0.5 of version 2 (0, 0 %); asked for: no higher");
}

#[test]
fn a_first_version_passes_only_if_allowed_and_if_the_threshold_holds() {
    let first_allowed = json!({ "threshold": 0.8, "min_absolute_change": 0.1, "allow_missing_baseline": true });
    let gate = gate(true, &first_allowed);
    assert_eq!(code(&gate, Some(0.8), None), Passed);
    assert_eq!(code(&gate, Some(0.7), None), ThresholdNotMet);
    assert_eq!(code(&gate, None, None), EvidenceMissing);
    assert_eq!(code(&gate, Some(NAN), None), EvidenceNotFinite);
    // A baseline that exists must be usable.
    assert_eq!(code(&gate, Some(0.9), Some(None)), BaselineUnusable);
    assert_eq!(code(&gate, Some(0.9), Some(Some(NAN))), BaselineUnusable);
}

#[test]
fn a_version_is_never_compared_with_itself() {
    let gate = gate(true, &json!({ "min_absolute_change": 0, "allow_missing_baseline": true }));
    let same = measured(3, Some(0.9));
    assert_eq!(gate.decide(&same, Some(&same)).code, BaselineUnusable);
}

#[test]
fn a_verdict_names_both_values_and_their_sources() {
    let gate = gate(true, &json!({ "min_absolute_change": 0.1 }));
    let verdict = |candidate, baseline| {
        let verdict = gate.decide(&measured(3, candidate), Some(&measured(2, baseline)));
        json!({ "candidate": verdict.candidate, "baseline": verdict.baseline })
    };
    let finding = |value: Value, source: &str| json!({ "value": value, "source": source });
    let both = json!({ "candidate": finding(json!(0.9), "run r3"), "baseline": finding(json!(0.5), "run r2") });
    assert_eq!(verdict(Some(0.9), Some(0.5)), both);
    let odd =
        json!({ "candidate": finding(json!("NaN"), "run r3"), "baseline": finding(json!("-Infinity"), "run r2") });
    assert_eq!(verdict(Some(NAN), Some(-INF)), odd);
    assert_eq!(verdict(None, None), json!({ "candidate": null, "baseline": null }));
}

fn odd() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![Just(None), Just(Some(NAN)), Just(Some(-NAN)), Just(Some(INF)), Just(Some(-INF))]
}

fn any_value() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![3 => any::<f64>().prop_map(Some), 1 => odd()]
}

fn criteria() -> impl Strategy<Value = Value> {
    let number = || proptest::option::of(-1e9..1e9_f64);
    let change = || proptest::option::of(0.0..=1.0_f64);
    let some = |all: &(Option<f64>, Option<f64>, Option<f64>, bool)| all.0.or(all.1).or(all.2).is_some();
    (number(), change(), change(), any::<bool>()).prop_filter("at least one", some).prop_map(
        |(threshold, absolute, relative, spared)| {
            json!({
                "threshold": threshold, "min_absolute_change": absolute, "min_relative_change": relative,
                "allow_missing_baseline": spared,
            })
        },
    )
}

proptest! {
    #[test]
    fn evidence_that_is_not_finite_never_passes(
        greater in any::<bool>(), criteria in criteria(), odd in odd(), other in proptest::option::of(any_value()),
    ) {
        let gate = gate(greater, &criteria);
        prop_assert_ne!(code(&gate, odd, other), Passed);
        if let Some(candidate) = other && gate.compares() {
            prop_assert_ne!(code(&gate, candidate, Some(odd)), Passed);
        }
    }

    #[test]
    fn a_better_value_never_turns_a_pass_into_a_refusal(
        greater in any::<bool>(), criteria in criteria(), value in -1e9..1e9_f64, more in 0.0..1e9_f64,
        baseline in -1e9..1e9_f64,
    ) {
        let gate = gate(greater, &criteria);
        let better = if greater { value + more } else { value - more };
        if code(&gate, Some(value), Some(Some(baseline))) == Passed {
            prop_assert_eq!(code(&gate, Some(better), Some(Some(baseline))), Passed);
        }
    }
}
