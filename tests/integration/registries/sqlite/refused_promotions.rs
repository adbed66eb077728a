//! Promotions that must not happen: a sentence, an exit code, and a database without a changed byte.

use super::{Sandbox, changes_nothing, changes_nothing_on_any_release};

#[test]
fn the_latest_version_is_never_replaced_by_an_older_one_that_is_ready() {
    insta::assert_snapshot!(changes_nothing_on_any_release(&[]), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     FROM  TO  STATUS  TIME
    promotion.yaml  bikes  Champion  -     -   failed  [SECONDS] s

    promotion.yaml failed: version 5 of "bikes" is PENDING_REGISTRATION, not READY
      hint: wait until it is READY, or name another version in `job.version`
    --- stderr
    [TIME] ERROR version 5 of "bikes" is PENDING_REGISTRATION, not READY config="promotion.yaml" index=0 code=VERSION_NOT_READY
    [Runner] Promotion Job Failed: version 5 of "bikes" is PENDING_REGISTRATION, not READY
    "#);
}

#[test]
fn a_deleted_version_does_not_exist() {
    insta::assert_snapshot!(changes_nothing_on_any_release(&["-qqq", "--set", "job.version=4"]), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     FROM  TO  STATUS  TIME
    promotion.yaml  bikes  Champion  -     -   failed  [SECONDS] s

    promotion.yaml failed: the model "bikes" has no version 4
      hint: leave `job.version` out to take the latest, or name one that exists
    --- stderr
    [Runner] Promotion Job Failed: the model "bikes" has no version 4
    "#);
}

#[test]
fn a_version_that_never_was_does_not_exist() {
    insta::assert_snapshot!(changes_nothing_on_any_release(&["-qqq", "--set", "job.version=99"]), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     FROM  TO  STATUS  TIME
    promotion.yaml  bikes  Champion  -     -   failed  [SECONDS] s

    promotion.yaml failed: the model "bikes" has no version 99
      hint: leave `job.version` out to take the latest, or name one that exists
    --- stderr
    [Runner] Promotion Job Failed: the model "bikes" has no version 99
    "#);
}

#[test]
fn a_model_without_versions_has_none_to_promote() {
    insta::assert_snapshot!(changes_nothing_on_any_release(&["-qqq", "--set", "job.name=empty"]), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     FROM  TO  STATUS  TIME
    promotion.yaml  empty  Champion  -     -   failed  [SECONDS] s

    promotion.yaml failed: the model "empty" has no version
      hint: register a first version
    --- stderr
    [Runner] Promotion Job Failed: the model "empty" has no version
    "#);
}

#[test]
fn a_missing_model_is_said_to_be_missing_and_not_its_version() {
    let args = ["-qqq", "--set", "job.name=Bikes", "--set", "job.version=2"];
    insta::assert_snapshot!(changes_nothing_on_any_release(&args), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     FROM  TO  STATUS  TIME
    promotion.yaml  Bikes  Champion  -     -   failed  [SECONDS] s

    promotion.yaml failed: the registry has no registered model "Bikes"
      hint: check the name (`job.name`, else `services.mlflow.registry_name`) and the registry's address, or register a first version
    --- stderr
    [Runner] Promotion Job Failed: the registry has no registered model "Bikes"
    "#);
}

#[test]
fn an_alias_in_another_case_is_another_alias() {
    insta::assert_snapshot!(changes_nothing_on_any_release(&["-qqq", "--set", "job.version=@staging"]), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     FROM  TO  STATUS  TIME
    promotion.yaml  bikes  Champion  -     -   failed  [SECONDS] s

    promotion.yaml failed: the model "bikes" has no alias "staging" to take the version from
      hint: check `job.version`; aliases are case-sensitive
    --- stderr
    [Runner] Promotion Job Failed: the model "bikes" has no alias "staging" to take the version from
    "#);
}

#[test]
fn an_alias_that_leads_to_a_deleted_version_leads_nowhere() {
    let sandbox = Sandbox::with_release("3.18.0");
    sandbox.sql().execute("UPDATE registered_model_aliases SET version = 4 WHERE alias = 'Staging'", []).unwrap();
    insta::assert_snapshot!(changes_nothing(&sandbox, &["-qqq", "--set", "job.version=@Staging"]), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     FROM  TO  STATUS  TIME
    promotion.yaml  bikes  Champion  -     -   failed  [SECONDS] s

    promotion.yaml failed: the model "bikes" has no version 4
      hint: leave `job.version` out to take the latest, or name one that exists
    --- stderr
    [Runner] Promotion Job Failed: the model "bikes" has no version 4
    "#);
}

#[test]
fn a_version_that_failed_says_why() {
    let sandbox = Sandbox::with_release("3.18.0");
    let failed =
        "UPDATE model_versions SET status = 'FAILED_REGISTRATION', status_message = 'no such bucket' WHERE version = 3";
    sandbox.sql().execute(failed, []).unwrap();
    insta::assert_snapshot!(changes_nothing(&sandbox, &["-qqq", "--set", "job.version=3"]), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     FROM  TO  STATUS  TIME
    promotion.yaml  bikes  Champion  -     -   failed  [SECONDS] s

    promotion.yaml failed: version 3 of "bikes" is FAILED_REGISTRATION, not READY (no such bucket)
      hint: it will not become READY: register it again, or name another version
    --- stderr
    [Runner] Promotion Job Failed: version 3 of "bikes" is FAILED_REGISTRATION, not READY (no such bucket)
    "#);
}

#[test]
fn an_alias_elsewhere_than_expected_blocks() {
    let args = ["--set", "job.version=3", "--set", "job.expect=2"];
    insta::assert_snapshot!(changes_nothing_on_any_release(&args), @r#"
    exit: 3
    --- stdout
    JOB             MODEL  ALIAS     FROM  TO  STATUS   TIME
    promotion.yaml  bikes  Champion  -     -   blocked  [SECONDS] s

    promotion.yaml blocked: bikes@Champion points to version 1, but is expected to point to version 2
      hint: somebody moved the alias: look at it again, then run the job without or with another `job.expect`
    --- stderr
    [TIME] ERROR bikes@Champion points to version 1, but is expected to point to version 2 config="promotion.yaml" index=0 code=ALIAS_MOVED
    [Runner] Promotion Job Blocked: bikes@Champion points to version 1, but is expected to point to version 2
    "#);
}

#[test]
fn an_alias_that_must_not_exist_and_does_blocks() {
    let args = ["-qqq", "--set", "job.version=3", "--set", "job.expect=none"];
    insta::assert_snapshot!(changes_nothing_on_any_release(&args), @"
    exit: 3
    --- stdout
    JOB             MODEL  ALIAS     FROM  TO  STATUS   TIME
    promotion.yaml  bikes  Champion  -     -   blocked  [SECONDS] s

    promotion.yaml blocked: bikes@Champion points to version 1, but is expected not to exist yet
      hint: somebody moved the alias: look at it again, then run the job without or with another `job.expect`
    --- stderr
    [Runner] Promotion Job Blocked: bikes@Champion points to version 1, but is expected not to exist yet
    ");
}

#[test]
fn an_alias_that_must_exist_and_does_not_blocks_even_where_nothing_would_be_written() {
    let args = ["-qqq", "--plan", "--set", "job.version=3", "--set", "job.alias=Prod", "--set", "job.expect=1"];
    insta::assert_snapshot!(changes_nothing_on_any_release(&args), @"
    exit: 3
    --- stdout
    JOB             MODEL  ALIAS  FROM  TO  STATUS   TIME
    promotion.yaml  bikes  Prod   -     -   blocked  [SECONDS] s

    promotion.yaml blocked: bikes@Prod does not exist, but is expected to point to version 1
      hint: somebody moved the alias: look at it again, then run the job without or with another `job.expect`
    --- stderr
    ");
}
