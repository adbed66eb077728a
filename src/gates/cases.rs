//! What the gates on tags, aliases and ages say of which versions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{AgeGate, AliasGate, Holding, TagGate};
use crate::outcome::Ruling::{self, *};
use crate::registry::{ModelVersion, Status, Version};

/// When the version was made.
const MADE: i64 = 1_795_398_863_743;
const MINUTE: i64 = 60_000;

fn number(version: u64) -> Version {
    Version::new(version).unwrap()
}

fn version(tags: &[(&str, &str)], creation_timestamp: Option<i64>) -> ModelVersion {
    ModelVersion {
        name: "bikes".parse().unwrap(),
        version: number(3),
        status: Status::Ready,
        status_message: None,
        source: None,
        run_id: None,
        model_id: None,
        description: None,
        creation_timestamp,
        last_updated_timestamp: None,
        tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>(),
        aliases: vec![],
    }
}

#[test]
fn a_tag_gate_looks_at_the_whole_value() {
    let tags = [("stage", "qa-2"), ("empty", ""), ("lines", "qa-2\nqa-3")];
    let cases: &[(Value, Ruling)] = &[
        (json!({ "key": "stage", "equals": "qa-2" }), Passed),
        (json!({ "key": "stage", "equals": "QA-2" }), TagMismatch),
        (json!({ "key": "stage", "equals": "qa-2 " }), TagMismatch),
        (json!({ "key": "Stage", "equals": "qa-2" }), TagMissing),
        (json!({ "key": "empty", "equals": "" }), Passed),
        (json!({ "key": "empty", "equals": "x" }), TagMismatch),
        (json!({ "key": "stage", "one_of": ["qa-1", "qa-2"] }), Passed),
        (json!({ "key": "stage", "one_of": ["qa-1", "qa-3"] }), TagMismatch),
        (json!({ "key": "owner", "one_of": ["ada"] }), TagMissing),
        (json!({ "key": "stage", "matches": "qa-[0-9]+" }), Passed),
        (json!({ "key": "stage", "matches": "qa" }), TagMismatch),
        (json!({ "key": "stage", "matches": "x|qa-2" }), Passed),
        (json!({ "key": "stage", "matches": "qa|x-2" }), TagMismatch),
        (json!({ "key": "stage", "matches": "" }), TagMismatch),
        (json!({ "key": "empty", "matches": "" }), Passed),
        (json!({ "key": "lines", "matches": "(?m)qa-2$" }), TagMismatch),
        (json!({ "key": "owner", "matches": ".*" }), TagMissing),
    ];
    for (gate, expected) in cases {
        let gate: TagGate = serde_json::from_value(gate.clone()).unwrap();
        let verdict = gate.judge(&version(&tags, None));
        assert_eq!(verdict.code, *expected, "{gate:?}: {}", verdict.reason);
    }
}

#[test]
fn an_alias_gate_asks_where_the_alias_is_or_was() {
    let (held, not_held, lost) = (Ok(true), Ok(false), Err("it is damaged".to_owned()));
    type Case<'a> = (&'static str, Option<u64>, &'a Result<bool, String>, Ruling);
    let cases: &[Case<'_>] = &[
        ("ever", Some(3), &held, Passed),
        ("ever", Some(3), &not_held, Passed),
        ("ever", Some(3), &lost, Passed),
        ("ever", Some(4), &held, Passed),
        ("ever", None, &held, Passed),
        ("ever", Some(4), &not_held, AliasNotHeld),
        ("ever", None, &not_held, AliasNotHeld),
        ("ever", Some(4), &lost, EvidenceMissing),
        ("ever", None, &lost, EvidenceMissing),
        ("now", Some(3), &not_held, Passed),
        ("now", Some(3), &lost, Passed),
        ("now", Some(4), &held, AliasNotHeld),
        ("now", None, &held, AliasNotHeld),
        ("now", Some(2), &lost, AliasNotHeld),
    ];
    for (held, now, before, expected) in cases {
        let gate: AliasGate = serde_json::from_value(json!({ "alias": "Staging", "held": held })).unwrap();
        let found = Holding { now: now.map(number), before: (*before).clone() };
        let verdict = gate.judge(number(3), &found);
        assert_eq!(verdict.code, *expected, "{held} {found:?}: {}", verdict.reason);
    }
    let silent: AliasGate = serde_json::from_value(json!({ "alias": "Staging" })).unwrap();
    assert_eq!(silent.judge(number(3), &Holding { now: None, before: Ok(true) }).code, Passed);
}

#[test]
fn an_age_gate_includes_its_limits_and_knows_that_clocks_differ() {
    let cases: &[(Value, i64, Ruling)] = &[
        (json!({ "min": "30m" }), 30 * MINUTE, Passed),
        (json!({ "min": "30m" }), 30 * MINUTE - 1, TooYoung),
        (json!({ "min": "30m" }), 0, TooYoung),
        (json!({ "max": "2h" }), 120 * MINUTE, Passed),
        (json!({ "max": "2h" }), 120 * MINUTE + 1, TooOld),
        (json!({ "max": "2h" }), 0, Passed),
        (json!({ "min": "1d", "max": "1d" }), 1440 * MINUTE, Passed),
        (json!({ "min": "1d", "max": "1d" }), 1440 * MINUTE - 1, TooYoung),
        (json!({ "min": "1d", "max": "1d" }), 1440 * MINUTE + 1, TooOld),
        (json!({ "min": "0s" }), -MINUTE, Passed),
        (json!({ "min": "1s" }), -MINUTE, TooYoung),
        (json!({ "max": "0s" }), -MINUTE, Passed),
        (json!({ "max": "2h" }), -MINUTE - 1, ClocksDiffer),
        (json!({ "min": "30m" }), -MINUTE - 1, ClocksDiffer),
        (json!({ "min": "0s" }), -1_000_000 * MINUTE, ClocksDiffer),
    ];
    for (gate, age, expected) in cases {
        let gate: AgeGate = serde_json::from_value(gate.clone()).unwrap();
        let now = Timestamp::from_millisecond(MADE + age).unwrap();
        let verdict = gate.judge(&version(&[], Some(MADE)), now);
        assert_eq!(verdict.code, *expected, "{gate:?} {age}: {}", verdict.reason);
        for unknown in [None, Some(0), Some(-1), Some(i64::MAX)] {
            assert_eq!(gate.judge(&version(&[], unknown), now).code, EvidenceMissing, "{unknown:?}");
        }
    }
}

#[test]
fn gates_that_contradict_themselves_are_refused() {
    let age = |raw: Value| serde_json::from_value::<AgeGate>(raw).map(drop).map_err(|error| error.to_string());
    assert!(age(json!({})).is_err_and(|told| told.contains("needs")));
    assert!(age(json!({ "min": "2h", "max": "1h" })).is_err_and(|told| told.contains("greater")));
    let tag = |raw: Value| serde_json::from_value::<TagGate>(raw).map(drop).map_err(|error| error.to_string());
    assert!(tag(json!({ "key": "k" })).is_err_and(|told| told.contains("needs")));
    assert!(tag(json!({ "key": "k", "equals": "a", "matches": "a" })).is_err_and(|told| told.contains("only one")));
    assert!(tag(json!({ "key": "k", "matches": "a(" })).is_err_and(|told| told.contains("regular expression")));
}
