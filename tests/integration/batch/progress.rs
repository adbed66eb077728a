//! The progress bar: shown on a terminal for long batches, without breaking log lines.

use super::{ALIAS, batch, promotions, server_with_models};
use crate::support::fake_mlflow::Fault;
use crate::support::harness::Runner;
use crate::support::terminal::final_screen;

/// The start of every terminal control sequence.
const ESCAPE: char = '\u{1b}';

fn on_a_terminal(runner: Runner) -> Runner {
    runner.env("TERM", "xterm").arg("--color=never")
}

/// Returns the non-empty lines of the final screen.
fn final_lines(screen: &str) -> Vec<String> {
    final_screen(screen).into_iter().filter(|line| !line.is_empty()).collect()
}

#[test]
fn a_long_batch_shows_counts_jobs_in_flight_and_the_time_left() {
    let fake = server_with_models(6).fault(Fault::held().on(ALIAS).method("POST").after(2).always());
    let runner = on_a_terminal(batch(&fake, &promotions(6))).args(["-j", "2"]);
    let mut running = runner.spawn_in_terminal();
    // Two jobs are done with two requests each, and two are held with one request each.
    fake.wait_for(ALIAS, 6);
    fake.release();
    running.wait_for_line("m5@Champion: promoted from 2 to 3");
    let run = running.finish();
    assert_eq!(run.code, 0, "{run}");
    for part in ["0/6 jobs", "2/6 jobs", " left  ", "batch.yaml[0], batch.yaml[1]"] {
        assert!(run.stderr.contains(part), "{part} is missing in {:?}", run.stderr);
    }
    assert!(!run.stdout.contains(ESCAPE) && run.stdout.contains("promoted"), "{run}");
}

#[test]
fn log_lines_are_not_broken_by_the_progress_bar() {
    let fake = server_with_models(20);
    let runner = on_a_terminal(batch(&fake, &promotions(20))).args(["-j", "4"]);
    let run = runner.spawn_in_terminal().finish();
    assert_eq!(run.code, 0, "{run}");
    let lines = final_lines(&run.stderr);
    let begins = |line: &&String| line.starts_with("INFO batch.yaml[");
    assert_eq!(lines.iter().filter(begins).count(), 40, "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| !begins(line)).collect::<Vec<_>>(), [""; 0], "the bar is gone in the end");
    let ends = |line: &String| line.ends_with(", now at 2") || line.ends_with(" from 2 to 3 (confirmed)");
    assert!(lines.iter().all(ends), "{lines:#?}");
}

#[test]
fn the_bar_is_hidden_for_few_jobs_with_q_and_in_ci() {
    for (jobs, args, ci) in [(3, &[][..], false), (6, &["-q"], false), (6, &[], true)] {
        let fake = server_with_models(jobs);
        let runner = on_a_terminal(batch(&fake, &promotions(jobs))).args(args.iter().copied());
        let runner = if ci { runner.env("CI", "true") } else { runner };
        let run = runner.spawn_in_terminal().finish();
        assert!(run.code == 0 && !run.stderr.contains(ESCAPE) && !run.stderr.contains("jobs,"), "{run}");
    }
}

#[test]
fn the_bar_is_hidden_if_standard_error_is_no_terminal() {
    let fake = server_with_models(6);
    let run = on_a_terminal(batch(&fake, &promotions(6))).run();
    assert!(run.code == 0 && !run.stderr.contains(ESCAPE) && !run.stderr.contains("jobs,"), "{run}");
}

#[test]
fn a_signal_removes_the_progress_bar() {
    let fake = server_with_models(6).fault(Fault::held().on(ALIAS).method("POST"));
    let runner = on_a_terminal(batch(&fake, &promotions(6)));
    let mut running = runner.spawn_in_terminal();
    fake.wait_for(ALIAS, 1);
    running.signal("INT");
    running.wait_for_line("a second signal ends at once");
    fake.release();
    let run = running.finish();
    let lines = final_lines(&run.stderr);
    let whole = |line: &String| {
        line.starts_with("INFO batch.yaml[") || line.starts_with("SIGINT: a write in flight is finished")
    };
    assert!(run.code == 130 && lines.iter().all(whole), "{lines:#?}");
}
