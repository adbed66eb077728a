//! Runs the commands of a page, each section in its own folder.

#![cfg(unix)]

use std::path::Path;

use regex::Regex;
use rusqlite::Connection;
use serde_json::Value;

use super::{files, root};
use crate::support::harness::Runner;
use crate::support::receiver::{Receiver, Reply};
use crate::support::sqlite_fixture::unpack;

/// Placeholders for values that differ from run to run.
const STABLE: [(&str, &str); 5] = [
    (r"\d+\.\d{3} s", "0.004 s"),
    (r"\d+ ms", "1 ms"),
    (r"Planned on \S+", "Planned on 2026-11-23T14:53:42Z"),
    (r"is [0-9dhms ]+ old", "is 3d 4h 5m 6s old"),
    (r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-23 02:47:11"),
];

/// Runs the commands of a section in order, and returns it with their output: standard output if present, else
/// standard error.
///
/// A setup may give the exit codes, `bikes, exits 0 3`; the default is 0.
pub(super) fn run(setup: &str, body: &str) -> String {
    let (setup, exits) = setup.split_once(", exits ").unwrap_or((setup, ""));
    let mut exits = exits.split(' ').map(|code| code.parse().unwrap_or(0)).chain(std::iter::repeat(0));
    let place = Place::new(setup);
    let mut shown = vec![];
    for command in body.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let run = place.shell(command);
        assert_eq!(Some(run.code), exits.next(), "{command}: {run}");
        let output = if run.stdout.is_empty() { run.stderr } else { run.stdout };
        shown.push(format!("```console\n$ {command}\n{}```\n", place.stable(&output)));
    }
    assert!(!shown.is_empty(), "a section of {setup:?} shows no command");
    shown.join("\n")
}

/// Runs the commands of a section on a database instead of a server, and returns the section unchanged.
pub(super) fn check_commands(body: &str) -> String {
    let script = body
        .replace("```sh\n", "set -e\n")
        .replace("```\n", "")
        .replace("http://127.0.0.1:5000", "sqlite:///mlflow.db");
    // Not every machine has jq.
    let script = Regex::new(r"\| jq [^\n]*").unwrap().replace_all(&script, "");
    Place::new("old champion").succeed(&script);
    body.to_owned()
}

/// Returns the JSON that the quickstart prints about its promotion.
pub(super) fn json() -> String {
    let run = Place::new("empty").shell("runner confs/quickstart.yaml --output json");
    let mut result: Value = serde_json::from_str(&run.stdout).unwrap();
    result["seconds"] = 0.0118.into();
    let mut job = result["jobs"][1].take();
    job["seconds"] = 0.0041.into();
    for time in ["creation_timestamp", "last_updated_timestamp"] {
        job["outcome"]["model_version"][time] = 1_795_447_078_705_i64.into();
    }
    result["jobs"] = vec![job].into();
    format!("```json\n{result:#}\n```\n")
}

/// A folder with the examples, where commands run.
pub(super) struct Place {
    runner: Runner,
    /// Placeholders for values of this machine.
    replaced: Vec<(String, &'static str)>,
    _endpoint: Option<Receiver>,
}

impl Place {
    /// Creates a folder with the examples and the files of a setup.
    pub(super) fn new(setup: &str) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_runner"));
        let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let mut runner = Runner::with_program("sh").env("PATH", path).env("RUNNER_ACTOR", "ada");
        for path in files(&root().join("confs")) {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            runner = runner.file(&name, std::fs::read(&path).unwrap());
        }
        let dir = runner.dir().to_string_lossy().into_owned();
        let mut place = Self { runner, replaced: vec![(dir, "/home/ada")], _endpoint: None };
        match setup {
            "empty" => {}
            "bad config" => place.write("bad.yaml", BAD_CONFIG),
            "bikes" => place.unpack_bikes(),
            "approved bikes" => {
                place.unpack_bikes();
                place.sql("INSERT INTO model_version_tags (name, version, key, value) VALUES ('bikes', 2, 'approved_by', 'ada')");
            }
            "two versions" => place.succeed(&format!("echo '{TWO_VERSIONS}' | runner -")),
            "old champion" => place.promote_old_version(),
            "promoted bikes" => place.promote_bikes(),
            "rolled back bikes" => {
                place.promote_bikes();
                place.succeed("runner confs/rollback.yaml --set job.message='errors since 02:40'");
            }
            "unreachable server" => {
                place.unpack_bikes();
                place.write("elsewhere.yaml", UNREACHABLE);
                place.replaced.push(("127.0.0.1:1".to_owned(), "mlflow:5000"));
            }
            "stale endpoint" => place.serve_version_1(),
            _ => panic!("there is no setup {setup:?}"),
        }
        place
    }

