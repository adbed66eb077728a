//! The Markdown report: what people read in a merge request, and nothing that a name could smuggle in.

use std::fs;

use regex::Regex;

use super::{batch, fleet, runner};
use crate::fake_mlflow::FakeMlflow;
use crate::harness::Runner;

fn markdown(runner: Runner) -> Runner {
    runner.args(["--report", "markdown=summary.md"])
}

/// Returns the report without what differs from run to run.
fn report(runner: &Runner) -> String {
    let text = fs::read_to_string(runner.dir().join("summary.md")).unwrap();
    Regex::new(r"\d+\.\d{3} s").unwrap().replace_all(&text, "[SECONDS] s").into_owned()
}

#[test]
fn a_table_and_a_section_for_each_job_that_did_not_succeed() {
    let fake = fleet(3);
    let jobs = [
        "{ KIND: PromotionJob, name: m0 }",
        "{ KIND: PromotionJob, name: m1, version: 9 }",
        "{ KIND: PromotionJob, name: m2 }",
    ];
    let runner = markdown(batch(&fake, &jobs)).args(["--on-failure", "restore"]);
    assert_eq!(runner.run().code, 1);
    insta::assert_snapshot!(report(&runner), @"");
}

#[test]
fn a_batch_that_succeeds_is_a_table() {
    let fake = fleet(1);
    let runner = markdown(batch(&fake, &["{ KIND: PromotionJob }"]));
    assert_eq!(runner.run().code, 0);
    insta::assert_snapshot!(report(&runner), @"");
}

#[test]
fn markup_in_names_is_text() {
    let name = "<img src=x> | [a](http://x) `b` *c* _d_ @team #1 ![e](f) &amp; \\|\nnext ~~g~~ 🚲";
    let fake = FakeMlflow::start().model(name, |model| model.version(1));
    let runner = runner(&fake)
        .file("a|b.yaml", "jobs: [ { KIND: PromotionJob }, { KIND: PromotionJob, version: 9 } ]")
        .env("RUNNER__SERVICES__MLFLOW__REGISTRY_NAME", name)
        .arg("a|b.yaml");
    let runner = markdown(runner);
    assert_eq!(runner.run().code, 1);
    insta::assert_snapshot!(report(&runner), @"");
}
