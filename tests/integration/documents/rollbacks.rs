//! The story of a rollback as the README tells it.

use regex::Regex;
use rusqlite::Connection;

use super::{shell, with_examples};
use crate::support::harness::Runner;
use crate::support::sqlite_fixture::unpack;

/// A database that MLflow made, whose versions are some days old, with a Champion that was promoted twice.
pub(super) struct Tour {
    runner: Runner,
}

impl Tour {
    pub(super) fn start() -> Self {
        let runner = with_examples().env("RUNNER_ACTOR", "ada");
        let path = runner.dir().join("mlflow.db");
        unpack("3.18.0", &path);
        let days_old =
            "UPDATE model_versions SET creation_time = (unixepoch() - 86400 * (20 - 6 * version) - 60) * 1000";
        Connection::open(&path).unwrap().execute(days_old, []).unwrap();
        for (version, message) in [("2", "weekly release"), ("3", "a deeper model")] {
            let set = [format!("job.version={version}"), format!("job.message={message}")];
            let run = runner.run_with(&["confs/promotion.yaml", "--set", &set[0], "--set", &set[1]]);
            assert_eq!(run.code, 0, "{run}");
        }
        Self { runner }
    }

    pub(super) fn rollback(&self) -> String {
        self.show("runner confs/rollback.yaml --set job.message='errors since 02:40'")
    }

    pub(super) fn history(&self) -> String {
        self.show("runner confs/history.yaml --set job.alias=Champion")
    }

    pub(super) fn status(&self) -> String {
        self.show("runner confs/status.yaml")
    }

    /// Runs a command as it is shown; what is quoted in it is one argument.
    fn show(&self, command: &str) -> String {
        let words = Regex::new(r"(?:'[^']*'|[^ '])+").unwrap();
        let args: Vec<String> = words.find_iter(command).skip(1).map(|word| word.as_str().replace('\'', "")).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = self.runner.run_with(&args);
        assert_eq!(run.code, 0, "{run}");
        let times = Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d").unwrap();
        shell(command, &times.replace_all(&run.stdout, "2026-11-23 02:47:11"))
    }
}
