//! Refused promotions: a message, an exit code, and an unchanged store.

use crate::support::harness::Runner;

use super::{Sandbox, assert_unchanged};

/// Runs the promotion with overrides, and returns its output.
fn run_refused(settings: &[&str]) -> String {
    let args: Vec<&str> = settings.iter().flat_map(|setting| ["--set", *setting]).chain(["-qqq"]).collect();
    assert_unchanged(&Sandbox::new(), &args)
}

#[test]
fn versions_that_are_pending_deleted_or_missing() {
    let latest = run_refused(&[]);
    assert!(latest.contains("version 5 of \"bikes\" is PENDING_REGISTRATION, not READY"), "{latest}");
    for version in ["4", "99"] {
        let output = run_refused(&[&format!("job.version={version}")]);
        assert!(output.starts_with("exit: 1"), "{output}");
        assert!(output.contains(&format!("the model \"bikes\" has no version {version}\n")), "{output}");
    }
    let empty = run_refused(&["job.name=empty"]);
    assert!(empty.contains("the model \"empty\" has no version\n"), "{empty}");
}

#[test]
fn models_and_aliases_that_are_missing() {
    let model = run_refused(&["job.name=Bikes", "job.version=2"]);
    assert!(model.contains("the registry has no registered model \"Bikes\"\n"), "{model}");
    let alias = run_refused(&["job.version=@staging"]);
    assert!(alias.contains("the model \"bikes\" has no alias \"staging\" to take the version from\n"), "{alias}");
}

#[test]
fn an_alias_of_a_missing_version_cannot_be_promoted() {
    let sandbox = Sandbox::new();
    for number in ["4", "99"] {
        sandbox.write("aliases/Staging", number);
        let output = assert_unchanged(&sandbox, &["-qqq", "--set", "job.version=@Staging"]);
        assert!(output.contains(&format!("the model \"bikes\" has no version {number}\n")), "{output}");
    }
}

#[test]
fn an_alias_at_another_version_than_expected_blocks() {
    insta::assert_snapshot!(run_refused(&["job.version=3", "job.expect=2"]));
    let absent = run_refused(&["job.version=3", "job.expect=none"]);
    assert!(absent.starts_with("exit: 3"), "{absent}");
    let missing = run_refused(&["job.version=3", "job.alias=Prod", "job.expect=1"]);
    assert!(missing.starts_with("exit: 3"), "{missing}");
}

#[test]
fn names_cannot_escape_the_store() {
    let sandbox = Sandbox::new();
    for name in ["../../outside", "..", "/etc", "bikes/../bikes", "models/bikes", "%2e%2e"] {
        let output =
            assert_unchanged(&sandbox, &["-qqq", "--set", &format!("job.name={name}"), "--set", "job.version=1"]);
        assert!(output.starts_with("exit: 1"), "{output}");
        assert!(output.contains("holds a path separator or `%`, or is a path, as no model"), "{output}");
    }
    let register = |job: &str| {
        let config =
            format!("services: {{ mlflow: {{ tracking_uri: ./mlruns }} }}\njob: {{ KIND: RegistrationJob, {job} }}\n");
        std::fs::write(sandbox.runner.dir().join("promotion.yaml"), config).unwrap();
        assert_unchanged(&sandbox, &["-qqq"])
    };
    let tag = register("name: bikes, source: s3://b/x, tags: { ../../x: y }");
    assert!(tag.contains("the key \"../../x\" of a tag cannot be a file"), "{tag}");
    let source = register("name: bikes, source: 'models:/../../x/1'");
    assert!(source.contains("must name a version by its number"), "{source}");
    let logged = register("name: bikes, source: 'models:/..'");
    assert!(logged.contains("is not in this registry"), "{logged}");
    let new = register("name: 'a:b', source: s3://b/x");
    assert!(new.contains("the name \"a:b\" holds `:` or begins with `..`"), "{new}");
    assert!(!sandbox.runner.dir().join("outside").exists());
}

#[test]
fn unsupported_addresses_are_config_errors() {
    let run_with_uri = |uri: &str| {
        let config = format!(
            "services: {{ mlflow: {{ tracking_uri: '{uri}', registry_name: bikes }} }}\njob: {{ KIND: PromotionJob }}\n"
        );
        let run = Runner::new().file("a.yaml", config).arg("a.yaml").run();
        assert_eq!(run.code, 2, "{run}");
        assert!(!run.to_string().contains("hunter2"), "{run}");
        run.snapshot()
    };
    insta::assert_snapshot!(
        [
            "postgresql+psycopg2://me:hunter2@db.internal:5432/mlflow",
            "mysql+pymysql://me:hunter2@db/mlflow",
            "mssql+pyodbc://me:hunter2@db/mlflow?driver=x",
            "postgresql://db/mlflow?user=me&password=hunter2",
            "file://me:hunter2@host/mlruns",
            "file:./mlruns?token=hunter2",
            "//me:hunter2@host/mlruns",
            "me:hunter2@host:5000",
            "~/mlruns",
            "127.0.0.1:5000",
            "localhost:5000",
            "mlflow.internal:5000/prefix",
            "FILE:./mlruns",
            "HTTP://me:hunter2@host:5000",
            "uc:http://me:hunter2@host:8080",
            "http:///me:hunter2@host",
        ]
        .map(run_with_uri)
        .join("\n")
    );
}
