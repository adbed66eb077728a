//! Releases of MLflow, each in its own environment below `target/`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Command;

use crate::support::mlflow_server::{MlflowServer, clean};
use crate::support::python::{interpreter, run_pip, try_environment};

/// A release and its pip requirements. The newest is resolved on each run.
const RELEASES: [(&str, &[&str]); 5] = [
    // These import items that newer releases of their dependencies removed.
    ("2.9", &["mlflow==2.9.*", "setuptools<81", "sqlalchemy<2.1"]),
    ("2.22", &["mlflow==2.22.*", "sqlalchemy<2.1"]),
    ("3.5", &["mlflow==3.5.*", "sqlalchemy<2.1"]),
    ("3.10", &["mlflow==3.10.*"]),
    (NEWEST, &["mlflow"]),
];

const NEWEST: &str = "newest";

/// The result of a release.
enum Outcome {
    Conforms,
    Differs,
    /// It could not be installed or started, and why.
    Missing(String),
}

/// Runs the suite against a server of each release that can be installed, and prints each result. Fails if one does
/// not conform, or none could be run.
pub(super) fn each(run: impl Fn(&MlflowServer, &dyn Fn() -> Command)) {
    let mut outcomes = vec![];
    for (release, packages) in RELEASES {
        let outcome =
            match install(release, packages).and_then(|python| Ok((MlflowServer::launch(&python, &[])?, python))) {
                Err(why) => Outcome::Missing(why),
                // The other releases are still tested.
                Ok((server, python)) => match catch_unwind(AssertUnwindSafe(|| run(&server, &|| clean(&python)))) {
                    Ok(()) => Outcome::Conforms,
                    Err(_) => Outcome::Differs,
                },
            };
        outcomes.push((release, outcome));
    }
    format_result(&outcomes);
    assert!(!outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Differs)), "see above what differs");
    assert!(outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Conforms)), "no release could be run");
}

#[expect(clippy::print_stdout, reason = "a run that is asked to shows what it ran")]
fn format_result(outcomes: &[(&str, Outcome)]) {
    println!();
    for (release, outcome) in outcomes {
        match outcome {
            Outcome::Conforms => println!("MLflow {release}: conforms"),
            Outcome::Differs => println!("MLflow {release}: DIFFERS"),
            Outcome::Missing(why) => println!("MLflow {release}: could not be run: {why}"),
        }
    }
}

/// Returns the Python of a release, or why it cannot be installed with the `python3` of this machine.
fn install(release: &str, packages: &[&str]) -> Result<PathBuf, String> {
    // Only wheels: building these packages from source needs compilers and an hour.
    let pip = ["install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--upgrade"];
    let pip = [pip.as_slice(), packages].concat();
    let folder = try_environment(&format!("conformance-mlflow-{release}"), &[&pip])?;
    if release == NEWEST {
        run_pip(&folder, &pip)?;
    }
    Ok(interpreter(&folder))
}
