//! Compares batches of 100 to 10,000 promotions with a bare loop of the same requests, in one run.
//!
//! `just bench` (that is `cargo bench --bench batch`). The server is a separate process that answers from memory, so
//! that the client is measured. Both sides are measured as whole processes.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and ends where it cannot go on")]

mod bare;
#[path = "../common/mod.rs"]
mod common;
mod server;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{median, ratio};

const RUNNER: &str = env!("CARGO_BIN_EXE_runner");
const SIZES: [usize; 3] = [100, 1_000, 10_000];
const CONCURRENCY: usize = 32;
const ROUNDS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => return server::serve(),
        ["bare", uri, jobs] => return bare::promotions(uri, jobs.parse().unwrap(), CONCURRENCY),
        _ => {}
    }
    let folder = tempfile::tempdir().unwrap();
    rest(folder.path());
    sqlite(folder.path());
}

fn rest(folder: &Path) {
    println!(
        "promotions on a server that answers from memory, {CONCURRENCY} at once: the medians of {ROUNDS} rounds, and of \
         the ratios of each; the goal for {} jobs is at most 1.20",
        SIZES[2]
    );
    for jobs in SIZES {
        let config = batch(folder, jobs);
        let rounds: Vec<[Served; 2]> = (0..ROUNDS).map(|round| compare(folder, &config, jobs, round)).collect();
        let [ours, bare] = [0, 1].map(|side| median(rounds.iter().map(|round| round[side].time)));
        let mut ratios: Vec<f64> = rounds.iter().map(|[ours, bare]| ratio(ours.time, bare.time)).collect();
        ratios.sort_by(f64::total_cmp);
        println!(
            "  {jobs:>6} jobs, {} requests: runner {} ({:.3} ms each, peak {}), bare loop {}, ratio {:.2} (from {:.2} to \
             {:.2}); reading the config takes {} of it",
            rounds[0][0].requests,
            format_duration(ours),
            each(ours, jobs),
            format_memory(rounds.iter().filter_map(|[ours, _]| ours.memory).reduce(f64::max)),
            format_duration(bare),
            ratios[ROUNDS / 2],
            ratios[0],
            ratios[ROUNDS - 1],
            format_duration(median((0..ROUNDS).map(|_| load(folder, &config)))),
        );
    }
}

/// The measurements of one side on its own server.
struct Served {
    time: Duration,
    memory: Option<f64>,
    requests: usize,
}

/// Measures the runner and the bare loop, each on a fresh server, one directly after the other, so that other load on
/// the machine affects both. They take turns in going first.
fn compare(folder: &Path, config: &str, jobs: usize, round: usize) -> [Served; 2] {
    let ours = || on_server(|uri| run(folder, config, uri, CONCURRENCY));
    let bare = || on_server(|uri| measure(with_memory(own_path()).args(["bare", uri, &jobs.to_string()])));
    let [ours, bare] = if round.is_multiple_of(2) {
        let bare = bare();
        [ours(), bare]
    } else {
        [ours(), bare()]
    };
    assert_eq!(ours.requests, bare.requests, "the sides asked for different things");
    [ours, bare]
}

/// Measures work on a fresh server, which counts the requests.
fn on_server(work: impl FnOnce(&str) -> (Duration, Option<f64>)) -> Served {
    let (mut server, uri) = start();
    let (time, memory) = work(&uri);
    let requests = server::requests(&uri);
    server.kill().unwrap();
    server.wait().unwrap();
    Served { time, memory, requests }
}

/// Returns the time to load and validate a config.
fn load(folder: &Path, config: &str) -> Duration {
    let began = Instant::now();
    run_to_end(Command::new(RUNNER).current_dir(folder).env_clear().args(["--check", config]));
    began.elapsed()
}

