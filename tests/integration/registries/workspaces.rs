//! Servers and databases with and without workspaces.

use rusqlite::Connection;
use serde_json::json;

use crate::support::fake_mlflow::{Answer, FakeMlflow, Fault, Request, Store, api};
use crate::support::harness::{Output, Runner};
use crate::support::mlflow_server::{MlflowServer, python};
use crate::support::sqlite_fixture::unpack;

const HEADER: &str = "x-mlflow-workspace";
const INFO: &str = "/api/3.0/mlflow/server-info";

fn promotion(uri: &str, workspace: &str) -> Runner {
    let config = "services: {mlflow: {http_request_max_retries: 0, registry_name: bikes}}\n\
                  jobs: [{KIND: PromotionJob, version: 1}, {KIND: PromotionJob, version: 2}]\n";
    let runner = Runner::new().file("a.yaml", config).args(["-q", "a.yaml"]);
    runner.env("MLFLOW_TRACKING_URI", uri).env("MLFLOW_WORKSPACE", workspace)
}

/// Returns the error of the first failed job.
fn failure(run: &Output) -> String {
    let messages = run.snapshot();
    let messages = messages.split("\n\n").nth(1).unwrap_or_else(|| panic!("{run}"));
    format!("exit {}: {}", run.code, messages.split("--- stderr").next().unwrap())
}

/// A server with the workspace `team-a`, as in MLflow 3.17.
fn serve_workspaces(store: &mut Store, request: &Request) -> (Answer, Option<String>) {
    if request.path == INFO {
        return (Answer::json(200, &json!({ "workspaces_enabled": true })), None);
    }
    let mut inner = request.clone();
    inner.headers.retain(|(name, _)| name != HEADER);
    match request.header(HEADER) {
        Some("team-a") => api::answer(store, &inner),
        other => {
            let message = format!("Workspace '{}' not found", other.unwrap_or_default());
            (Answer::json(404, &json!({ "error_code": "RESOURCE_DOES_NOT_EXIST", "message": message })), None)
        }
    }
}

#[test]
fn a_workspace_is_checked_once_and_sent_with_every_request() {
    let fake = FakeMlflow::speaking(Box::new(serve_workspaces)).model("bikes", |model| model.version(1).version(2));
    let run = promotion(&fake.uri(), "team-a").run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(2)), "{run}");
    let (checks, rest): (Vec<_>, Vec<_>) = fake.requests().into_iter().partition(|request| request.path == INFO);
    assert_eq!((checks.len(), checks[0].header(HEADER)), (1, None));
    assert!(rest.len() > 6 && rest.iter().all(|request| request.header(HEADER) == Some("team-a")));
}

#[test]
fn a_missing_workspace_is_an_error_and_nothing_is_written() {
    let divided = FakeMlflow::speaking(Box::new(serve_workspaces)).model("bikes", |model| model.version(1));
    let whole = || FakeMlflow::start().model("bikes", |model| model.version(1));
    let old = whole().fault(Fault::html(404).on(INFO)).fault(Fault::html(404).on("/api/3.0/mlflow/server-features"));
    let down = whole().fault(Fault::status(503).on(INFO).always());
    let mut messages = String::new();
    for (fake, workspace) in
        [(divided, "team-b"), (whole(), "team-a"), (whole(), "default"), (old, "team-a"), (down, "team-a")]
    {
        messages += &failure(&promotion(&fake.uri(), workspace).run());
        assert_eq!(fake.alias("bikes", "Champion"), None);
    }
    insta::assert_snapshot!(messages);
}

#[test]
fn an_invalid_workspace_name_and_an_unsupported_registry_are_refused_before_the_start() {
    let check = |uri: &str, workspace: &str| promotion(uri, workspace).arg("--check").run();
    let bad = check("http://h", "Team_A");
    assert!(bad.code == 2 && bad.stderr.contains("is no name of a workspace"), "{bad}");
    for uri in ["./mlruns", "databricks-uc"] {
        let run = check(uri, "team-a");
        assert!(run.code == 2 && run.stderr.contains("has no workspaces, and the workspace team-a is wanted"), "{run}");
    }
    assert_eq!(check("./mlruns", "default").code, 0);
}

