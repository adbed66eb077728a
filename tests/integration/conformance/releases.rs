//! Releases of MLflow, each in an environment of its own below `target/`.

use std::path::PathBuf;
use std::process::Command;

use crate::mlflow_server::{MlflowServer, clean};
use crate::python::{interpreter, run_pip, try_environment};

/// A release, and what pip is asked for. The newest is looked up anew each time.
const RELEASES: [(&str, &[&str]); 5] = [
    // MLflow 2.9 still imports a module that newer releases of setuptools do not bring.
    ("2.9", &["mlflow==2.9.*", "setuptools<81"]),
    ("2.22", &["mlflow==2.22.*"]),
    ("3.5", &["mlflow==3.5.*"]),
    ("3.10", &["mlflow==3.10.*"]),
    (NEWEST, &["mlflow"]),
];

const NEWEST: &str = "newest";

/// Starts a server of each release that can be installed, if they are wanted, and returns how many there were.
pub(super) fn each(wanted: bool, mut run: impl FnMut(&MlflowServer, &dyn Fn() -> Command)) -> usize {
    let (mut ran, mut told) = (0, String::new());
    for (release, packages) in RELEASES.into_iter().filter(|_| wanted) {
        match install(release, packages) {
            Ok(python) => {
                let server = MlflowServer::launch(&python);
                run(&server, &|| clean(&python));
                told.push_str(&format!("ran       MLflow {release}\n"));
                ran += 1;
            }
            Err(why) => told.push_str(&format!("could not run MLflow {release}: {why}\n")),
        }
    }
    #[expect(clippy::print_stdout, reason = "a run that is asked to shows what it ran")]
    {
        println!("\n{told}");
    }
    ran
}

/// Returns the Python of a release, or why it cannot be installed with the `python3` of this machine.
fn install(release: &str, packages: &[&str]) -> Result<PathBuf, String> {
    // Only wheels: to build one of these packages from its source takes compilers and an hour.
    let pip = ["install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--upgrade"];
    let pip = [pip.as_slice(), packages].concat();
    let folder = try_environment(&format!("conformance-mlflow-{release}"), &[&pip])?;
    if release == NEWEST {
        run_pip(&folder, &pip)?;
    }
    Ok(interpreter(&folder))
}
