//! `--report`: files are replaced atomically, and paths are checked before the start.

use std::fs;
use std::io;
#[cfg(unix)]
use std::process::Command;

use super::{ALIAS, batch, champions, files, promotions, server_with_models, statuses};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::Runner;

/// A job that fails.
const FAILS: &str = "{ KIND: PromotionJob, name: m0, version: 9 }";

fn with_report(runner: Runner, report: &str) -> Runner {
    runner.args(["--report", report])
}

/// Asserts that the run was refused without requests and writes, and returns its error.
fn assert_refused(fake: &FakeMlflow, runner: Runner) -> String {
    let before = files(&runner);
    let run = runner.run();
    assert_eq!((run.code, run.stdout.as_str(), fake.connections()), (2, "", 0), "{run}");
    assert_eq!(files(&runner), before);
    let told = run.stderr.strip_suffix("\nnothing was started, and no registry was asked\n");
    told.unwrap_or_else(|| panic!("{run}")).to_owned()
}

#[test]
fn the_json_report_is_the_document_on_standard_output() {
    let fake = server_with_models(2);
    let runner = with_report(batch(&fake, &["{ KIND: PromotionJob, name: m1 }", FAILS]), "json=report.json");
    let run = runner.args(["-o", "json"]);
    let output = run.run();
    assert_eq!(output.code, 1, "{output}");
    assert_eq!(fs::read_to_string(run.dir().join("report.json")).unwrap(), output.stdout);
}

