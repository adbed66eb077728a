//! The gates on another alias and on the age of the version.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::{codes, gated};
use crate::support::fake_mlflow::{FakeMlflow, Model};
use crate::support::harness::Runner;
use crate::support::promotion::{assert_only_read, bikes, job, promote};

const EVER: &str = "[{KIND: AliasGate, alias: Staging}]";
const NOW: &str = "[{KIND: AliasGate, alias: Staging, held: now}]";

fn staged(fill: impl FnOnce(Model) -> Model) -> FakeMlflow {
    let fill = |model: Model| fill(model.version(1).version(2).version(3).alias("Champion", 2));
    FakeMlflow::start().model("bikes", fill)
}

#[test]
fn a_version_goes_through_one_alias_before_another() {
    let fake = bikes();
    insta::assert_snapshot!(gated(&fake, EVER).run().snapshot());
    assert_only_read(&fake);
    let stage = |version: &str| {
        let run = promote(&fake).args(["--set", "job.alias=Staging", "--set", version]).run();
        assert_eq!(run.code, 0, "{run}");
    };
    stage("job.version=3");
    assert_eq!(codes(&gated(&fake, NOW), &["--plan"]), ["PASSED"]);
    stage("job.version=1");
    assert_eq!(codes(&gated(&fake, NOW), &["--plan"]), ["ALIAS_NOT_HELD"]);
    let run = gated(&fake, EVER).run();
    insta::assert_snapshot!(run.snapshot());
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn a_version_that_an_alias_left_has_held_it() {
    let entry = json!([{ "version": 1, "previous_version": 3, "time": "2026-11-23T00:00:00Z", "actor": "ada" }]);
    let fake = staged(|model| model.alias("Staging", 1).tag("runner.history.Staging", &entry.to_string()));
    assert_eq!(codes(&gated(&fake, EVER), &[]), ["PASSED"]);
}

#[test]
fn a_version_whose_promotion_was_taken_back_has_not_held_it() {
    let fake = staged(|model| model.alias("Staging", 2));
    let refused = "{job: {alias: Staging, verify: {gates: [{KIND: TagGate, key: approved, equals: 'yes'}]}}}";
    let run = promote(&fake).args(["-e", refused]).run();
    assert_eq!((run.code, fake.alias("bikes", "Staging")), (1, Some(2)), "{run}");
    assert_eq!(codes(&gated(&fake, EVER), &[]), ["ALIAS_NOT_HELD"]);
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
    assert_eq!(codes(&job(gated(&fake, EVER), &["alias=Third", "version=2"]), &[]), ["PASSED"]);
}

#[test]
fn a_history_that_cannot_be_read_is_missing_evidence() {
    for tag in ["v3", "{}", r#"[{"version": "3"}]"#] {
        let fake = staged(|model| model.alias("Staging", 1).tag("runner.history.Staging", tag));
        let run = gated(&fake, EVER).run();
        assert!(run.code == 3 && run.stdout.contains("EVIDENCE_MISSING"), "{run}");
        assert!(run.stdout.contains("the tag runner.history.Staging of the model is no history"), "{run}");
        assert_only_read(&fake);
        // Where the alias is now, its history does not matter.
        let fake = staged(|model| model.alias("Staging", 3).tag("runner.history.Staging", tag));
        assert_eq!(codes(&gated(&fake, EVER), &[]), ["PASSED"]);
    }
}

#[test]
fn a_gate_sees_what_an_earlier_job_of_the_batch_moved() {
    let fake = bikes();
    let jobs = "jobs:\n  - {KIND: PromotionJob, alias: Staging}\n  - {KIND: PromotionJob, gates: [{KIND: AliasGate, \
                alias: Staging}]}\n  - {KIND: PromotionJob, alias: Third, gates: [{KIND: AliasGate, alias: Champion, \
                held: now}]}\n";
    let config = format!("services: {{ mlflow: {{ registry_name: bikes }} }}\n{jobs}");
    let runner = Runner::new().file("batch.yaml", config).args(["batch.yaml", "-j", "3"]);
    let run = runner.env("MLFLOW_TRACKING_URI", fake.uri()).run();
    assert_eq!(run.code, 0, "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), fake.alias("bikes", "Third")), (Some(3), Some(3)));
}

#[test]
fn the_age_of_a_version_is_measured_by_this_machines_clock() {
    const HOUR: i64 = 3_600_000;
    let here = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let of = |age: i64, gate: &str| {
        let created = u64::try_from(here - age).unwrap();
        let fake = staged(|model| model.with(3, |version| version.created = created));
        codes(&gated(&fake, &format!("[{{KIND: AgeGate, {gate}}}]")), &["--plan"])
    };
    assert_eq!(of(HOUR, "min: 30m, max: 2h"), ["PASSED"]);
    assert_eq!(of(HOUR, "min: 1h30m"), ["TOO_YOUNG"]);
    assert_eq!(of(HOUR, "max: 30m"), ["TOO_OLD"]);
    assert_eq!(of(-HOUR, "max: 2h"), ["CLOCKS_DIFFER"]);
    assert_eq!(of(-30_000, "max: 2h"), ["PASSED"]);
    assert_eq!(of(here, "min: 1h"), ["EVIDENCE_MISSING"]);
}
