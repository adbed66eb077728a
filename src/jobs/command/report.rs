//! What a `CommandJob` reports: what would run, how the program ended, and what to do about a failure.

use serde_json::{Value, json};

use super::super::job::Kind as _;
use super::interruption::Interruption;
use super::job::CommandJob;
use super::run::CommandRun;
use crate::outcome::{Code, Failure, Findings, Outcome, Table};
use crate::process::Ending;
use crate::secret::redact_message;
use crate::text::{format_or_dash, format_time};

/// The number of last lines that a message repeats.
const QUOTED_LINES: usize = 3;

impl CommandJob {
    /// Returns the outcome of a job that only says what it would run.
    pub(super) fn planned_outcome(&self) -> Outcome {
        let mut notes = vec![format!("would run: {}", self.command.describe())];
        notes.extend(self.cwd.as_ref().map(|folder| format!("in: {}", Table::cell(&folder.display().to_string()))));
        let table = Table { title: "command".to_owned(), head: vec![], rows: vec![], notes };
        let findings = Findings::new("command", &self.document(&CommandRun::default()), vec![table]);
        Outcome { findings: Some(Box::new(findings)), state: Some("nothing was started".to_owned()), ..self.outline() }
    }

    /// Returns the outcome of a job whose program was run, or could not be.
    pub(super) fn ended_outcome(&self, run: &CommandRun) -> Outcome {
        let code = match &run.ending {
            Ending::Exited(code) => code.to_string(),
            Ending::Signalled(signal) => signal.clone(),
            Ending::TimedOut => "killed".to_owned(),
            Ending::NotStarted(_) => "-".to_owned(),
        };
        let head = ["command", "exit code", "attempts", "time"].map(str::to_owned).to_vec();
        let attempts = format_or_dash((run.attempts > 0).then_some(run.attempts));
        let row = vec![Table::cell(&self.command.describe()), code, attempts, format_time(run.seconds)];
        let table = Table { title: "command".to_owned(), head, rows: vec![row], notes: vec![] };
        let log = run.last_lines.iter().cloned().collect();
        let findings = Findings { log, ..Findings::new("command", &self.document(run), vec![table]) };
        let state = match &run.ending {
            _ if run.attempts == 0 => "nothing was started",
            ending if self.is_ok(ending) => "the program ended, and nothing of it runs on",
            _ => "unknown: the program may have done a part of its work; nothing of it runs on",
        };
        Outcome { findings: Some(Box::new(findings)), state: Some(state.to_owned()), ..self.outline() }
    }

    fn document(&self, run: &CommandRun) -> Value {
        let redacted = |words: &[String]| words.iter().map(|word| redact_message(word)).collect::<Vec<_>>();
        let signal = if let Ending::Signalled(signal) = &run.ending { Some(signal) } else { None };
        json!({
            "program": redact_message(self.command.program()),
            "arguments": redacted(self.command.args()),
            "exit_code": run.ending.exit_code(),
            "signal": signal,
            "timed_out": run.ending == Ending::TimedOut,
            "attempts": run.attempts,
            "seconds": (run.seconds * 1e3).round() / 1e3,
            "last_lines": run.last_lines,
        })
    }

    /// Returns why the job failed; none where the program succeeded.
    pub(super) fn failure(&self, run: &CommandRun, interruption: Option<Interruption>) -> Option<Failure> {
        let how = run.ending.describe(self.timeout);
        if let Some(Interruption::LostProcess(failure)) = interruption {
            return Some(if run.attempts == 0 { failure } else { self.with_process_failure(how, failure) });
        }
        if let Some(Interruption::Signal(signal)) = interruption {
            let (message, hint) = match run.attempts {
                0 => (format!("interrupted by {} before the program was started", signal.name()), RUN_AGAIN),
                _ => (format!("interrupted by {}: {how}", signal.name()), self.rerun_advice()),
            };
            return Some(Failure { code: Code::Interrupted, message, hint: Some(hint.to_owned()) });
        }
        if self.is_ok(&run.ending) {
            return None;
        }
        let (code, hint) = match &run.ending {
            Ending::NotStarted(_) => ("COMMAND_NOT_STARTED", self.start_advice()),
            Ending::TimedOut => {
                ("COMMAND_TIMED_OUT", "find out what the program waits for, or raise `job.timeout`".to_owned())
            }
            Ending::Exited(126 | 127) => {
                ("COMMAND_FAILED", "correct `job.command`, or install what it runs".to_owned())
            }
            Ending::Exited(_) | Ending::Signalled(_) if run.last_lines.is_empty() => {
                ("COMMAND_FAILED", "it printed nothing: run the program of `job.command` by hand".to_owned())
            }
            Ending::Exited(_) | Ending::Signalled(_) => {
                ("COMMAND_FAILED", "read its last lines, and mend what the program complains about".to_owned())
            }
        };
        let attempts = if run.attempts > 1 { format!(" (after {} attempts)", run.attempts) } else { String::new() };
        let message = match quote_last_lines(run) {
            Some(lines) => format!("{how}{attempts}: {lines}"),
            None => format!("{how}{attempts}"),
        };
        Some(Failure { code: Code::OfKind(code), message, hint: Some(hint) })
    }

    /// Returns the failure of a process that ended while the program ran, with how the program ended.
    fn with_process_failure(&self, how: String, failure: Failure) -> Failure {
        let message = format!("{how}; {}", failure.message);
        let hints = failure.hint.into_iter().chain((!self.idempotent).then(|| self.rerun_advice().to_owned()));
        Failure { message, hint: Some(hints.collect::<Vec<_>>().join("; ")), ..failure }
    }

    fn rerun_advice(&self) -> &'static str {
        if self.idempotent { RUN_AGAIN } else { "look at what the program did before you run it again" }
    }

    fn start_advice(&self) -> String {
        let place = if self.cwd.is_some() { "`job.cwd`" } else { "the current folder" };
        format!(
            "correct `job.command`: a program without a slash is looked for in PATH, any other from {place}; a shell's \
             words need a shell, as in `[sh, -c, …]`"
        )
    }
}

/// The hint after a signal, where a second run does no harm.
const RUN_AGAIN: &str = "run the same command again";

fn quote_last_lines(run: &CommandRun) -> Option<String> {
    let lines = &run.last_lines;
    let last = lines.iter().skip(lines.len().saturating_sub(QUOTED_LINES)).map(|line| line.trim());
    let last: Vec<&str> = last.collect();
    (!last.is_empty()).then(|| last.join(" | "))
}
