//! The history of an alias, which a promotion writes to a tag of the registered model.

use regex::Regex;
use serde_json::Value;

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::promotion::{bikes, job, promote};

const KEY: &str = "runner.history.Champion";

/// Returns the entries of the Champion's history, newest first.
fn history(fake: &FakeMlflow) -> Vec<Value> {
    let tag = fake.tag("bikes", KEY).unwrap();
    let Ok(Value::Array(entries)) = serde_json::from_str(&tag) else { panic!("no list: {tag}") };
    entries
}

#[test]
fn the_newest_entry_comes_first_with_all_fields() {
    let fake = bikes();
    assert_eq!(job(promote(&fake), &["version=1"]).run().code, 0);
    assert_eq!(job(promote(&fake), &["message=weekly \"release\""]).env("RUNNER_ACTOR", "grace").run().code, 0);
    let time = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z").unwrap();
    let tag = fake.tag("bikes", KEY).unwrap();
    assert_eq!(time.find_iter(&tag).count(), 2, "{tag}");
    insta::assert_snapshot!(time.replace_all(&tag, "[UTC]"), @r#"[{"version":3,"previous_version":1,"time":"[UTC]","actor":"grace","message":"weekly \"release\""},{"version":1,"previous_version":2,"time":"[UTC]","actor":"ada","message":null}]"#);
}

#[test]
fn a_first_promotion_has_no_previous_version() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1));
    promote(&fake).run();
    assert_eq!(history(&fake)[0]["previous_version"], Value::Null);
}

#[test]
fn the_actor_is_the_user_of_the_ci_system() {
    let fake = bikes();
    let run = promote(&fake).env("RUNNER_ACTOR", "").env("GITHUB_ACTOR", "linus").run();
    assert_eq!(history(&fake)[0]["actor"], "linus", "{run}");
}

#[test]
fn without_a_ci_system_the_actor_is_the_user_at_the_host() {
    let fake = bikes();
    promote(&fake).env("RUNNER_ACTOR", " ").env("USER", "ken").run();
    let actor = history(&fake)[0]["actor"].as_str().map(str::to_owned).unwrap_or_default();
    assert!(actor.starts_with("ken@") && actor.len() > "ken@".len(), "{actor}");
}

#[test]
fn each_alias_has_its_own_history() {
    let fake = bikes();
    job(promote(&fake), &["alias=Staging"]).run();
    assert!(fake.tag("bikes", "runner.history.Staging").is_some());
    assert_eq!(fake.tag("bikes", KEY), None);
}

#[test]
fn an_unchanged_alias_is_not_recorded() {
    let fake = bikes();
    job(promote(&fake), &["version=2"]).run();
    assert_eq!(fake.tag("bikes", KEY), None);
}

#[test]
fn a_disabled_history_is_not_written() {
    let fake = bikes();
    let run = job(promote(&fake), &["record=false"]).args(["-o", "json"]).run();
    assert!(run.code == 0 && run.stdout.contains("\"recorded\": false"), "{run}");
    assert!(!fake.calls().contains(&"POST registered-models/set-tag".to_owned()));
}

#[test]
fn a_foreign_tag_is_backed_up_and_a_new_history_begins() {
    for foreign in ["approved by ada", "{}", "[1]"] {
        let fake = FakeMlflow::start().model("bikes", |model| model.version(1).tag(KEY, foreign));
        let run = promote(&fake).run();
        assert_eq!((run.code, history(&fake).len()), (0, 1), "{run}");
        assert_eq!(fake.tag("bikes", &format!("{KEY}.aside")).as_deref(), Some(foreign), "{run}");
        let warning = "WARN bikes@Champion: the tag runner.history.Champion was no history; its value is now in the tag runner.history.Champion.aside, and a new history begins";
        assert_eq!(run.stderr.matches(warning).count(), 1, "{run}");
    }
}

#[test]
fn an_earlier_backup_is_not_overwritten() {
    let aside = format!("{KEY}.aside");
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).tag(KEY, "mine").tag(&aside, "older"));
    assert_eq!(promote(&fake).run().code, 0);
    assert_eq!(fake.tag("bikes", &aside).as_deref(), Some("older"));
    assert_eq!(fake.tag("bikes", &format!("{aside}.2")).as_deref(), Some("mine"));
}

#[test]
fn a_failed_history_write_is_a_warning_and_keeps_the_promotion() {
    let denied = Fault::error(403, "PERMISSION_DENIED", "tags are locked");
    let fake = bikes().fault(denied.on("registered-models/set-tag"));
    insta::assert_snapshot!(promote(&fake).run().snapshot(), @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Champion  2       3       3    promoted  [SECONDS] s
    --- stderr
    WARN bikes@Champion: the move is made, but not recorded in the history (the tag runner.history.Champion), so a RollbackJob needs `to`: the registry at http://127.0.0.1:[PORT] does not let this login set a tag of bikes: it answered 403 Forbidden: PERMISSION_DENIED: tags are locked
    [Bikes] Promotion Job Finished: bikes@Champion: 2 -> 3
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn a_long_history_fits_into_a_tag() {
    let fake = bikes();
    let message = "release notes ".repeat(60);
    for version in [1, 2, 3, 1, 2, 3, 1, 2] {
        assert_eq!(job(promote(&fake), &[&format!("version={version}"), &format!("message={message}")]).run().code, 0);
    }
    let kept = history(&fake);
    assert!(fake.tag("bikes", KEY).unwrap().chars().count() <= 5_000);
    assert!(kept.len() < 8 && kept.len() > 3, "{}", kept.len());
    assert_eq!((&kept[0]["version"], &kept[1]["version"]), (&2.into(), &1.into()));
}

#[test]
fn a_login_in_a_message_or_a_tag_is_redacted_everywhere() {
    let link = "see https://me:hunter2@wiki/x";
    let fake = FakeMlflow::start().model("bikes", |model| {
        model.version(1).with(1, |version| version.tags.extend([("link".to_owned(), link.to_owned())]))
    });
    let gate = "[{KIND: TagGate, key: link, matches: 'see.*'}]";
    let runner =
        promote(&fake).args(["-vv", "-o", "json", "-e", &format!("{{job: {{message: '{link}', gates: {gate}}}}}")]);
    let run = runner.run();
    let history = fake.tag("bikes", "runner.history.Champion").unwrap();
    assert!(run.code == 0 && run.stdout.contains("***@wiki"), "{run}");
    assert!(![&run.stdout, &run.stderr, &history].iter().any(|text| text.contains("hunter2")), "{history}{run}");
}
