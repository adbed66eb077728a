//! The file store: runs of the program on a folder that MLflow created.

mod calls;
mod concurrency;
mod default_address;
mod promotions;
mod python_client;
mod refused_promotions;
mod unusable_stores;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::file_store_fixture::{collect_files, copy_folder, mlflow_store};
use crate::support::harness::{Runner, Running};

const PROMOTION: &str = "\
services: { mlflow: { tracking_uri: ./mlruns, registry_name: bikes } }
job: { KIND: PromotionJob }
";

/// A promotion that succeeds on a valid store.
const PROMOTE: [&str; 3] = ["-qqq", "--set", "job.version=2"];

/// A folder with a store that MLflow created, and a config that promotes `bikes` in it.
struct Sandbox {
    runner: Runner,
}

impl Sandbox {
    fn new() -> Self {
        let runner = Runner::new().file("promotion.yaml", PROMOTION).arg("promotion.yaml").env("RUNNER_ACTOR", "ada");
        copy_folder(&mlflow_store(), &runner.dir().join("mlruns"));
        Self { runner }
    }

    /// Returns a run that moves the alias from version 1 to another.
    fn spawn_promotion(&self, version: u64) -> Running {
        let setting = format!("job.version={version}");
        self.runner.spawn_with(&["--set", &setting, "--set", "job.expect=1"])
    }

    fn root(&self) -> PathBuf {
        self.runner.dir().join("mlruns")
    }

    /// Returns the path of a file of the model `bikes`.
    fn bikes(&self, path: &str) -> PathBuf {
        self.root().join("models/bikes").join(path)
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.bikes(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.bikes(path)).ok()
    }

    fn alias(&self, alias: &str) -> Option<String> {
        self.read(&format!("aliases/{alias}"))
    }

    fn history(&self, alias: &str) -> Vec<Value> {
        serde_json::from_str(&self.read(&format!("tags/runner.history.{alias}")).unwrap()).unwrap()
    }

    /// Returns every file of the store except the lock.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect_files(&self.root(), &mut files);
        files.remove(&self.root().join(".runner.lock"));
        files
    }
}

/// Runs the promotion, and asserts that the store does not change.
fn assert_unchanged(sandbox: &Sandbox, args: &[&str]) -> String {
    let before = sandbox.files();
    let output = sandbox.runner.run_with(args);
    assert!(sandbox.files() == before, "something changed: {output}");
    output.snapshot()
}
