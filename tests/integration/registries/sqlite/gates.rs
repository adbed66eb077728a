//! Gates on the databases of seven MLflow releases.

use super::Sandbox;
use crate::support::sqlite_fixture::RELEASES;

/// Plans the promotion of a version with gates, and returns the codes of their verdicts.
fn verdict_codes(sandbox: &Sandbox, version: u64, gates: &str) -> Vec<String> {
    let before = sandbox.bytes();
    let extras = format!("{{job: {{version: {version}, gates: [{gates}]}}}}");
    let codes = crate::gates::codes(&sandbox.runner, &["-q", "--plan", "-e", &extras]);
    assert!(sandbox.bytes() == before, "something changed");
    codes
}

#[test]
fn gates_have_the_same_verdicts_on_every_release() {
    let rmse = "KIND: MetricGate, metric: rmse, greater_is_better: false";
    let mae = "KIND: MetricGate, metric: mae, greater_is_better: false";
    let gates = [
        format!("{{{rmse}, threshold: 0.21, min_absolute_change: 0.05, min_relative_change: 0.25}}"),
        format!("{{{rmse}, threshold: 0.2}}"),
        format!("{{{rmse}, min_absolute_change: 0.1}}"),
        format!("{{{rmse}, min_absolute_change: 0, baseline: '@Staging'}}"),
        format!("{{{rmse}, min_absolute_change: 0, baseline: '@Nobody'}}"),
        format!("{{{rmse}, threshold: 1, evidence: model}}"),
        format!("{{{mae}, threshold: 1}}"),
        "{KIND: TagGate, key: validation_status, equals: approved}".to_owned(),
        "{KIND: TagGate, key: validation_status, one_of: [approved, pending]}".to_owned(),
        "{KIND: TagGate, key: owner, matches: .*}".to_owned(),
        "{KIND: AliasGate, alias: Staging}".to_owned(),
        "{KIND: AgeGate, min: 1s}".to_owned(),
        "{KIND: AgeGate, min: 5200w}".to_owned(),
    ]
    .join(", ");
    for release in RELEASES {
        let sandbox = Sandbox::with_release(release);
        let expected = [
            "PASSED",
            "THRESHOLD_NOT_MET",
            "NO_IMPROVEMENT",
            "PASSED",
            "BASELINE_MISSING",
            "EVIDENCE_MISSING",
            "EVIDENCE_MISSING",
            "TAG_MISMATCH",
            "PASSED",
            "TAG_MISSING",
            "ALIAS_NOT_HELD",
            "PASSED",
            "TOO_YOUNG",
        ];
        assert_eq!(verdict_codes(&sandbox, 3, &gates), expected, "{release}");
        let nan =
            format!("{{{mae}, threshold: 1}}, {{{mae}, min_absolute_change: 0}}, {{KIND: AliasGate, alias: Staging}}");
        assert_eq!(
            verdict_codes(&sandbox, 2, &nan),
            ["EVIDENCE_NOT_FINITE", "EVIDENCE_NOT_FINITE", "PASSED"],
            "{release}"
        );
        // Now the version with the NaN is the baseline.
        sandbox.sql().execute("UPDATE registered_model_aliases SET version = 2 WHERE alias = 'Champion'", []).unwrap();
        let unusable = format!("{{{mae}, min_absolute_change: 0, allow_missing_baseline: true}}");
        let with_mae = "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) \
                        SELECT 'mae', 0.1, 1, 0, 0, run_id FROM model_versions WHERE name = 'bikes' AND version = 3";
        sandbox.sql().execute(with_mae, []).unwrap();
        assert_eq!(verdict_codes(&sandbox, 3, &unusable), ["BASELINE_UNUSABLE"], "{release}");
    }
}

#[test]
fn a_deleted_run_has_no_metrics() {
    for release in RELEASES {
        let sandbox = Sandbox::with_release(release);
        let gate = "{KIND: MetricGate, metric: r2, greater_is_better: true, min_absolute_change: 0}";
        assert_eq!(verdict_codes(&sandbox, 3, gate), ["PASSED"], "{release}");
        let delete = |version: u64| {
            let sql = "UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = \
                       (SELECT run_id FROM model_versions WHERE name = 'bikes' AND version = ?1)";
            sandbox.sql().execute(sql, [i64::try_from(version).unwrap()]).unwrap();
        };
        delete(1);
        assert_eq!(verdict_codes(&sandbox, 3, gate), ["BASELINE_UNUSABLE"], "{release}");
        delete(3);
        assert_eq!(verdict_codes(&sandbox, 3, gate), ["EVIDENCE_MISSING"], "{release}");
    }
}
