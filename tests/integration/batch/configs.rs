//! Many configs in one run: all are validated before the start, and results keep their order.

use std::fmt::Write as _;

use super::{SERVICES, batch, champions, document, files, list, promotions, runner, server_with_models};

#[test]
fn files_of_all_formats_and_lists_form_one_batch_in_order() {
    let fake = server_with_models(5);
    let runner = runner(&fake)
        .file("a.yaml", list(&promotions(2)))
        .file("b.toml", "[services.alerts]\nenable = false\n[job]\nKIND = 'PromotionJob'\nname = 'm2'\nversion = 1\n")
        .file(
            "c.json",
            r#"{"services": {"alerts": {"enable": false}}, "jobs": [
            {"KIND": "PromotionJob", "name": "m3", "version": 2}, {"KIND": "PromotionJob", "name": "m4"}]}"#,
        )
        .args(["-q", "-j", "3", "a.yaml", "b.toml", "c.json"]);
    insta::assert_snapshot!(runner.run().snapshot(), @"
    exit: 0
    --- stdout
    JOB        MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS     TIME
    a.yaml[0]  m0     Champion  2       3       3    promoted   [SECONDS] s
    a.yaml[1]  m1     Champion  2       3       3    promoted   [SECONDS] s
    b.toml     m2     Champion  2       1       1    promoted   [SECONDS] s
    c.json[0]  m3     Champion  2       2       2    unchanged  [SECONDS] s
    c.json[1]  m4     Champion  2       3       3    promoted   [SECONDS] s

    4 promoted, 1 unchanged
    --- stderr
    ");
    assert_eq!(champions(&fake, 5), [3, 3, 1, 2, 3].map(Some));
}

#[test]
fn a_repeated_config_runs_twice() {
    let fake = server_with_models(1);
    let run = batch(&fake, &promotions(1)).args(["-o", "json", "batch.yaml"]).run();
    assert_eq!(super::statuses(&document(&run)), ["promoted", "unchanged"], "{run}");
}

#[test]
fn a_folder_is_rejected_as_a_config() {
    let fake = server_with_models(1);
    let run = runner(&fake).file("confs/a.yaml", list(&promotions(1))).arg("confs").run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: this is a folder, not a config file
    --> confs
     = help: name the file in it

    nothing was started, and no registry was asked
    ");
    assert_eq!(fake.connections(), 0);
}

#[test]
fn one_invalid_file_of_three_stops_all_and_reports_every_error() {
    let fake = server_with_models(2);
    let runner = runner(&fake)
        .file("a.yaml", list(&promotions(1)).replace("format: compact", "sink: run.log"))
        .file("b.yaml", format!("{SERVICES}jobs:\n  - {{ KIND: PromotionJob, versoin: 3 }}\n  - {{ KIND: Nothing }}\n"))
        .file("c.toml", "[job]\nKIND = 'PromotionJob'\nname = 'm1'\nversion = 0\n")
        .args(["--report", "json=report.json", "a.yaml", "b.yaml", "c.toml"]);
    insta::assert_snapshot!(runner.run().snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: a PromotionJob has no key `versoin`
     --> b.yaml:6:27
      |
    6 |   - { KIND: PromotionJob, versoin: *** }
      |                           ^^^^^^^ jobs[0].versoin
      |
      = help: did you mean `version`?

    error: `Nothing` is no known `KIND`
     --> b.yaml:7:13
      |
    7 |   - { KIND: Nothing }
      |             ^^^^^^^ jobs[1].KIND
      |
      = help: expected [KINDS]

    error: 0 is not a version: a whole number from 1, `latest`, or `@` and an alias
     --> c.toml:4:11
      |
    4 | version = 0
      |           ^ job.version

    nothing was started, and no registry was asked
    ");
    assert_eq!(files(&runner), ["a.yaml", "b.yaml", "c.toml"]);
    assert_eq!((fake.connections(), champions(&fake, 2)), (0, vec![Some(2), Some(2)]));
}

#[test]
fn ten_thousand_files_are_loaded() {
    let fake = server_with_models(1);
    let names: Vec<String> = (0..10_000).map(|file| format!("{file}.yaml")).collect();
    let run = names
        .iter()
        .fold(runner(&fake), |runner, name| runner.file(name, "job: { KIND: PromotionJob, name: m0 }").arg(name));
    let run = run.arg("--check").run();
    assert_eq!((run.code, run.stdout.lines().count(), run.stderr.as_str()), (0, 10_000, ""));
    assert_eq!(run.stdout.lines().last(), Some("9999.yaml: PromotionJob is valid"));
}

#[test]
fn the_invalid_job_among_ten_thousand_is_reported() {
    let fake = server_with_models(1);
    let mut config = format!("{SERVICES}jobs:\n");
    for job in 0..10_000 {
        let alias = if job == 7_321 { "v3" } else { "Champion" };
        let _ = writeln!(config, "  - {{ KIND: PromotionJob, name: m0, alias: {alias} }}");
    }
    let run = runner(&fake).file("batch.yaml", config).arg("batch.yaml").run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: the alias "v3" is reserved by MLflow: `latest` and `v` with a number name versions
        --> batch.yaml:7327:44
         |
    7327 |   - { KIND: PromotionJob, name: ***, alias: v3 }
         |                                             ^^ jobs[7321].alias

    nothing was started, and no registry was asked
    "#);
    assert_eq!(fake.connections(), 0);
}