fn sqlite(folder: &Path) {
    let uri = format!("sqlite:///{}/batch.db", folder.display());
    let first = "{job: {KIND: RegistrationJob, name: m0, source: 's3://bucket/model'}}";
    std::fs::write(folder.join("empty.yaml"), "services: {}\n").unwrap();
    let mut registration = Command::new(RUNNER);
    run_to_end(registration.current_dir(folder).env("MLFLOW_TRACKING_URI", &uri).args([
        "-q",
        "-e",
        first,
        "empty.yaml",
    ]));
    let many = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last})
         INSERT INTO registered_models (name, creation_time, last_updated_time) SELECT 'm' || i, 0, 0 FROM n;
         INSERT INTO model_versions (name, version, creation_time, last_updated_time, current_stage, source, status)
         SELECT name, 1, 0, 0, 'None', 's3://bucket/model', 'READY' FROM registered_models WHERE name <> 'm0';",
        last = SIZES[2] - 1
    );
    run_to_end(Command::new("sqlite3").arg(folder.join("batch.db")).arg(many));
    println!("\npromotions on SQLite, one after another, each synced to disk twice (alias and history)");
    for jobs in SIZES {
        let (ours, memory) = run(folder, &batch(folder, jobs), &uri, 1);
        let (time, memory) = (format_duration(ours), format_memory(memory));
        println!("  {jobs:>6} jobs: runner {time} ({:.3} ms each, peak {memory})", each(ours, jobs));
        run_to_end(Command::new("sqlite3").arg(folder.join("batch.db")).arg("DELETE FROM registered_model_aliases"));
    }
}

/// Writes a config with `jobs` promotions of different models.
fn batch(folder: &Path, jobs: usize) -> String {
    let mut text = String::from("services: { alerts: { enable: false } }\njobs:\n");
    for job in 0..jobs {
        let _ = writeln!(text, "  - {{ KIND: PromotionJob, name: m{job}, version: 1 }}");
    }
    let name = format!("batch-{jobs}.yaml");
    std::fs::write(folder.join(&name), text).unwrap();
    name
}

/// Runs a batch, and returns its wall time and its peak memory in MB.
fn run(folder: &Path, config: &str, uri: &str, concurrency: usize) -> (Duration, Option<f64>) {
    let mut command = with_memory(RUNNER);
    command.current_dir(folder).env_clear().env("MLFLOW_TRACKING_URI", uri);
    measure(command.args(["-q", "-j", &concurrency.to_string(), config]))
}

/// Returns the command of a program under GNU time, which reports the peak memory, if it is installed.
fn with_memory(program: impl AsRef<OsStr>) -> Command {
    const GNU_TIME: &str = "/usr/bin/time";
    if !Path::new(GNU_TIME).exists() {
        return Command::new(program);
    }
    let mut command = Command::new(GNU_TIME);
    command.args(["-f", "%M"]).arg(program);
    command
}

/// Runs a command under GNU time, and returns its wall time and its peak memory in MB; `None` without GNU time.
fn measure(command: &mut Command) -> (Duration, Option<f64>) {
    let began = Instant::now();
    let stderr = run_to_end(command);
    let time = began.elapsed();
    let kilobytes = stderr.lines().last().and_then(|line| line.trim().parse::<f64>().ok());
    (time, kilobytes.map(|kilobytes| kilobytes / 1024.0))
}

/// Runs a command and returns its standard error. Panics if it fails.
fn run_to_end(command: &mut Command) -> String {
    let run = command.stdin(Stdio::null()).output().unwrap();
    let stderr = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{command:?} failed:\n{stderr}");
    stderr
}

/// Starts the server as a separate process, and returns its address.
fn start() -> (Child, String) {
    let mut server =
        Command::new(own_path()).arg("serve").stdout(Stdio::piped()).stdin(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut address).unwrap();
    (server, address.trim().to_owned())
}

/// Returns the path of this benchmark, which is also the server and the bare loop.
fn own_path() -> PathBuf {
    std::env::current_exe().unwrap()
}

fn each(time: Duration, jobs: usize) -> f64 {
    time.as_secs_f64() * 1e3 / jobs as f64
}

fn format_memory(megabytes: Option<f64>) -> String {
    megabytes.map_or_else(|| "unknown without GNU time".to_owned(), |megabytes| format!("{megabytes:.1} MB"))
}

fn format_duration(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}
