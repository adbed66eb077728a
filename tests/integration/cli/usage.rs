//! The command line: output, usage errors, and modes without side effects.

use std::fs;

use crate::support::harness::Runner;
use crate::support::promotion::{bikes, promote};

#[test]
fn the_version_is_one_line() {
    let run = Runner::new().arg("--version").run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(run.stdout, format!("runner {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_help_names_every_option_and_exit_code() {
    let run = Runner::new().arg("--help").run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for word in [
        "--base",
        "--extras",
        "--set",
        "--schema",
        "--check",
        "--doctor",
        "--plan",
        "--output",
        "--verbose",
        "--quiet",
        "--color",
        "--completions",
        "130, 143  interrupted",
    ] {
        assert!(run.stdout.contains(word), "{word} is missing in {run}");
    }
}

#[test]
fn the_short_help_fits_on_a_screen() {
    let run = Runner::new().arg("-h").run();
    assert!(run.code == 0 && run.stdout.lines().count() <= 40, "{run}");
}

#[test]
fn a_dry_run_is_a_plan() {
    let fake = bikes();
    let run = promote(&fake).arg("--dry-run").run();
    assert!(run.code == 0 && run.stdout.contains("planned"), "{run}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[test]
fn a_config_argument_is_required() {
    insta::assert_snapshot!(Runner::new().run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    error: the following required arguments were not provided:
      <CONFIG>...

    Usage: runner <CONFIG>...

    For more information, try '--help'.

    nothing was started, and no registry was asked
    ");
}

#[test]
fn an_unknown_option_is_refused_with_a_suggestion() {
    insta::assert_snapshot!(Runner::new().args(["--plam", "a.yaml"]).run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    error: unexpected argument '--plam' found

      tip: a similar argument exists: '--plan'

    Usage: runner --plan [CONFIG]...

    For more information, try '--help'.

    nothing was started, and no registry was asked
    ");
}

#[test]
fn wrong_values_and_contradictions_are_refused() {
    let contradictions = ["--plan", "--report=json=a.json", "--output=json"].map(|other| ["--check", other, "a.yaml"]);
    let wrong = [["-o", "xml", "a.yaml"], ["--color", "sometimes", "a.yaml"]];
    let runner = Runner::new().file("a.yaml", "job: { KIND: PromotionJob, name: bikes }");
    for args in wrong.into_iter().chain(contradictions) {
        let run = runner.run_with(&args);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run}");
        assert!(run.stderr.starts_with("error: "), "{run}");
        assert_eq!(run.stderr.matches("nothing was started, and no registry was asked\n").count(), 1, "{run}");
    }
}

#[test]
fn a_check_of_a_valid_config_sends_no_request() {
    let fake = bikes();
    let runner = promote(&fake).args(["--check", "--set", "services.logger.sink=run.log"]);
    insta::assert_snapshot!(runner.run().snapshot(), @r"
    exit: 0
    --- stdout
    promotion.yaml: PromotionJob is valid
    --- stderr
    ");
    assert_eq!(fake.requests().len(), 0);
    assert_eq!(files(&runner), ["promotion.yaml"]);
}

#[test]
fn a_check_creates_no_database() {
    let runner = Runner::new().file("a.yaml", "job: { KIND: PromotionJob, name: bikes }").args(["--check", "a.yaml"]);
    assert_eq!(runner.run().code, 0);
    assert_eq!(files(&runner), ["a.yaml"]);
}

#[test]
fn a_check_of_a_bad_config_fails() {
    let runner = Runner::new().file("a.yaml", "job: { KIND: PromotionJob, nam: bikes }").args(["--check", "a.yaml"]);
    let run = runner.run();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run}");
    assert!(run.stderr.contains("nam"), "{run}");
    let both = runner.file("good.yaml", "job: { KIND: PromotionJob, name: bikes }").run_with(&["good.yaml"]);
    let end = "\ngood.yaml is valid\n\nnothing was started, and no registry was asked\n";
    assert!(both.code == 2 && both.stdout.is_empty() && both.stderr.ends_with(end), "{both}");
}

#[test]
fn one_invalid_config_of_several_prevents_every_job() {
    let fake = bikes();
    let run = promote(&fake).file("bad.yaml", "job: { KIND: PromotionJobs }").arg("bad.yaml").run();
    assert_eq!((run.code, fake.requests().len()), (2, 0), "{run}");
}

#[test]
fn a_missing_config_is_refused_with_the_nearest_name_or_the_working_folder() {
    let runner = Runner::new().file("release.yaml", "job: { KIND: PromotionJob, name: bikes }");
    let near = runner.run_with(&["relaese.yaml"]);
    assert!(near.code == 2 && near.stderr.contains("did you mean `release.yaml`?"), "{near}");
    let far = runner.run_with(&["nope.toml"]);
    assert!(far.code == 2 && far.stderr.contains("relative to the working folder /"), "{far}");
}

#[test]
fn a_config_can_come_from_standard_input() {
    let fake = bikes();
    let runner = Runner::new().arg("-").stdin("job: { KIND: PromotionJob, name: bikes }");
    let run = runner.env("MLFLOW_TRACKING_URI", fake.uri()).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
}

#[test]
fn the_completions_of_every_shell_can_be_printed() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = Runner::new().args(["--completions", shell]).run();
        assert!(run.code == 0 && run.stderr.is_empty() && run.stdout.contains("completions"), "{run}");
    }
}

/// Lists the files in the folder of a run.
fn files(runner: &Runner) -> Vec<String> {
    let names = fs::read_dir(runner.dir()).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}
