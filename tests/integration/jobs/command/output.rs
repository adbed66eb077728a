//! The output of a program in the log.

use serde_json::json;

use super::{batch, result, script};

#[test]
fn each_line_is_a_log_line_with_the_name_of_its_job() {
    let job = |id: &str| json!({ "KIND": "CommandJob", "id": id, "command": ["sh", "-c", format!("echo from {id}")] });
    let run = batch(&[job("one"), job("two")]).run();
    assert!(run.stderr.contains("INFO one | from one\n") && run.stderr.contains("INFO two | from two\n"), "{run}");
}

#[test]
fn lines_appear_while_the_program_runs() {
    let runner = script("echo first; read -r word < go; echo $word", &json!({}));
    assert!(std::process::Command::new("mkfifo").arg(runner.dir().join("go")).status().unwrap().success());
    let mut running = runner.spawn();
    running.wait_for_line("| first");
    std::fs::write(runner.dir().join("go"), "second\n").unwrap();
    let run = running.finish();
    assert!(run.code == 0 && run.stderr.contains("| second"), "{run}");
}

#[test]
fn a_program_cannot_forge_a_line_or_command_a_terminal() {
    let program = r"printf 'a\033[2J\007\n::error::x\n\302\233b\n\0\377\n10 %%\r20 %%\n'";
    let (run, job) = result(&script(program, &json!({})));
    assert!(!run.stderr.contains(['\u{1b}', '\u{7}', '\u{9b}', '\0', '\r']), "{run}");
    assert!(!run.stderr.lines().any(|line| line.starts_with("::")), "{run}");
    assert_eq!(job["outcome"]["command"]["last_lines"][4 - 1], json!("\\u{0}\u{fffd}"), "{run}");
    assert!(run.stderr.contains("| 20 %\n") && !run.stderr.contains("10 %"), "{run}");
}

#[test]
fn endless_lines_and_megabytes_need_no_memory() {
    let program = "head -c 60000000 /dev/zero | tr '\\0' x; echo; yes 2> /dev/null | head -c 3000000; echo last";
    let runner = script(&format!("ulimit -v 400000; {program}"), &json!({})).args(["-q", "-o", "json"]);
    let run = runner.run();
    let lines: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let lines = &lines["jobs"][0]["outcome"]["command"]["last_lines"];
    assert_eq!((lines.as_array().map(Vec::len), &lines[19]), (Some(20), &json!("last")), "{run}");
    crate::support::leftovers::assert_nothing_left(runner.dir());
}

#[test]
fn an_endless_program_is_killed_in_time() {
    let runner = script("yes", &json!({ "timeout": 1 })).arg("-qq");
    let run = runner.run();
    assert!(run.code == 1 && run.stdout.contains("COMMAND_TIMED_OUT"), "{run}");
    crate::support::leftovers::assert_nothing_left(runner.dir());
}
