//! Compares one promotion with the same work by `curl`, `sqlite3` and Python's `MlflowClient`, in one run.
//!
//! `just bench` (that is `cargo bench --bench promotion`). Each figure is a median of wall times of whole processes.
//! The programs take turns, so that other load on the machine affects all of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints, and ends where it cannot go on"
)]

mod common;
#[expect(dead_code, reason = "the tests need more of it than the benchmark")]
#[path = "../tests/integration/support/mlflow_server.rs"]
mod mlflow_server;
#[path = "../tests/integration/support/python.rs"]
mod python;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{median, ratio};
use mlflow_server::MlflowServer;

const RUNNER: &str = env!("CARGO_BIN_EXE_runner");
const ROUNDS: usize = 30;
const PYTHON_ROUNDS: usize = 3;

/// The requests of one promotion, made by Python's client.
const SCRIPT: &str = "
import sys
from mlflow import MlflowClient
client = MlflowClient()
client.get_registered_model('bench')
client.get_model_version('bench', sys.argv[1])
client.set_registered_model_alias('bench', 'Champion', sys.argv[1])
client.get_model_version_by_alias('bench', 'Champion')
client.set_registered_model_tag('bench', 'runner.history.Champion', '[]')
";

fn main() {
    let folder = tempfile::tempdir().unwrap();
    println!("medians of {ROUNDS} processes each, of {PYTHON_ROUNDS} for Python\n");
    startup(folder.path());
    sqlite(folder.path());
    rest(folder.path());
}

fn startup(folder: &Path) {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("confs/promotion.yaml");
    let version = median_of_rounds(ROUNDS, |_| timed(runner(folder).arg("--version")));
    let check = median_of_rounds(ROUNDS, |_| timed(runner(folder).arg("--check").arg(&config)));
    println!("start-up: --version {}, --check {}\n", format_duration(version), format_duration(check));
}

fn sqlite(folder: &Path) {
    let uri = format!("sqlite:///{}/bench.db", folder.display());
    register(folder, &uri);
    let database = folder.join("bench.db");
    let mut times = [vec![], vec![]];
    for round in 0..ROUNDS {
        let version = round % 2 + 1;
        times[0].push(timed(&mut promotion(folder, &uri, version)));
        times[1].push(timed(Command::new("sqlite3").arg(&database).arg(statements(3 - version))));
    }
    let [ours, sqlite3] = times.map(median);
    println!("one promotion on SQLite (2.3 schema), every write synced to disk");
    println!("  runner   {}", format_duration(ours));
    println!(
        "  sqlite3  {}   runner takes {:.2} times as long (goal: at most 2)\n",
        format_duration(sqlite3),
        ratio(ours, sqlite3)
    );
}

fn rest(folder: &Path) {
    let server = MlflowServer::start().uri();
    register(folder, server);
    let mut times = [vec![], vec![]];
    for round in 0..ROUNDS {
        let version = round % 2 + 1;
        times[0].push(timed(&mut promotion(folder, server, version)));
        times[1].push(timed(&mut curl(server, 3 - version)));
    }
    let [ours, curl] = times.map(median);
    let python = median_of_rounds(PYTHON_ROUNDS, |round| {
        let began = Instant::now();
        mlflow_server::python(server, SCRIPT, &[&(round % 2 + 1).to_string()]);
        began.elapsed()
    });
    println!("one promotion on an MLflow server: the same five requests each");
    println!("  runner   {}", format_duration(ours));
    println!(
        "  curl     {}   runner takes {:.2} times as long (goal: at most 1.10)",
        format_duration(curl),
        ratio(ours, curl)
    );
    println!(
        "  Python   {}   {:.0} times as long as runner (goal: at least 100)",
        format_duration(python),
        ratio(python, ours)
    );
    let size = std::fs::metadata(RUNNER).unwrap().len();
    println!("\nbinary: {:.1} MB (as benchmarked; `just dist` is smaller)", size as f64 / 1e6);
    if let Some(kilobytes) = peak(&promotion(folder, server, 1)) {
        println!("peak memory of one promotion: {:.1} MB (goal: under 15)", kilobytes / 1024.0);
    }
}

