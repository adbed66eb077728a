//! Runs of the program against a real MLflow server.

use rusqlite::{Connection, OptionalExtension as _};
use serde_json::{Value, json};

use super::ODD_NAMES;
use crate::support::harness::{Output, Runner};
use crate::support::mlflow_server::{MlflowServer, python};

/// Prints the state of the given models as MLflow's own client reads it.
const SEEN: &str = r#"
import json, sys, mlflow
client = mlflow.MlflowClient()

def version(found):
    return {"version": found.version, "source": found.source, "description": found.description, "tags": found.tags}

def model(name):
    found = client.get_registered_model(name)
    aliases = {alias: version(client.get_model_version_by_alias(name, alias)) for alias in found.aliases}
    return {"aliases": aliases, "tags": found.tags}

print(json.dumps({name: model(name) for name in sys.argv[1:]}))
"#;

/// Creates a folder with a config for the server; `key` is `job` or `jobs`.
pub(super) fn on_server(key: &str, jobs: &Value) -> Runner {
    let mlflow = json!({ "tracking_uri": MlflowServer::start().uri() });
    let config = json!({ "services": { "mlflow": mlflow }, key: jobs });
    Runner::new().file("job.json", config.to_string()).arg("job.json").env("RUNNER_ACTOR", "ada")
}

fn promotion(name: &str) -> Runner {
    on_server("job", &json!({ "KIND": "PromotionJob", "name": name }))
}

/// Registers versions of a model, all without an alias.
fn register(name: &str, versions: usize) {
    let one = json!({ "KIND": "RegistrationJob", "name": name, "source": "s3://bucket/model" });
    assert_success(&on_server("jobs", &vec![one; versions].into()).run());
}

#[track_caller]
fn assert_success(output: &Output) {
    assert_eq!(output.code, 0, "{output}");
}

/// Reads the state with MLflow's own client.
fn read_with_mlflow(names: &[&str]) -> Value {
    serde_json::from_str(&python(MlflowServer::start().uri(), SEEN, names)).unwrap()
}

/// Returns the history of an alias from the state that MLflow's own client read.
fn history(state: &Value, alias: &str) -> Vec<Value> {
    serde_json::from_str(state["tags"][format!("runner.history.{alias}")].as_str().unwrap()).unwrap()
}

/// Reads the alias from the database of the server.
fn alias(name: &str, alias: &str) -> Option<i64> {
    let sql = "SELECT version FROM registered_model_aliases WHERE name = ?1 AND alias = ?2";
    let database = Connection::open(MlflowServer::start().database()).unwrap();
    database.query_row(sql, [name, alias], |row| row.get(0)).optional().unwrap()
}

