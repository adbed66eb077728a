//! Why a process cannot be used.

use std::fmt;
use std::process::ExitStatus;

use crate::outcome::{Code, Failure};

/// Why a process cannot be used, with the last lines that it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessFailure {
    pub(super) name: String,
    pub(super) reason: Reason,
    /// The last lines of its output, safe to show; empty if there are none.
    pub(super) last_lines: String,
}

/// What happened to a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// It could not be started.
    NotStarted(String),
    /// Another program listens at its address.
    AddressTaken(String),
    /// It ended before it was ready.
    EndedEarly(ExitStatus),
    /// It was not ready in time. The text is the result of the last check.
    NotReady { seconds: u64, last_check: String },
    /// It ended after it was ready, as often as it may.
    Ended { status: ExitStatus, restarts: u32 },
    /// It could not be watched any longer.
    Lost(String),
}

impl ProcessFailure {
    /// Returns whether another start may help: the process ended with an error.
    pub(super) fn is_failed_end(&self) -> bool {
        match &self.reason {
            Reason::EndedEarly(status) | Reason::Ended { status, .. } => !status.success(),
            Reason::NotReady { .. } => true,
            Reason::NotStarted(_) | Reason::AddressTaken(_) | Reason::Lost(_) => false,
        }
    }

    fn hint(&self) -> String {
        let name = &self.name;
        match &self.reason {
            Reason::NotStarted(_) => format!("correct `command` of the process {name} in `services.processes`"),
            Reason::AddressTaken(_) => {
                "stop the other program, or take a free port with `${port:NAME}` in `command` and in `ready`".to_owned()
            }
            Reason::EndedEarly(status) | Reason::Ended { status, .. } if status.success() => format!(
                "let `command` of the process {name} run in the foreground: what it starts in the background is stopped \
                 with it"
            ),
            Reason::EndedEarly(_) => {
                format!("run `command` of the process {name} by hand; with `-v` the log has all that it writes")
            }
            Reason::NotReady { .. } => format!(
                "raise `ready.timeout` of the process {name}, or correct `ready`; with `-v` the log has all that it writes"
            ),
            Reason::Ended { .. } | Reason::Lost(_) => {
                format!("find out why the process {name} ended: with `-v` the log has all that it writes")
            }
        }
    }
}

impl fmt::Display for ProcessFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the process {} ", self.name)?;
        match &self.reason {
            Reason::NotStarted(why) => write!(f, "did not start: {why}")?,
            Reason::AddressTaken(address) => write!(f, "was not started: another program listens at {address}")?,
            Reason::EndedEarly(status) => write!(f, "{} before it was ready", describe_end(*status))?,
            Reason::NotReady { seconds, last_check } => {
                write!(f, "was not ready within {seconds} s")?;
                if !last_check.is_empty() {
                    write!(f, " ({last_check})")?;
                }
            }
            Reason::Ended { status, restarts: 0 } => write!(f, "{} while jobs needed it", describe_end(*status))?,
            Reason::Ended { status, restarts } => {
                let times = if *restarts == 1 { "restart" } else { "restarts" };
                write!(f, "{} while jobs needed it, after {restarts} {times}", describe_end(*status))?;
            }
            Reason::Lost(why) => write!(f, "could not be watched: {why}")?,
        }
        if self.last_lines.is_empty() { Ok(()) } else { write!(f, "; it wrote last: {}", self.last_lines) }
    }
}

impl From<&ProcessFailure> for Failure {
    fn from(failure: &ProcessFailure) -> Self {
        Self { code: Code::ServiceFailed, message: failure.to_string(), hint: Some(failure.hint()) }
    }
}

/// Describes how a process ended, as a predicate.
fn describe_end(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => format!("was ended by {status}"),
    }
}