fn register(folder: &Path, uri: &str) {
    for _ in 0..2 {
        let job = "{job: {KIND: RegistrationJob, name: bench, source: 's3://bucket/model'}}";
        let mut command = runner(folder);
        timed(command.env("MLFLOW_TRACKING_URI", uri).args(["-e", job]).arg("empty.yaml"));
    }
}

fn promotion(folder: &Path, uri: &str, version: usize) -> Command {
    let mut command = runner(folder);
    let job = format!("{{job: {{KIND: PromotionJob, name: bench, version: {version}}}}}");
    command.env("MLFLOW_TRACKING_URI", uri).args(["-e", &job]).arg("empty.yaml");
    command
}

fn runner(folder: &Path) -> Command {
    let empty = folder.join("empty.yaml");
    if !empty.exists() {
        std::fs::write(empty, "services: {}\n").unwrap();
    }
    let mut command = Command::new(RUNNER);
    command.current_dir(folder).env_clear();
    command
}

/// The requests that a promotion to an exact version makes, one after another on one connection.
fn curl(server: &str, version: usize) -> Command {
    let api = format!("{server}/api/2.0/mlflow");
    let alias = format!(r#"{{"name":"bench","alias":"Champion","version":"{version}"}}"#);
    let tag = r#"{"name":"bench","key":"runner.history.Champion","value":"[]"}"#;
    let json = ["-H", "Content-Type: application/json", "-d"];
    let mut command = Command::new("curl");
    command.args(["-sSf", &format!("{api}/registered-models/get?name=bench")]);
    command.args(["--next", "-sSf", &format!("{api}/model-versions/get?name=bench&version={version}")]);
    command.args(["--next", "-sSf"]).args(json).args([&alias, &format!("{api}/registered-models/alias")]);
    command.args(["--next", "-sSf", &format!("{api}/registered-models/alias?name=bench&alias=Champion")]);
    command.args(["--next", "-sSf"]).args(json).args([tag, &format!("{api}/registered-models/set-tag")]);
    command
}

/// The statements of a promotion to an exact version.
fn statements(version: usize) -> String {
    format!(
        "PRAGMA foreign_keys=ON; SELECT version_num FROM alembic_version;
         SELECT name FROM registered_models WHERE name='bench';
         SELECT alias, version FROM registered_model_aliases WHERE name='bench';
         SELECT key, value FROM registered_model_tags WHERE name='bench';
         SELECT * FROM model_versions WHERE name='bench' AND version={version};
         BEGIN IMMEDIATE;
         INSERT INTO registered_model_aliases (name, alias, version)
           SELECT name, 'Champion', version FROM model_versions WHERE name='bench' AND version={version}
           ON CONFLICT (name, alias) DO UPDATE SET version=excluded.version;
         COMMIT;
         SELECT * FROM model_versions WHERE name='bench' AND version={version};
         BEGIN IMMEDIATE;
         INSERT INTO registered_model_tags (key, value, name) VALUES ('runner.history.Champion', '[{version}]', 'bench')
           ON CONFLICT (key, name) DO UPDATE SET value=excluded.value;
         COMMIT;"
    )
}

fn timed(command: &mut Command) -> Duration {
    let began = Instant::now();
    let run = command.stdin(Stdio::null()).output();
    let took = began.elapsed();
    match run {
        Ok(run) if run.status.success() => took,
        Ok(run) => panic!("{command:?} failed:\n{}", String::from_utf8_lossy(&run.stderr)),
        Err(error) => panic!("{command:?} does not start: {error}"),
    }
}

/// Returns the peak memory of a process in kilobytes, if GNU time is installed.
fn peak(command: &Command) -> Option<f64> {
    let mut time = Command::new("/usr/bin/time");
    time.args(["-f", "%M"]).arg(command.get_program()).args(command.get_args());
    time.current_dir(command.get_current_dir()?).envs(command.get_envs().filter_map(|(k, v)| Some((k, v?))));
    let stderr = time.output().ok()?.stderr;
    String::from_utf8_lossy(&stderr).lines().last()?.trim().parse().ok()
}

fn median_of_rounds(rounds: usize, measure: impl FnMut(usize) -> Duration) -> Duration {
    median((0..rounds).map(measure))
}

fn format_duration(time: Duration) -> String {
    format!("{:>8.1} ms", time.as_secs_f64() * 1e3)
}