    /// Runs a shell command.
    pub(super) fn shell(&self, command: &str) -> crate::support::harness::Output {
        self.runner.run_with(&["-c", command])
    }

    fn succeed(&self, command: &str) {
        let run = self.shell(command);
        assert_eq!(run.code, 0, "{command}: {run}");
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.runner.dir().join(name), text).unwrap();
    }

    /// Adds a database that MLflow created: `bikes` with three versions and their metrics.
    fn unpack_bikes(&self) {
        unpack("3.18.0", &self.runner.dir().join("mlflow.db"));
    }

    fn sql(&self, statement: &str) {
        Connection::open(self.runner.dir().join("mlflow.db")).unwrap().execute(statement, []).unwrap();
    }

    /// Promotes `bikes` twice, after backdating its versions by days.
    fn promote_bikes(&self) {
        self.unpack_bikes();
        self.sql("UPDATE model_versions SET creation_time = (unixepoch() - 86400 * (20 - 6 * version) - 60) * 1000");
        for (version, message) in [(2, "weekly release"), (3, "a deeper model")] {
            let set = format!("--set job.version={version} --set job.message='{message}'");
            self.succeed(&format!("runner confs/promotion.yaml {set}"));
        }
    }

    /// Registers two versions, and promotes the first.
    fn promote_old_version(&self) {
        self.succeed(&format!("echo '{TWO_VERSIONS}' | runner -"));
        self.succeed("runner confs/promotion.yaml --set job.version=1");
    }

    /// Starts an endpoint that keeps serving version 1, and sets an alias.
    fn serve_version_1(&mut self) {
        let answer = r#"{"name": "bikes", "state": "READY", "versions": ["1"]}"#;
        let endpoint = Receiver::start((0..3).map(|_| Reply::saying(200, answer)));
        self.promote_old_version();
        let runner = std::mem::replace(&mut self.runner, Runner::with_program("sh"));
        self.runner = runner
            .env("SERVING_URL", endpoint.url(""))
            .env("RUNNER__JOB__VERIFY__SETTLE", "0")
            .env("RUNNER__JOB__VERIFY__INTERVAL", "0");
        self.replaced.push((endpoint.url(""), "https://serving.example.com"));
        self._endpoint = Some(endpoint);
    }

    /// Replaces values that differ between runs and machines.
    fn stable(&self, output: &str) -> String {
        let mut output = output.to_owned();
        for (found, shown) in &self.replaced {
            output = output.replace(found, shown);
        }
        for (pattern, shown) in STABLE {
            output = Regex::new(pattern).unwrap().replace_all(&output, shown).into_owned();
        }
        output
    }
}

const BAD_CONFIG: &str =
    "services:\n  mlflow: { registry_name: bikes }\njob:\n  KIND: PromotionJob\n  alais: Champion\n  version: -3\n";
const UNREACHABLE: &str =
    "{job: {KIND: PromotionJob, name: bikes}, services: {mlflow: {tracking_uri: \"http://127.0.0.1:1\"}}}\n";
const TWO_VERSIONS: &str = "{jobs: [{KIND: RegistrationJob, name: bikes, source: confs/quickstart}, \
                            {KIND: RegistrationJob, name: bikes, source: confs/quickstart}]}";
