//! Commands in notices and reports.

use serde_json::json;

use super::batch;
use crate::support::harness::Runner;

fn train(script: &str) -> Runner {
    let config = json!({
        "services": { "logger": { "format": "compact" } },
        "job": { "KIND": "CommandJob", "id": "train", "command": ["sh", "-c", script] },
    });
    Runner::new().file("a.json", config.to_string()).arg("a.json").env("RUNNER_ACTOR", "ada")
}

#[test]
fn a_notice_says_how_long_a_command_took() {
    let run = train("echo done").run();
    assert!(run.stderr.contains("[Runner] Command Job Finished: train in "), "{run}");
}

#[test]
fn a_notice_of_a_failure_has_the_exit_code_and_the_last_lines() {
    let config = json!({
        "services": { "alerts": { "channels": [{ "KIND": "CommandChannel", "on": ["failed"],
            "command": ["sh", "-c", "printf '%s' \"$1\" > notice", "x", "{{ title }}: {{ message }}"] }] } },
        "job": { "KIND": "CommandJob", "id": "train", "command": ["sh", "-c", "echo bad data; exit 3"] },
    });
    let runner = Runner::new().file("a.json", config.to_string()).arg("a.json");
    let run = runner.run();
    let notice = std::fs::read_to_string(runner.dir().join("notice")).unwrap_or_else(|_| panic!("{run}"));
    assert_eq!(notice, "Command Job Failed: the program ended with exit code 3: bad data");
}

#[test]
fn a_channel_can_be_told_of_completed_commands_only() {
    let config = json!({
        "services": { "alerts": { "channels": [{ "KIND": "CommandChannel", "on": ["completed"], "command": ["touch", "told"] }] } },
        "job": { "KIND": "CommandJob", "command": ["true"] },
    });
    let runner = Runner::new().file("a.json", config.to_string()).arg("a.json");
    let run = runner.run();
    assert!(run.code == 0 && runner.dir().join("told").exists(), "{run}");
}

#[test]
fn reports_have_the_last_lines() {
    for (script, code) in [("echo '<b>one</b>'; echo two", 0), ("echo '<b>one</b>'; echo two; exit 3", 1)] {
        let runner = train(script).args(["--report", "html=page.html", "--report", "junit=junit.xml"]);
        let run = runner.run();
        let read = |name: &str| std::fs::read_to_string(runner.dir().join(name)).unwrap();
        assert_eq!(run.code, code, "{run}");
        let (junit, page) = (read("junit.xml"), read("page.html"));
        assert!(junit.contains("name=\"train\""), "{junit}");
        assert!(
            junit.contains("<system-out>") && junit.contains("&lt;b&gt;one&lt;/b&gt;\ntwo</system-out>"),
            "{junit}"
        );
        assert!(page.contains("<pre>&lt;b&gt;one&lt;/b&gt;&#10;two</pre>"), "{page}");
    }
}

#[test]
fn a_failed_command_says_where_things_are() {
    let run = batch(&[json!({ "KIND": "CommandJob", "id": "train", "command": ["sh", "-c", "exit 3"] })]).run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 1
    --- stdout
    JOB    MODEL  ALIAS  BEFORE  WANTED  NOW  STATUS  TIME
    train  -      -      -       -       -    failed  [SECONDS] s

    train command
    command         exit code  attempts  time
    sh -c "exit 3"  3          1         [SECONDS] s

    train failed (COMMAND_FAILED): the program ended with exit code 3
      now:  unknown: the program may have done a part of its work; nothing of it runs on
      next: it printed nothing: run the program of `jobs[0].command` by hand
    --- stderr
    ERROR train failed (COMMAND_FAILED)
    "#);
}
