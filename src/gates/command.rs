//! A program that says yes or no.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::outcome::{Finding, GateMode, Ruling, Verdict};

/// Runs a program that must end with exit code 0. It is told of the version in its environment and as JSON on its
/// standard input; the last lines of its output are the reason.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "Raw")]
#[schemars(with = "Raw")]
pub struct CommandGate {
    command: Vec<String>,
    timeout: u64,
    pub(super) mode: GateMode,
}

/// The gate as a config writes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// The program and its arguments. No shell sees them, but other users of the machine can: a secret belongs in a
    /// variable, which the program inherits.
    #[schemars(length(min = 1))]
    command: Vec<String>,
    /// How long it may take, in seconds; then it is killed with its children.
    #[serde(default = "minute")]
    #[schemars(range(min = 1, max = 86400))]
    timeout: u64,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    mode: GateMode,
}

/// How a program ended that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandEnd {
    /// Its exit code, where it had one.
    pub(crate) code: Option<i32>,
    /// Whether it was killed because it took too long.
    pub(crate) is_late: bool,
    /// How it ended, in words that begin with "the program".
    pub(crate) how: String,
    /// Its own last words.
    pub(crate) words: String,
}

impl TryFrom<Raw> for CommandGate {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        let Raw { command, timeout, mode } = raw;
        match command.first() {
            Some(program) if !program.trim().is_empty() => {}
            _ => return Err("`command` names no program; write `[program, argument, …]`".into()),
        }
        if command.iter().any(|word| word.contains('\0')) {
            return Err("`command` holds a NUL character, which no program can be given".into());
        }
        Ok(Self { command, timeout, mode })
    }
}

impl CommandGate {
    pub(super) const KIND: &'static str = "CommandGate";

    /// Returns the program and its arguments.
    pub(crate) fn command(&self) -> &[String] {
        &self.command
    }

    /// Returns how long it may take.
    pub(crate) const fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// Judges how the program ended.
    pub(crate) fn judge(&self, end: &CommandEnd) -> Verdict {
        let CommandEnd { code, is_late, how, words } = end;
        let how = if *is_late { format!("{how} after {} s", self.timeout) } else { how.clone() };
        let reason = if words.is_empty() { how } else { format!("{how}: {words}") };
        let verdict = match (code, is_late) {
            (Some(0), false) => Verdict::passed(Self::KIND, self.mode, reason),
            (_, true) => Verdict::failed(Self::KIND, self.mode, Ruling::CommandTimedOut, reason),
            _ => Verdict::failed(Self::KIND, self.mode, Ruling::CommandFailed, reason),
        };
        let candidate = code.map(|code| Finding { value: json!(code), source: "exit code".to_owned() });
        Verdict { candidate, ..verdict }
    }
}

const fn minute() -> u64 {
    60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(yaml: &str) -> Result<CommandGate, String> {
        serde_yaml::from_str(yaml).map_err(|error| error.to_string())
    }

    #[test]
    fn only_exit_code_0_in_time_passes() {
        let cases = [
            (Some(0), false, Ruling::Passed),
            (Some(1), false, Ruling::CommandFailed),
            (Some(-1), false, Ruling::CommandFailed),
            (Some(256), false, Ruling::CommandFailed),
            (None, false, Ruling::CommandFailed),
            (None, true, Ruling::CommandTimedOut),
            (Some(0), true, Ruling::CommandTimedOut),
        ];
        let gate = gate("{command: [check]}").unwrap();
        for (code, is_late, ruling) in cases {
            let end = CommandEnd { code, is_late, how: "the program ended".into(), words: "so".into() };
            let verdict = gate.judge(&end);
            assert_eq!((verdict.code, verdict.passed), (ruling, ruling == Ruling::Passed), "{end:?}");
            assert!(verdict.reason.ends_with(": so"), "{verdict:?}");
            assert_eq!(verdict.candidate.map(|found| found.value), code.map(|code| json!(code)));
        }
    }

    #[test]
    fn a_program_without_words_leaves_how_it_ended() {
        let end = CommandEnd { code: None, is_late: true, how: "it was killed".into(), words: String::new() };
        assert_eq!(gate("{command: [check], timeout: 5}").unwrap().judge(&end).reason, "it was killed after 5 s");
    }

    #[test]
    fn a_command_without_a_program_is_refused() {
        for bad in ["{command: []}", "{command: ['']}", "{command: [' ', x]}", "{command: [\"a\", \"\\0\"]}"] {
            assert!(gate(bad).unwrap_err().contains("`command`"), "{bad}");
        }
    }
}
