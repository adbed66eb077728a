//! The quickstart, with the shipped files.

use std::fs;
use std::path::Path;

use crate::support::harness::Runner;

/// Creates a folder with the shipped quickstart, and a run of it.
pub(crate) fn quickstart_runner() -> Runner {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["confs/quickstart.yaml", "confs/quickstart/MLmodel", "confs/quickstart/code/quickstart_model.py"];
    let copy = |runner: Runner, file: &str| runner.file(file, fs::read(project.join(file)).unwrap());
    files.into_iter().fold(Runner::new().env("RUNNER_ACTOR", "ada"), copy)
}

#[test]
fn the_quickstart_registers_and_promotes_a_version_each_time() {
    let runner = quickstart_runner().arg("confs/quickstart.yaml");
    insta::assert_snapshot!(runner.run().snapshot(), @"
    exit: 0
    --- stdout
    JOB                       MODEL       ALIAS     BEFORE  WANTED  NOW  STATUS      TIME
    confs/quickstart.yaml[0]  quickstart  -         -       1       -    registered  [SECONDS] s
    confs/quickstart.yaml[1]  quickstart  Champion  none    1       1    promoted    [SECONDS] s

    1 registered, 1 promoted
    --- stderr
    [Runner] Registration Job Finished: quickstart: version 1
    [Runner] Promotion Job Finished: quickstart@Champion: none -> 1
    ");
    insta::assert_snapshot!(runner.run_with(&["-qq"]).snapshot(), @"
    exit: 0
    --- stdout
    JOB                       MODEL       ALIAS     BEFORE  WANTED  NOW  STATUS      TIME
    confs/quickstart.yaml[0]  quickstart  -         -       2       -    registered  [SECONDS] s
    confs/quickstart.yaml[1]  quickstart  Champion  1       2       2    promoted    [SECONDS] s

    1 registered, 1 promoted
    --- stderr
    [Runner] Registration Job Finished: quickstart: version 2
    [Runner] Promotion Job Finished: quickstart@Champion: 1 -> 2
    ");
}

#[test]
fn the_plan_of_the_quickstart_creates_nothing() {
    let runner = quickstart_runner().arg("confs/quickstart.yaml");
    let database = runner.dir().join("mlflow.db");
    runner.run_with(&["--plan"]);
    assert!(!database.exists());
    assert_eq!(runner.run().code, 0);
    let before = fs::read(&database).unwrap();
    insta::assert_snapshot!(runner.run_with(&["--plan", "-q"]).snapshot(), @"
    exit: 0
    --- stdout
    JOB                       MODEL       ALIAS     BEFORE  WANTED  NOW  STATUS   TIME
    confs/quickstart.yaml[0]  quickstart  -         -       -       -    planned  [SECONDS] s
    confs/quickstart.yaml[1]  quickstart  Champion  ?       -       ?    planned  [SECONDS] s

    2 planned

    a job that depends on an earlier job or on a process is planned in full when the batch runs
    --- stderr
    ");
    assert!(fs::read(&database).unwrap() == before);
}
