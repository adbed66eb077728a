//! A stage: a config, a registry and a command, and what a person then sees on the screen.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Runner, Running};
use crate::support::terminal::final_screen;

/// What stands between a screen and what was staged, in a snapshot.
pub(super) const CURTAIN: &str = "=== what was staged ===\n";

/// Variables that every run has, and that no screen shows.
const HIDDEN: [(&str, &str); 2] = [("TERM", "xterm-256color"), ("RUNNER_ACTOR", "ada")];

/// Makes a run without a config.
pub(super) fn staged() -> Runner {
    with_variables(Runner::new())
}

/// Sets the variables that every run has.
pub(super) fn with_variables(runner: Runner) -> Runner {
    HIDDEN.iter().fold(runner, |runner, (name, value)| runner.env(name, *value))
}

/// Makes a run of a job on a registry, with the settings that most people have.
pub(super) fn release_at(uri: &str, job: &str) -> Runner {
    staged().file("release.yaml", services(uri) + &format!("job: {job}\n")).arg("release.yaml")
}

/// Makes a run of a job on a fake registry.
pub(super) fn release(fake: &FakeMlflow, job: &str) -> Runner {
    release_at(&fake.uri(), job)
}

/// Makes a run of a list of jobs on a fake registry.
pub(super) fn releases(fake: &FakeMlflow, jobs: &[&str]) -> Runner {
    let jobs: String = jobs.iter().map(|job| format!("  - {job}\n")).collect();
    staged().file("release.yaml", services(&fake.uri()) + &format!("jobs:\n{jobs}")).arg("release.yaml")
}

/// Returns the services of a config. One retry without a pause keeps the tests short.
pub(super) fn services(uri: &str) -> String {
    format!(
        "\
services:
  mlflow:
    tracking_uri: {uri}
    registry_name: bikes
    http_request_timeout: 30
    http_request_max_retries: 1
    http_request_backoff_factor: 0
    http_request_backoff_jitter: 0
"
    )
}

/// Returns where the aliases of a registry are.
pub(super) fn aliases(fake: &FakeMlflow) -> String {
    let at = |((model, alias), version): (&(String, String), &u64)| format!("{model}@{alias} is at version {version}");
    let all: Vec<String> = fake.aliases().iter().map(at).collect();
    if all.is_empty() { "no alias exists".to_owned() } else { all.join(", ") }
}

/// What a terminal shows: a command, its output and its exit code.
pub(super) struct Screen {
    text: String,
}

impl Screen {
    /// Runs a command to its end.
    pub(super) fn of(runner: &Runner) -> Self {
        Self::of_running(runner, runner.spawn_on_screen())
    }

    /// Waits for the end of a command that runs.
    pub(super) fn of_running(runner: &Runner, running: Running) -> Self {
        let mut command = runner.command_line();
        for (name, value) in HIDDEN {
            command = command.replacen(&format!("{name}={value} "), "", 1);
        }
        Self::of_command(&command, runner.dir(), running)
    }

    /// Waits for the end of a command that runs, and that a person would type in another way.
    pub(super) fn of_command(command: &str, dir: &Path, running: Running) -> Self {
        let run = running.finish();
        let shown = final_screen(&run.stderr).join("\n");
        assert!(shown.is_empty() || shown.ends_with('\n'), "the last line does not end:\n{shown}");
        let screen = format!("$ {command}\n{shown}$ echo $?\n{}\n", run.code);
        Self { text: normalized(&screen.replace(&*dir.to_string_lossy(), "/home/ada")) }
    }

    /// Compares the screen to its snapshot, under the name of a test. The situation and the truth stand below it.
    #[track_caller]
    pub(super) fn assert(&self, test: &str, situation: &str, truth: &str) {
        let mut parts = test.split("::").skip_while(|part| *part != "screens").skip(1);
        let (group, name) = (parts.next().unwrap(), parts.next().unwrap());
        let mut text = self.text.clone();
        write!(text, "\n{CURTAIN}{situation}\nAfterwards: {truth}.\n").unwrap();
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("{group}__{name}"), text));
    }
}

/// Compares a screen to the snapshot of the test that this stands in: the situation, the truth afterwards, the screen.
macro_rules! assert_screen {
    ($situation:expr, $truth:expr, $screen:expr) => {{
        fn here() {}
        $screen.assert(std::any::type_name_of_val(&here), $situation, &$truth);
    }};
}
pub(super) use assert_screen;

static PORT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"127\.0\.0\.1:\d{4,5}").unwrap());
static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b20\d\d-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+)?").unwrap());
static CLOCK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(^|[^T \d])\d\d:\d\d:\d\d( |\.)").unwrap());
static SECONDS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(\bseconds"?[=:] ?)\d+\.\d+|\b\d+\.\d{3}( s)\b"#).unwrap());
static LATENCY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(after|within) \d+ ms\b").unwrap());

static TRIES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(channel="WebhookChannel" attempts=)\d+"#).unwrap());

/// Replaces what differs from run to run by something of the same kind.
fn normalized(text: &str) -> String {
    let text = PORT.replace_all(text, "127.0.0.1:50000");
    let text = TIME.replace_all(&text, |time: &Captures<'_>| {
        let fraction = time.get(2).map_or("", |fraction| fraction.as_str());
        let fraction: String = fraction.chars().map(|digit| if digit == '.' { '.' } else { '7' }).collect();
        format!("2026-11-29{}03:00:07{fraction}", &time[1])
    });
    let text = CLOCK.replace_all(&text, "${1}03:00:07${2}");
    let text = SECONDS.replace_all(&text, |found: &Captures<'_>| {
        let part = |at: usize| found.get(at).map_or("", |part| part.as_str());
        format!("{}0.004{}", part(1), part(2))
    });
    let text = LATENCY.replace_all(&text, "${1} 1 ms");
    let text = TRIES.replace_all(&text, "${1}2");
    let mut lines: Vec<&str> = text.lines().collect();
    // Of two reads that are made at once, either may be tried again first.
    for retries in lines.chunk_by_mut(|one, other| [one, other].iter().all(|line| line.contains("trying again"))) {
        retries.sort_unstable();
    }
    lines.join("\n") + "\n"
}