#[test]
fn every_report_is_written_after_a_failure_without_leftovers() {
    let fake = server_with_models(1);
    let runner = batch(&fake, &[FAILS]).file("out/old.md", "old");
    let runner = ["json=out/r.json", "junit=out/r.xml", "markdown=out/old.md"].into_iter().fold(runner, with_report);
    assert_eq!(runner.run().code, 1);
    let mut written: Vec<_> =
        fs::read_dir(runner.dir().join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    written.sort();
    assert_eq!(written, ["old.md", "r.json", "r.xml"]);
    assert!(fs::read_to_string(runner.dir().join("out/old.md")).unwrap().starts_with("# runner: 0 of 1 job"));
}

#[cfg(unix)]
#[test]
fn a_new_report_is_as_readable_as_other_files_and_an_old_one_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let fake = server_with_models(1);
    let runner =
        with_report(with_report(batch(&fake, &promotions(1)), "json=new.json"), "markdown=old.md").file("old.md", "");
    let mode = |file: &str| fs::metadata(runner.dir().join(file)).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(runner.dir().join("old.md"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(runner.dir().join("other"), "").unwrap();
    assert_eq!(runner.run().code, 0);
    assert_eq!((mode("new.json"), mode("old.md")), (mode("other"), 0o600));
}

#[test]
fn an_unwritable_report_is_a_failure_and_keeps_the_old_file() {
    let fake = server_with_models(1).fault(Fault::held().on(ALIAS).method("POST"));
    let runner = with_report(batch(&fake, &promotions(1)), "json=out/report.json").file("out/report.json", "old");
    let running = runner.spawn();
    fake.wait_for(ALIAS, 1);
    // The folder is removed while a job runs.
    fs::rename(runner.dir().join("out"), runner.dir().join("gone")).unwrap();
    fake.release();
    let run = running.finish();
    assert_eq!((run.code, champions(&fake, 1)), (1, vec![Some(3)]), "{run}");
    assert!(run.stderr.contains("error: the report out/report.json cannot be written: "), "{run}");
    assert!(run.stdout.contains("promoted"), "{run}");
    assert_eq!(fs::read_to_string(runner.dir().join("gone/report.json")).unwrap(), "old");
    assert_eq!(fs::read_dir(runner.dir().join("gone")).unwrap().count(), 1);
}

#[test]
fn an_unwritable_report_keeps_other_exit_codes_and_is_in_the_document() {
    for (expect, job, code, status) in [(2, "promoted", 1, "failed"), (1, "blocked", 3, "blocked")] {
        let fake = server_with_models(1).fault(Fault::held().on("registered-models/get"));
        let jobs = [format!("{{ KIND: PromotionJob, name: m0, expect: {expect} }}")];
        let runner = with_report(batch(&fake, &jobs), "json=out/report.json").file("out/old", "").args(["-o", "json"]);
        let running = runner.spawn();
        fake.wait_for("registered-models/get", 1);
        fs::rename(runner.dir().join("out"), runner.dir().join("gone")).unwrap();
        fake.release();
        let run = running.finish();
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            (run.code, &document["exit_code"], &document["status"]),
            (code, &code.into(), &status.into()),
            "{run}"
        );
        assert_eq!(document["jobs"][0]["status"], job, "{run}");
    }
}

#[test]
fn a_plan_is_printed_even_if_its_report_cannot_be_written() {
    let fake = server_with_models(1).fault(Fault::held().on("registered-models/get"));
    let runner = with_report(batch(&fake, &promotions(1)), "json=out/report.json").file("out/old", "");
    let running = runner.spawn_with(&["--plan", "-o", "yaml"]);
    fake.wait_for("registered-models/get", 1);
    fs::rename(runner.dir().join("out"), runner.dir().join("gone")).unwrap();
    fake.release();
    let run = running.finish();
    assert!(run.code == 1 && run.stdout.contains("KIND: PromotionJob"), "{run}");
}

#[cfg(unix)]
#[test]
fn a_link_is_kept_and_its_target_is_replaced() {
    let fake = server_with_models(1);
    let runner = with_report(batch(&fake, &promotions(1)), "json=link.json").file("out/report.json", "old");
    std::os::unix::fs::symlink("out/report.json", runner.dir().join("link.json")).unwrap();
    assert_eq!(runner.run().code, 0);
    assert!(fs::symlink_metadata(runner.dir().join("link.json")).unwrap().is_symlink());
    assert!(fs::read_to_string(runner.dir().join("out/report.json")).unwrap().contains("promoted"));
}

#[test]
fn an_invalid_config_keeps_the_old_report() {
    let fake = server_with_models(1);
    let runner = with_report(batch(&fake, &["{ KIND: Nothing }"]), "json=report.json").file("report.json", "old");
    assert_refused(&fake, runner);
}

#[test]
fn an_unwritable_path_is_rejected_before_the_start() {
    let long = format!("json={}", "x".repeat(300));
    let mut told = vec![];
    for path in
        ["json=missing/r.json", "junit=folder", "markdown=folder/", "json=batch.yaml/r.json", "json=new/", &long]
    {
        let fake = server_with_models(1);
        let runner = with_report(batch(&fake, &promotions(1)), path).file("folder/old", "");
        told.push(assert_refused(&fake, runner).replace(&"x".repeat(300), "[LONG]"));
    }
    insta::assert_snapshot!(told.concat(), @"
    error: the report missing/r.json cannot be written: its folder does not exist
    error: the report folder cannot be written: it is a folder
    error: the report folder/ cannot be written: it is a folder
    error: the report batch.yaml/r.json cannot be written: Not a directory (os error 20)
    error: the report new/ cannot be written: it is a folder
    error: the report [LONG] cannot be written: File name too long (os error 36)
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_or_read_only_file_system_is_rejected_before_the_start() {
    let mut told = vec![];
    // Not even root can write here.
    for path in ["json=/dev/full", "junit=/proc/r.xml", "markdown=/sys/r.md", "json=/proc/version"] {
        let fake = server_with_models(1);
        told.push(assert_refused(&fake, with_report(batch(&fake, &promotions(1)), path)));
    }
    insta::assert_snapshot!(told.concat(), @"
    error: the report /dev/full cannot be written: No space left on device (os error 28)
    error: the report /proc/r.xml cannot be written: entity not found
    error: the report /sys/r.md cannot be written: permission denied
    error: the report /proc/version cannot be written: entity not found
    ");
}

#[test]
fn an_unknown_format_is_wrong_usage() {
    let mut told = vec![];
    for wanted in ["xml=r.xml", "r.json", "json=", "=r.json", "JSON=r.json"] {
        let fake = server_with_models(1);
        let message = assert_refused(&fake, with_report(batch(&fake, &promotions(1)), wanted));
        told.push(message.lines().next().unwrap().to_owned());
    }
    insta::assert_snapshot!(told.join("\n"), @"
    error: invalid value 'xml=r.xml' for '--report <FORMAT=PATH>': expected json=PATH, junit=PATH, markdown=PATH or html=PATH
    error: invalid value 'r.json' for '--report <FORMAT=PATH>': expected json=PATH, junit=PATH, markdown=PATH or html=PATH
    error: invalid value 'json=' for '--report <FORMAT=PATH>': expected json=PATH, junit=PATH, markdown=PATH or html=PATH
    error: invalid value '=r.json' for '--report <FORMAT=PATH>': expected json=PATH, junit=PATH, markdown=PATH or html=PATH
    error: invalid value 'JSON=r.json' for '--report <FORMAT=PATH>': expected json=PATH, junit=PATH, markdown=PATH or html=PATH
    ");
}

#[test]
fn two_reports_on_one_path_are_wrong_usage_in_every_spelling() {
    for (one, two) in [("json=r", "junit=r"), ("json=r", "json=./r"), ("json=out/r", "markdown=out/./r")] {
        let fake = server_with_models(1);
        let runner = with_report(with_report(batch(&fake, &promotions(1)).file("out/old", ""), one), two);
        let message = assert_refused(&fake, runner);
        assert!(message.contains("is asked for twice; give each a path of its own"), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn two_paths_linked_to_one_file_are_wrong_usage() {
    let fake = server_with_models(1);
    let linked = || {
        let runner = batch(&fake, &promotions(1)).file("out/old", "");
        std::os::unix::fs::symlink("out", runner.dir().join("folder")).unwrap();
        std::os::unix::fs::symlink("old", runner.dir().join("out/link")).unwrap();
        std::os::unix::fs::symlink("batch.yaml", runner.dir().join("config")).unwrap();
        runner
    };
    for (one, two) in
        [("json=r", "junit=out/../r"), ("json=out/r", "junit=folder/r"), ("json=out/old", "junit=out/link")]
    {
        let message = assert_refused(&fake, with_report(with_report(linked(), one), two));
        assert!(message.contains("is asked for twice; give each a path of its own"), "{message}");
    }
    for path in ["json=config", "json=out/../batch.yaml"] {
        let message = assert_refused(&fake, with_report(linked(), path));
        assert!(message.contains("is a config of this run"), "{message}");
    }
}

#[test]
fn a_report_never_replaces_a_config() {
    let fake = server_with_models(1);
    for path in ["json=batch.yaml", "markdown=./batch.yaml"] {
        let runner = with_report(batch(&fake, &promotions(1)), path);
        let message = assert_refused(&fake, runner);
        assert!(message.contains("is a config of this run"), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn a_report_can_be_written_to_a_named_pipe() {
    let fake = server_with_models(1);
    let runner = with_report(batch(&fake, &promotions(1)), "json=pipe").args(["-o", "json"]);
    let pipe = runner.dir().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let running = runner.spawn();
    let read = fs::read_to_string(&pipe).unwrap();
    let run = running.finish();
    assert_eq!((run.code, read), (0, run.stdout.clone()), "{run}");
}

#[test]
fn a_closed_standard_output_keeps_the_reports_and_the_exit_code() {
    let fake = server_with_models(2);
    let runner = with_report(batch(&fake, &["{ KIND: PromotionJob, name: m1 }", FAILS]), "json=report.json");
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let run = runner.spawn_to(writer.into()).finish();
    assert_eq!((run.code, champions(&fake, 2)), (1, vec![Some(2), Some(3)]), "{run}");
    let document = serde_json::from_str(&fs::read_to_string(runner.dir().join("report.json")).unwrap()).unwrap();
    assert_eq!(statuses(&document), ["promoted", "failed"]);
}
