//! What the end of a program says of the version.

use crate::outcome::ReasonCode;
use crate::process::Ending;

/// The first exit code that shells and containers use for a program that did not run to its own end.
const FIRST_ABNORMAL_CODE: u32 = 125;

/// Returns the code of the verdict.
pub(super) const fn reason_code(ending: &Ending) -> ReasonCode {
    match ending {
        Ending::Exited(0) => ReasonCode::Passed,
        Ending::Exited(code) if code.cast_unsigned() < FIRST_ABNORMAL_CODE => ReasonCode::CommandFailed,
        Ending::TimedOut => ReasonCode::CommandTimedOut,
        Ending::Exited(_) | Ending::Signalled(_) | Ending::NotStarted(_) => ReasonCode::CheckCrashed,
    }
}

/// Says what to do where the version is not to blame, or may not be; none where the exit code speaks of the version.
pub(super) fn advise(ending: &Ending, has_traceback: bool) -> Option<&'static str> {
    match ending {
        Ending::NotStarted(_) => Some(
            "correct `gate.command`: a program without a slash is looked for in PATH, any other from the current folder",
        ),
        Ending::Exited(126 | 127) => Some("correct `gate.command`, or install what it runs"),
        Ending::TimedOut => Some("find out what the program waits for, or raise `gate.timeout`"),
        _ if matches!(reason_code(ending), ReasonCode::CheckCrashed) => {
            Some("run the program of `gate.command` by hand, and correct it")
        }
        Ending::Exited(1..) if has_traceback => Some(
            "read the exception: correct the program of `gate.command` if that is at fault, else promote another version",
        ),
        Ending::Exited(_) | Ending::Signalled(_) => None,
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
            assert_eq!(
                (reason_code(&ending), ending.describe(5)),
                (code, format!("the program {words}")),
                "{ending:?}"
            );
            assert_eq!(advise(&ending, false).is_some(), !code.is_conclusive(), "{ending:?}");
        }
        assert!(advise(&Ending::Exited(1), true).is_some());
        assert_eq!(advise(&Ending::Exited(0), true), None);
    }
}
