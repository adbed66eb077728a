//! The config of a process: what is started, and how it is stopped.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::ready::ReadyConfig;
use crate::process::{CommandLine, Variables};

const MAX_NAME: usize = 64;

/// How often a process is started again if its config does not say.
const DEFAULT_RESTARTS: u32 = 3;

/// A program that runs beside the jobs, such as a server that they use.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessConfig {
    /// The name of the process in logs and in `needs` of jobs: letters, digits, `.`, `_` and `-`.
    #[serde(deserialize_with = "name")]
    #[schemars(length(min = 1))]
    pub name: String,
    /// The program and its arguments. They are run without a shell, and other users of the machine can see them: pass a
    /// secret in `env`.
    pub command: CommandLine,
    /// The folder that the program starts in; by default the current one. A relative path of the program starts
    /// there.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub cwd: Option<PathBuf>,
    /// Variables that are added to the environment of the program. Values may be secrets: write `${env:NAME}` or
    /// `${file:path}`.
    #[serde(default)]
    pub env: Variables,
    /// When the process starts: `beginning` before the first job of the config, `on_demand` before the first job that names
    /// it in `needs`.
    #[serde(default)]
    pub start: StartTime,
    /// How to find out that the process can be used; by default it can as soon as it runs.
    #[serde(default)]
    pub ready: Option<ReadyConfig>,
    /// How the process is stopped.
    #[serde(default)]
    pub stop: StopConfig,
    /// Whether the process is started again when it fails: `on_failure` after an exit code other than 0 or a signal, and
    /// only once it was ready.
    #[serde(default)]
    pub restart: RestartPolicy,
    /// How often the process is started again at most; 3 times by default. Only with `restart: on_failure`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub max_restarts: Option<u32>,
}

/// When a process starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartTime {
    /// Before the first job of the config.
    #[default]
    Beginning,
    /// Before the first job that names it in `needs`.
    OnDemand,
}

/// Whether a process is started again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// Never.
    #[default]
    Never,
    /// After an exit code other than 0, or a signal.
    OnFailure,
}

/// How a process is stopped.
#[derive(Debug, Clone, PartialEq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StopConfig {
    /// The signal that asks the process to end. It goes to its whole process group. On Windows the process is ended at once.
    pub signal: StopSignal,
    /// Seconds that the process may take to end. After that it is killed with its children.
    #[schemars(range(min = 0, max = 3600))]
    pub timeout: u64,
}

impl Default for StopConfig {
    fn default() -> Self {
        Self { signal: StopSignal::Term, timeout: 10 }
    }
}

impl StopConfig {
    /// Returns how long the process may take to end.
    pub(super) const fn grace(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

/// A signal that asks a process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum StopSignal {
    /// `SIGTERM`.
    Term,
    /// `SIGINT`.
    Int,
    /// `SIGQUIT`.
    Quit,
    /// `SIGHUP`.
    Hup,
    /// `SIGKILL`, which a process cannot handle.
    Kill,
}

/// Deserializes the name of a process.
fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    match name.len() <= MAX_NAME && name.chars().all(is_allowed) {
        true => Ok(name),
        false => Err(de::Error::custom(format!(
            "a name of a process has letters, digits, `.`, `_` and `-`, and {MAX_NAME} of them at most"
        ))),
    }
}

impl ProcessConfig {
    /// Returns how often the process is started again at most.
    pub(super) fn restart_limit(&self) -> u32 {
        match self.restart {
            RestartPolicy::Never => 0,
            RestartPolicy::OnFailure => self.max_restarts.unwrap_or(DEFAULT_RESTARTS),
        }
    }

    /// Returns a field that contradicts another one, with the reason and what to do.
    pub(crate) fn contradiction(&self) -> Option<(&'static str, &'static str, &'static str)> {
        let is_useless = self.restart == RestartPolicy::Never && self.max_restarts.is_some();
        is_useless.then_some((
            "max_restarts",
            "`max_restarts` needs `restart: on_failure`",
            "add `restart: on_failure`, or remove `max_restarts`",
        ))
    }
}

/// Returns the index of the first process with the name of an earlier one.
pub(crate) fn find_duplicate(processes: &[ProcessConfig]) -> Option<usize> {
    let is_known = |index: &usize| processes[..*index].iter().any(|earlier| earlier.name == processes[*index].name);
    (0..processes.len()).find(is_known)
}
