//! Loads every config below `tests/confs`, and checks the errors of the invalid ones.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use runner::config::{Errors, JobSpec, Override, Sources, load};

use crate::support::harness::without_kinds;

fn files(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/confs").join(folder);
    let mut files: Vec<PathBuf> = root.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn env(vars: &[(&str, &str)]) -> BTreeMap<String, String> {
    vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load_file(path: PathBuf, vars: &[(&str, &str)], overrides: &[Override]) -> Result<Vec<JobSpec>, Errors> {
    let sources = Sources { files: vec![path], env: env(vars), overrides: overrides.to_vec(), ..Sources::default() };
    load(&sources, &mut io::empty())
}

fn set(argument: &str) -> Override {
    Override::Set(argument.to_owned())
}

fn messages(errors: &Errors) -> String {
    let root = format!("{}/", env!("CARGO_MANIFEST_DIR"));
    errors.to_string().replace(&root, "")
}

#[test]
fn every_valid_config_loads() {
    for path in files("valid") {
        let specs = load_file(path.clone(), &[("HOST", "localhost")], &[]);
        let specs = specs.unwrap_or_else(|errors| panic!("{}:\n{errors}", path.display()));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let specs: Vec<_> = specs.into_iter().map(|spec| (spec.job, spec.services, spec.notes)).collect();
        let root = format!("{}/", env!("CARGO_MANIFEST_DIR"));
        let formatted = format!("{specs:#?}").replace(&root, "");
        assert!(!formatted.contains("hunter"), "{formatted}");
        insta::with_settings!({ snapshot_path => "snapshots/config_valid", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, formatted);
        });
    }
}

#[test]
fn every_invalid_config_is_rejected_without_repeating_its_secrets() {
    for path in files("invalid") {
        let errors = load_file(path.clone(), &[("SECRET", "hunter/2")], &[]);
        let errors = errors.err().unwrap_or_else(|| panic!("{} was accepted", path.display()));
        let formatted = messages(&errors);
        for secret in ["hunter", "918273645"] {
            assert!(!formatted.contains(secret), "{formatted}");
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        insta::with_settings!({ snapshot_path => "snapshots/config_invalid", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, without_kinds(&formatted));
        });
    }
}

#[test]
fn an_error_names_the_variable_or_argument_that_caused_it() {
    let path = || files("valid").into_iter().find(|path| path.ends_with("minimal.yaml")).unwrap();
    let overrides = [
        set("job.alais=x"),
        set("job.record=maybe"),
        set("job.version=0"),
        set("services.mlflow.tracking_pasword=hunter2"),
        set("jobs[0].alias=x"),
        Override::Extras("{job: {aliass: x}}".to_owned()),
    ];
    let vars = [
        ("RUNNER__JOB__VERSON", "3"),
        ("RUNNER__JOB__ALIAS", "v3"),
        ("RUNNER__SERVICES__ALERTS__TIMEOUT", "soon"),
        ("RUNNER__SERVICES__MLFLOW__HTTP_REQUEST_MAX_RETRIES", "11"),
        ("RUNNER_OS", "Linux"),
    ];
    insta::assert_snapshot!(messages(&load_file(path(), &vars, &overrides).unwrap_err()));
    let vars = [("MLFLOW_HTTP_REQUEST_TIMEOUT", "soon")];
    insta::assert_snapshot!(messages(&load_file(path(), &vars, &[set("nonsense")]).unwrap_err()));
    let extras = Override::Extras("{job: {alias: a, alias: b}}".to_owned());
    insta::assert_snapshot!(messages(&load_file(path(), &[], &[extras]).unwrap_err()));
}
