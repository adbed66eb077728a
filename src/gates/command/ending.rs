//! How a program ended, and what that says of the version.

use std::process::ExitStatus;

use crate::outcome::ReasonCode;

/// The first exit code that shells and containers use for a program that did not run to its own end.
const FIRST_ABNORMAL_CODE: u32 = 125;

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
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
    pub(super) fn new(status: Option<ExitStatus>) -> Self {
        match status.map(|status| (status.code(), status)) {
            None => Self::TimedOut,
            Some((Some(code), _)) => Self::Exited(code),
            Some((None, status)) => Self::Signalled(status.to_string().replacen("signal: ", "signal ", 1)),
        }
    }

    pub(super) const fn exit_code(&self) -> Option<i32> {
        if let Self::Exited(code) = self { Some(*code) } else { None }
    }

    /// Returns the code of the verdict.
    pub(super) const fn code(&self) -> ReasonCode {
        match self {
            Self::Exited(0) => ReasonCode::Passed,
            Self::Exited(code) if code.cast_unsigned() < FIRST_ABNORMAL_CODE => ReasonCode::CommandFailed,
            Self::TimedOut => ReasonCode::CommandTimedOut,
            Self::Exited(_) | Self::Signalled(_) | Self::NotStarted(_) => ReasonCode::CheckCrashed,
        }
    }

    /// Describes how the program ended that had so many seconds.
    pub(super) fn describe(&self, timeout: u64) -> String {
        match self {
            Self::Exited(code) => format!("the program ended with exit code {code}{}", describe_code(*code)),
            Self::Signalled(signal) => format!("the program was ended by {signal}"),
            Self::TimedOut => format!("the program did not end within {timeout} s"),
            Self::NotStarted(reason) => format!("the program cannot be started: {reason}"),
        }
    }

    /// Says what to do where the version is not to blame, or may not be; none where the exit code speaks of the version.
    pub(super) fn advise(&self, has_traceback: bool) -> Option<&'static str> {
        match self {
            Self::NotStarted(_) => Some(
                "correct `gate.command`: a program without a slash is looked for in PATH, any other from the current folder",
            ),
            Self::Exited(126 | 127) => Some("correct `gate.command`, or install what it runs"),
            Self::TimedOut => Some("find out what the program waits for, or raise `gate.timeout`"),
            _ if matches!(self.code(), ReasonCode::CheckCrashed) => {
                Some("run the program of `gate.command` by hand, and correct it")
            }
            Self::Exited(1..) if has_traceback => Some(
                "read the exception: correct the program of `gate.command` if that is at fault, else promote another version",
            ),
            Self::Exited(_) | Self::Signalled(_) => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_come_to_its_own_end_gives_no_verdict() {
        let not_started = || Ending::NotStarted("it was not found".to_owned());
        let cases = [
            (Ending::Exited(0), ReasonCode::Passed, "ended with exit code 0"),
            (Ending::Exited(1), ReasonCode::CommandFailed, "ended with exit code 1"),
            (Ending::Exited(124), ReasonCode::CommandFailed, "ended with exit code 124"),
            (Ending::Exited(125), ReasonCode::CheckCrashed, "ended with exit code 125"),
            (Ending::Exited(126), ReasonCode::CheckCrashed, "ended with exit code 126 (a command cannot be executed)"),
            (Ending::Exited(127), ReasonCode::CheckCrashed, "ended with exit code 127 (a command was not found)"),
            (Ending::Exited(137), ReasonCode::CheckCrashed, "ended with exit code 137 (ended by signal 9)"),
            (Ending::Exited(256), ReasonCode::CheckCrashed, "ended with exit code 256"),
            // The exception codes of Windows.
            (Ending::Exited(-1_073_741_819), ReasonCode::CheckCrashed, "ended with exit code -1073741819"),
            (
                Ending::Signalled("signal 9 (SIGKILL)".into()),
                ReasonCode::CheckCrashed,
                "was ended by signal 9 (SIGKILL)",
            ),
            (Ending::TimedOut, ReasonCode::CommandTimedOut, "did not end within 5 s"),
            (not_started(), ReasonCode::CheckCrashed, "cannot be started: it was not found"),
        ];
        for (ending, code, words) in cases {
            assert_eq!((ending.code(), ending.describe(5)), (code, format!("the program {words}")), "{ending:?}");
            assert_eq!(ending.advise(false).is_some(), !code.is_conclusive(), "{ending:?}");
        }
        assert!(Ending::Exited(1).advise(true).is_some());
        assert_eq!(Ending::Exited(0).advise(true), None);
    }
}
