//! A folder with a store, and a job that is killed during a write.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::mlflow_client::template;
use crate::support::file_store_fixture;
use crate::support::harness::{Output, Runner, Running};

/// The store that the job writes to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Store {
    Files,
    Sqlite,
}

/// The job that is killed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Job {
    /// Moves `Champion` of `bikes` from version 1 to 2, and records it.
    Promotion,
    /// Makes the model `new`, its first version and the alias `New`.
    Registration,
}

impl Job {
    pub(super) const ALL: [Self; 2] = [Self::Promotion, Self::Registration];

    fn config(self) -> &'static str {
        match self {
            Self::Promotion => "job: { KIND: PromotionJob, name: bikes, alias: Champion, version: 2 }\n",
            Self::Registration => {
                "job: { KIND: RegistrationJob, name: new, source: 's3://b/1', alias: New, tags: { a: b, c/d: e } }\n"
            }
        }
    }
}

/// A temporary folder with its own store.
pub(super) struct Sandbox {
    runner: Runner,
    store: Store,
    job: Job,
    killed: String,
}

impl Sandbox {
    pub(super) fn new(store: Store, job: Job, killed: &str) -> Self {
        let runner = Runner::with_program("env").env("RUNNER_ACTOR", "ada").file("job.yaml", job.config());
        let runner = runner
            .file("history.yaml", "job: { KIND: HistoryJob, name: bikes, alias: Champion }\n")
            .file("another.yaml", "job: { KIND: PromotionJob, name: bikes, alias: Another, version: 1 }\n");
        match store {
            Store::Files => {
                file_store_fixture::copy_folder(&file_store_fixture::mlflow_store(), &runner.dir().join("mlruns"))
            }
            Store::Sqlite => fs::copy(template(), runner.dir().join("mlflow.db")).map(drop).unwrap(),
        }
        let sandbox = Self { runner, store, job, killed: format!("{store:?} {job:?} {killed}") };
        let uri = sandbox.uri();
        Self { runner: sandbox.runner.env("MLFLOW_TRACKING_URI", uri), ..sandbox }
    }

    /// Returns the URI of the store.
    pub(super) fn uri(&self) -> String {
        let folder = self.runner.dir().display();
        match self.store {
            Store::Files => format!("{folder}/mlruns"),
            Store::Sqlite => format!("sqlite:///{folder}/mlflow.db"),
        }
    }

    /// Returns the killed job.
    pub(super) fn job(&self) -> Job {
        self.job
    }

    /// Returns the killed job and the moment of the kill.
    pub(super) fn killed(&self) -> &str {
        &self.killed
    }

    /// Runs the job, optionally under another program.
    pub(super) fn run(&self, under: &[&str]) -> Output {
        self.runner.run_with(&[under, &[env!("CARGO_BIN_EXE_runner"), "-qqq", "job.yaml"]].concat())
    }

    /// Starts the job.
    pub(super) fn spawn(&self) -> Running {
        self.runner.spawn_with(&[env!("CARGO_BIN_EXE_runner"), "-qqq", "job.yaml"])
    }

    /// Runs another job that writes.
    pub(super) fn run_another(&self) -> Output {
        self.runner.run_with(&[env!("CARGO_BIN_EXE_runner"), "-qqq", "another.yaml"])
    }

    /// Returns the strace output of the run.
    pub(super) fn trace(&self) -> String {
        fs::read_to_string(self.runner.dir().join("trace")).unwrap()
    }

    /// Returns whether the last history entry matches the alias, as the program reads them.
    pub(super) fn history_matches_alias(&self) -> bool {
        let run = self.runner.run_with(&[env!("CARGO_BIN_EXE_runner"), "-qqq", "history.yaml", "--output", "json"]);
        let result: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
        let history = &result["jobs"][0]["outcome"]["history"][0];
        // Without an entry the alias is at version 1, where it was before the job.
        history["records"] == "current" || (history["records"] == "none" && history["version"] == 1)
    }

    /// Returns whether the store holds an undo record.
    pub(super) fn has_unfinished_move(&self) -> bool {
        self.runner.dir().join("mlruns/.runner.trash/undo.json").exists()
    }

    /// Returns leftovers of a killed run: staged files, journals, and models and versions without `meta.yaml`.
    pub(super) fn leftovers(&self) -> Vec<String> {
        let mut found = vec![];
        collect(self.runner.dir(), &mut found);
        found.sort();
        found
    }
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    let above = folder.parent().and_then(Path::file_name).is_some_and(|name| name == "models");
    let is_version = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("version-"));
    if (above || is_version) && !folder.join("meta.yaml").exists() {
        found.push(folder.display().to_string());
    }
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if (name.starts_with(".runner") && name != ".runner.lock") || name.contains(".db-") {
            found.push(entry.path().display().to_string());
        }
        if entry.path().is_dir() {
            collect(&entry.path(), found);
        }
    }
}