/// Adds a model with two versions in a workspace.
fn add_model(database: &Connection, workspace: &str) {
    let sql = format!(
        "INSERT OR IGNORE INTO workspaces (name) VALUES ('{workspace}');
         INSERT INTO registered_models (workspace, name, creation_time, last_updated_time)
         VALUES ('{workspace}', 'cars', 1, 1);
         INSERT INTO model_versions (workspace, name, version, creation_time, last_updated_time, current_stage, status)
         VALUES ('{workspace}', 'cars', 1, 1, 1, 'None', 'READY'), ('{workspace}', 'cars', 2, 1, 1, 'None', 'READY');"
    );
    database.execute_batch(&sql).unwrap();
}

fn aliases(database: &Connection) -> Vec<(String, i64)> {
    let sql = "SELECT workspace, version FROM registered_model_aliases WHERE name = 'cars' ORDER BY workspace";
    let mut statement = database.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_database_is_accessed_in_one_workspace_only() {
    for release in ["3.10.0", "3.18.0"] {
        let runner = promotion("sqlite:///mlflow.db", "team-a").args(["--set", "services.mlflow.registry_name=cars"]);
        unpack(release, &runner.dir().join("mlflow.db"));
        let database = Connection::open(runner.dir().join("mlflow.db")).unwrap();
        add_model(&database, "default");
        add_model(&database, "team-a");
        let run = runner.run();
        assert_eq!(run.code, 0, "{run}");
        assert_eq!(aliases(&database), [("team-a".to_owned(), 2)]);
        let run = runner.run_with(&["--set", "services.mlflow.workspace=default", "--set", "jobs.1.version=1"]);
        assert_eq!(run.code, 0, "{run}");
        assert_eq!(aliases(&database), [("default".to_owned(), 1), ("team-a".to_owned(), 2)]);
        let tags = "SELECT count(*) FROM registered_model_tags WHERE name = 'cars' AND workspace = 'team-a'";
        assert_eq!(database.query_row(tags, [], |row| row.get::<_, i64>(0)), Ok(1));
    }
}

#[test]
fn a_database_without_the_workspace_is_refused() {
    let mut messages = String::new();
    for (release, workspace) in [("3.5.0", "team-a"), ("3.10.0", "team-b")] {
        let runner = promotion("sqlite:///mlflow.db", workspace);
        unpack(release, &runner.dir().join("mlflow.db"));
        messages += &failure(&runner.run());
    }
    insta::assert_snapshot!(messages);
    let status = "job: {KIND: StatusJob, name: bikes}\n";
    let runner = promotion("sqlite:///mlflow.db", "default").file("a.yaml", status);
    unpack("3.5.0", &runner.dir().join("mlflow.db"));
    let run = runner.run();
    assert_eq!(run.code, 0, "{run}");
}

/// Creates a workspace on a server.
const MAKE: &str = r#"
import json, os, urllib.request
request = urllib.request.Request(os.environ["MLFLOW_TRACKING_URI"] + "/api/3.0/mlflow/workspaces",
                                 json.dumps({"name": "team-a"}).encode(), {"Content-Type": "application/json"})
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read()
"#;

#[test]
fn a_real_server_is_accessed_in_one_workspace_only() {
    let server = MlflowServer::with_workspaces();
    python(server.uri(), MAKE, &[]);
    let register = "jobs: [{KIND: RegistrationJob, name: cars, source: s3://b/m},\n  \
                    {KIND: RegistrationJob, name: cars, source: s3://b/m, alias: Champion}]\n";
    let run = promotion(server.uri(), "team-a").file("a.yaml", register).run();
    assert_eq!(run.code, 0, "{run}");
    let database = Connection::open(server.database()).unwrap();
    assert_eq!(aliases(&database), [("team-a".to_owned(), 2)]);
    let promote = "job: {KIND: PromotionJob, name: cars, version: 1}\n";
    let elsewhere = promotion(server.uri(), "default").file("a.yaml", promote).run();
    assert!(elsewhere.code == 1 && elsewhere.stdout.contains("no registered model \"cars\""), "{elsewhere}");
    let missing = promotion(server.uri(), "team-b").file("a.yaml", promote).run();
    assert!(missing.code == 1 && missing.stdout.contains("there is no workspace team-b at http://"), "{missing}");
    assert_eq!(promotion(server.uri(), "team-a").file("a.yaml", promote).run().code, 0);
    assert_eq!(aliases(&database), [("team-a".to_owned(), 1)]);
}