#[test]
fn a_first_promotion_a_move_and_a_restore_are_reported_and_recorded() {
    register("moves", 3);
    let runner = promotion("moves");
    insta::assert_snapshot!(runner.run_with(&["--set", "job.expect=none"]).snapshot(), @"
    exit: 0
    --- stdout
    JOB       MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    job.json  moves  Champion  none    3       3    promoted  [SECONDS] s
    --- stderr
    [Runner] Promotion Job Finished: moves@Champion: none -> 3
    ");
    insta::assert_snapshot!(runner.run_with(&["-q", "--set", "job.version=1", "--set", "job.message=back"]).snapshot(), @"
    exit: 0
    --- stdout
    JOB       MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    job.json  moves  Champion  3       1       1    promoted  [SECONDS] s
    --- stderr
    [Runner] Promotion Job Finished: moves@Champion: 3 -> 1
    ");
    insta::assert_snapshot!(runner.run_with(&["-q", "--set", "job.version=1"]).snapshot(), @"
    exit: 0
    --- stdout
    JOB       MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS     TIME
    job.json  moves  Champion  1       1       1    unchanged  [SECONDS] s
    --- stderr
    [Runner] Promotion Job Finished: moves@Champion: unchanged at version 1
    ");
    insta::assert_snapshot!(runner.run_with(&["-q", "--plan"]).snapshot(), @"
    exit: 0
    --- stdout
    JOB       MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS   TIME
    job.json  moves  Champion  1       3       1    planned  [SECONDS] s

    job.json moves@Champion: 1 -> 3

    to apply exactly this, add `-o yaml > plan.yaml` to the command, then: runner plan.yaml
    --- stderr
    ");
    assert_success(&runner.run_with(&["--set", "job.alias=Challenger", "--set", "job.version=2"]));
    assert_success(&runner.run_with(&["--set", "job.alias=Copy", "--set", "job.version=@Challenger"]));
    let state = &read_with_mlflow(&["moves"])["moves"];
    let at = |alias: &str| state["aliases"][alias]["version"].as_str();
    assert_eq!(["Champion", "Challenger", "Copy"].map(at), [Some("1"), Some("2"), Some("2")]);
    let history = history(state, "Champion");
    let moves: Vec<_> = history.iter().map(|it| [&it["version"], &it["previous_version"], &it["message"]]).collect();
    assert_eq!(moves, [[&json!(1), &json!(3), &json!("back")], [&json!(3), &json!(null), &json!(null)]]);
}

#[test]
fn refused_promotions_change_nothing() {
    register("refusals", 3);
    let runner = promotion("refusals");
    assert_success(&runner.run_with(&["--set", "job.version=2"]));
    let pending = "UPDATE model_versions SET status = 'PENDING_REGISTRATION' WHERE name = 'refusals' AND version = 3";
    assert_eq!(Connection::open(MlflowServer::start().database()).unwrap().execute(pending, []), Ok(1));
    let refused = |set: &str| runner.run_with(&["-qqq", "--set", set]).snapshot();
    insta::assert_snapshot!(refused("job.version=latest"), @r#"
    exit: 1
    --- stdout
    JOB       MODEL     ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    job.json  refusals  Champion  2       -       2    failed  [SECONDS] s

    job.json failed (VERSION_NOT_READY): version 3 of "refusals" is PENDING_REGISTRATION, not READY
      now:  nothing was changed: refusals@Champion is at version 2
      next: wait until it is READY, or set `job.version` (from --set job.version) to another version
    --- stderr
    [Runner] Promotion Job Failed: refusals@Champion
    "#);
    insta::assert_snapshot!(refused("job.version=99"), @r#"
    exit: 1
    --- stdout
    JOB       MODEL     ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    job.json  refusals  Champion  2       -       2    failed  [SECONDS] s

    job.json failed (VERSION_NOT_FOUND): the model "refusals" has no version 99
      now:  nothing was changed: refusals@Champion is at version 2
      next: set `job.version` (from --set job.version) to a version that exists; a StatusJob lists them
    --- stderr
    [Runner] Promotion Job Failed: refusals@Champion
    "#);
    insta::assert_snapshot!(refused("job.version=@champion"), @r#"
    exit: 1
    --- stdout
    JOB       MODEL     ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    job.json  refusals  Champion  2       -       2    failed  [SECONDS] s

    job.json failed (ALIAS_NOT_FOUND): the model "refusals" has no alias "champion" to take the version from
      now:  nothing was changed: refusals@Champion is at version 2
      next: check `job.version` (from --set job.version): aliases are case-sensitive
    --- stderr
    [Runner] Promotion Job Failed: refusals@Champion
    "#);
    insta::assert_snapshot!(refused("job.name=no such model"), @r#"
    exit: 1
    --- stdout
    JOB       MODEL          ALIAS     BEFORE  WANTED  NOW   STATUS  TIME
    job.json  no such model  Champion  none    -       none  failed  [SECONDS] s

    job.json failed (MODEL_NOT_FOUND): the registry has no registered model "no such model"
      now:  nothing was changed: no such model@Champion does not exist
      next: correct `job.name` (from --set job.name) or `services.mlflow.registry_name`, or the registry's address; or register a first version
    --- stderr
    [Runner] Promotion Job Failed: no such model@Champion
    "#);
    insta::assert_snapshot!(runner.run_with(&["-qqq", "--set", "job.version=1", "--set", "job.expect=none"]).snapshot(), @"
    exit: 3
    --- stdout
    JOB       MODEL     ALIAS     BEFORE  WANTED  NOW  STATUS   TIME
    job.json  refusals  Champion  2       -       2    blocked  [SECONDS] s

    job.json blocked (ALIAS_MOVED): refusals@Champion points to version 2, but is expected not to exist yet
      now:  nothing was changed: refusals@Champion is at version 2
      next: the registry changed since this was planned: plan it again
    --- stderr
    [Runner] Promotion Job Blocked: refusals@Champion
    ");
    assert_eq!(alias("refusals", "Champion"), Some(2));
}

#[test]
fn a_registration_sends_all_fields_for_every_name() {
    let message = "it's\n\"new\"";
    let (source, description, tags) = ("s3://bucket/a model", "über \"it\"", json!({ "a key": "ä 'value'" }));
    let registration = |name: &String| {
        json!({
            "KIND": "RegistrationJob",
            "name": name,
            "source": source,
            "alias": "Prod_é",
            "message": message,
            "description": description,
            "tags": tags,
        })
    };
    let promotion = |name: &String| json!({ "KIND": "PromotionJob", "name": name, "version": "@Prod_é" });
    let names = ODD_NAMES.map(|name| format!("{name} registered"));
    let jobs: Vec<_> = names.iter().flat_map(|name| [registration(name), promotion(name)]).collect();
    assert_success(&on_server("jobs", &jobs.into()).run());

    let state = read_with_mlflow(&names.each_ref().map(String::as_str));
    let version = json!({ "version": "1", "source": source, "description": description, "tags": tags });
    for name in &names {
        assert_eq!(state[name]["aliases"], json!({ "Champion": version, "Prod_é": version }), "{name}");
        let newest = &history(&state[name], "Prod_é")[0];
        assert_eq!((&newest["actor"], &newest["message"]), (&json!("ada"), &json!(message)), "{name}");
    }
}

#[test]
fn a_long_history_keeps_the_newest_entries_and_fits_a_tag() {
    register("history", 2);
    let long = "\"日本\" 🚲\n".repeat(90);
    let step = |step: u32| {
        let (version, message) = (step % 2 + 1, format!("{step} {long}"));
        json!({ "KIND": "PromotionJob", "name": "history", "version": version, "message": message })
    };
    assert_success(&on_server("jobs", &(1..=12).map(step).collect()).run());
    let state = &read_with_mlflow(&["history"])["history"];
    let length = state["tags"]["runner.history.Champion"].as_str().unwrap().chars().count();
    assert!((4_000..=5_000).contains(&length), "{length}");
    let messages = history(state, "Champion").into_iter().map(|entry| entry["message"].as_str().unwrap().to_owned());
    let kept: Vec<_> = messages.map(|message| message.split(' ').next().unwrap().to_owned()).collect();
    let newest: Vec<_> = (1..=12).rev().map(|step| step.to_string()).take(kept.len()).collect();
    assert_eq!(kept, newest);
}

#[test]
fn mlflows_own_client_sees_a_rollback() {
    register("rollbacks", 3);
    let runner = promotion("rollbacks");
    for version in ["1", "2", "3"] {
        assert_success(&runner.run_with(&["--set", &format!("job.version={version}")]));
    }
    let back = ["-q", "--set", "job.KIND=RollbackJob"];
    insta::assert_snapshot!(runner.run_with(&[&back[..], &["--set", "job.message=errors since 02:40"]].concat()).snapshot(), @"
    exit: 0
    --- stdout
    JOB       MODEL      ALIAS     BEFORE  WANTED  NOW  STATUS       TIME
    job.json  rollbacks  Champion  3       2       2    rolled_back  [SECONDS] s
    --- stderr
    [Runner] Rollback Job Finished: rollbacks@Champion: 3 -> 2
    ");
    assert_success(&runner.run_with(&back));
    let state = &read_with_mlflow(&["rollbacks"])["rollbacks"];
    assert_eq!(state["aliases"]["Champion"]["version"], "1");
    let moves = history(state, "Champion");
    let moves: Vec<_> = moves.iter().map(|it| [&it["previous_version"], &it["version"], &it["kind"]]).collect();
    let (back, none) = (json!("rollback"), json!(null));
    let [one, two, three] = [1, 2, 3].map(Value::from);
    let expected =
        [[&two, &one, &back], [&three, &two, &back], [&two, &three, &none], [&one, &two, &none], [&none, &one, &none]];
    assert_eq!(moves, expected);
    let read = |kind: &str| {
        let run = runner.run_with(&["-q", "--set", kind]);
        assert_success(&run);
        run.stdout.split_once("\n\n").unwrap().1.to_owned()
    };
    // The column is as wide as its longest age.
    let ages = regex::Regex::new(r"(age|\d+ (s|min)) +").unwrap();
    insta::assert_snapshot!(ages.replace_all(&read("job.KIND=StatusJob"), "[AGE]  "), @"
    job.json versions of rollbacks
    version  aliases   status  [AGE]  tags
    3        -         READY   [AGE]  -
    2        -         READY   [AGE]  -
    1        Champion  READY   [AGE]  -
    ");
    let times = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d").unwrap();
    insta::assert_snapshot!(times.replace_all(&read("job.KIND=HistoryJob"), "[TIME]"), @"
    job.json history of rollbacks@Champion, at version 1
    time (UTC)           by   kind       from  to  message
    [TIME]  ada  rollback   2     1   -
    [TIME]  ada  rollback   3     2   errors since 02:40
    [TIME]  ada  promotion  2     3   -
    [TIME]  ada  promotion  1     2   -
    [TIME]  ada  promotion  none  1   -
    ");
}
