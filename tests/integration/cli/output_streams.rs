//! Closed and full output streams: completed work is kept, and the exit code reports it.

use std::fs::File;
use std::io;
use std::process::Stdio;

use crate::support::harness::{Output, Runner};
use crate::support::promotion::{bikes, job, promote};

/// Runs with a closed pipe as standard output.
fn run_with_closed_pipe(runner: &Runner) -> Output {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    runner.spawn_to(writer.into()).finish()
}

#[test]
fn a_closed_output_pipe_does_not_change_the_exit_code() {
    let fake = bikes();
    let run = run_with_closed_pipe(&promote(&fake));
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
    assert!(!run.stderr.contains("could not be written"), "{run}");
    assert_eq!(run_with_closed_pipe(&job(promote(&fake), &["version=9"])).code, 1);
    assert_eq!(run_with_closed_pipe(&Runner::new().arg("--help")).code, 0);
}

#[test]
fn a_closed_log_pipe_does_not_stop_the_run() {
    let fake = bikes();
    let run = run_with_closed_pipe(&promote(&fake).args(["--set", "services.logger.sink=stdout"]));
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
}

#[cfg(target_os = "linux")]
fn full_disk() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_for_a_full_disk_is_a_warning_and_keeps_the_exit_code() {
    let fake = bikes();
    let run = promote(&fake).arg("-q").spawn_to(full_disk()).finish();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    --- stderr
    [Bikes] Promotion Job Finished: bikes@Champion: 2 -> 3
    warning: the result could not be written to standard output: No space left on device (os error 28); here it is:
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Champion  2       3       3    promoted  [SECONDS] s
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_file_on_a_full_disk_is_reported_once() {
    let fake = bikes();
    let run = promote(&fake).args(["-v", "--set", "services.logger.sink=/dev/full"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Champion  2       3       3    promoted  [SECONDS] s
    --- stderr
    [Bikes] Promotion Job Finished: bikes@Champion: 2 -> 3
    warning: some log lines could not be written: No space left on device (os error 28)
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[cfg(target_os = "linux")]
#[test]
fn an_unwritable_result_is_a_failure_and_the_report_is_still_written() {
    let streams = ">/dev/full 2>/dev/full";
    for output in ["text", "json"] {
        let fake = bikes();
        let runner = promote(&fake).args(["--report", "json=r.json", "-o", output]);
        let run = runner.run_in_shell("", streams);
        assert_eq!((run.code, fake.alias("bikes", "Champion")), (1, Some(3)), "{run}");
        let report = std::fs::read_to_string(runner.dir().join("r.json")).unwrap();
        assert!(report.contains("\"promoted\""), "{report}");
    }
    for option in ["--version", "--help", "--schema", "--completions=bash"] {
        assert_eq!(Runner::new().arg(option).run_in_shell("", streams).code, 1, "{option}");
    }
    let fake = bikes();
    for option in ["--check", "--doctor", "--plan"] {
        assert_eq!(promote(&fake).arg(option).run_in_shell("", streams).code, 1, "{option}");
    }
    assert_eq!(promote(&fake).run_in_shell("", ">/dev/null 2>/dev/null").code, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_low_limit_of_open_files_is_an_error_and_no_panic() {
    for files in 3..=24 {
        let fake = bikes();
        let runner = promote(&fake).env("RUST_BACKTRACE", "0");
        let run = runner.run_in_shell(&format!("ulimit -n {files};"), "");
        let moved = fake.alias("bikes", "Champion") == Some(3);
        assert!((run.code == 0) == moved && [0, 1, 2, 4, 127].contains(&run.code), "{files}: {run}");
        assert!(!run.stderr.contains("panicked") && !run.stderr.contains("defect"), "{files}: {run}");
        assert!(run.code == 0 || !run.stderr.is_empty(), "{files}: {run}");
    }
}
