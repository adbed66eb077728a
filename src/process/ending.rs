//! How a program ended.

use std::process::ExitStatus;

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It ended by itself, with this exit code.
    Exited(i32),
    /// A signal ended it, in the words of the system.
    Signalled(String),
    /// It was killed after its time.
    TimedOut,
    /// It was never started, for this reason.
    NotStarted(String),
}

impl Ending {
    /// Reads the status of a program; none where it was killed after its time.
    pub fn new(status: Option<ExitStatus>) -> Self {
        match status.map(|status| (status.code(), status)) {
            None => Self::TimedOut,
            Some((Some(code), _)) => Self::Exited(code),
            Some((None, status)) => Self::Signalled(status.to_string().replacen("signal: ", "signal ", 1)),
        }
    }

    /// Returns the end of a program that was killed, though not for its own time.
    pub fn killed() -> Self {
        Self::Signalled("signal 9 (SIGKILL)".to_owned())
    }

    /// Returns the exit code; none where the program did not end by itself.
    pub const fn exit_code(&self) -> Option<i32> {
        if let Self::Exited(code) = self { Some(*code) } else { None }
    }

    /// Describes how the program ended that had so many seconds.
    pub fn describe(&self, timeout: u64) -> String {
        match self {
            Self::Exited(code) => format!("the program ended with exit code {code}{}", describe_code(*code)),
            Self::Signalled(signal) => format!("the program was ended by {signal}"),
            Self::TimedOut => format!("the program did not end within {timeout} s"),
            Self::NotStarted(reason) => format!("the program cannot be started: {reason}"),
        }
    }
}

/// Says what shells mean by an exit code.
fn describe_code(code: i32) -> String {
    match code {
        126 => " (a command cannot be executed)".to_owned(),
        127 => " (a command was not found)".to_owned(),
        129..=192 => format!(" (ended by signal {})", code - 128),
        _ => String::new(),
    }
}
