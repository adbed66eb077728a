//! The Markdown report for merge requests, with escaped names.

use std::fs;

use super::{batch, runner, server_with_models};
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Runner, redacted};

fn with_markdown_report(runner: Runner) -> Runner {
    runner.args(["--report", "markdown=summary.md"])
}

/// Returns the normalized report.
fn report(runner: &Runner) -> String {
    redacted(&fs::read_to_string(runner.dir().join("summary.md")).unwrap(), runner.dir())
}

#[test]
fn the_report_has_a_table_and_a_section_for_each_unsuccessful_job() {
    let fake = server_with_models(3);
    let jobs = [
        "{ KIND: PromotionJob, name: m0 }",
        "{ KIND: PromotionJob, name: m1, version: 9 }",
        "{ KIND: PromotionJob, name: m2 }",
    ];
    let runner = with_markdown_report(batch(&fake, &jobs)).args(["--on-failure", "restore"]);
    assert_eq!(runner.run().code, 1);
    insta::assert_snapshot!(report(&runner), @r#"
    # runner: 0 of 3 jobs succeeded in [SECONDS] s (exit code 1)

    | job | model | alias | before | wanted | now | status | time |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    | batch.yaml\[0\] | m0 | Champion | 2 | 3 | 2 | restored | [SECONDS] s |
    | batch.yaml\[1\] | m1 | Champion | 2 | - | 2 | failed | [SECONDS] s |
    | batch.yaml\[2\] | m2 | Champion | ? | - | ? | skipped | [SECONDS] s |

    ## batch.yaml\[1\] failed (VERSION\_NOT\_FOUND)

    the model "m1" has no version 9

    now: nothing was changed: m1&#64;Champion is at version 2

    next: set \`jobs\[1\].version\` (or \`--set jobs.1.version=…\`) to a version that exists; a StatusJob lists them

    ## batch.yaml\[0\] restored

    its alias was moved back because batch.yaml\[1\] ended as failed

    now: m0&#64;Champion is at version 2 again

    next: see batch.yaml\[1\]

    ## batch.yaml\[2\] skipped

    not started because batch.yaml\[1\] ended as failed

    now: nothing was changed: m2&#64;Champion is where it was

    next: correct batch.yaml\[1\], then run the batch again

    1 restored, 1 failed, 1 skipped; 3 of 3 aliases are where they were
    "#);
}

#[test]
fn the_report_of_a_successful_batch_is_a_table() {
    let fake = server_with_models(1);
    let runner = with_markdown_report(batch(&fake, &["{ KIND: PromotionJob }"]));
    assert_eq!(runner.run().code, 0);
    insta::assert_snapshot!(report(&runner), @"
    # runner: 1 of 1 job succeeded in [SECONDS] s (exit code 0)

    | job | model | alias | before | wanted | now | status | time |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    | batch.yaml | m0 | Champion | 2 | 3 | 3 | promoted | [SECONDS] s |
    ");
}

#[test]
fn markup_in_names_is_escaped() {
    let name = "<img src=x> | [a](http://x) `b` *c* _d_ @team #1 ![e](f) &amp; \\|\nnext ~~g~~ 🚲";
    let fake = FakeMlflow::start().model(name, |model| model.version(1));
    let runner = runner(&fake)
        .file("a|b.yaml", "jobs: [ { KIND: PromotionJob }, { KIND: PromotionJob, version: 9 } ]")
        .env("RUNNER__SERVICES__MLFLOW__REGISTRY_NAME", name)
        .arg("a|b.yaml");
    let runner = with_markdown_report(runner);
    assert_eq!(runner.run().code, 1);
    insta::assert_snapshot!(report(&runner), @r#"
    # runner: 1 of 2 jobs succeeded in [SECONDS] s (exit code 1)

    | job | model | alias | before | wanted | now | status | time |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    | a\|b.yaml\[0\] | &lt;img src=x&gt; \| \[a\](http://x) \`b\` \*c\* \_d\_ &#64;team \#1 !\[e\](f) &amp;amp; \\\|\\nnext \~\~g\~\~ 🚲 | Champion | none | 1 | 1 | promoted | [SECONDS] s |
    | a\|b.yaml\[1\] | &lt;img src=x&gt; \| \[a\](http://x) \`b\` \*c\* \_d\_ &#64;team \#1 !\[e\](f) &amp;amp; \\\|\\nnext \~\~g\~\~ 🚲 | Champion | 1 | - | 1 | failed | [SECONDS] s |

    ## a\|b.yaml\[1\] failed (VERSION\_NOT\_FOUND)

    the model "&lt;img src=x&gt; \| \[a\](http://x) \`b\` \*c\* \_d\_ &#64;team \#1 !\[e\](f) &amp;amp; \\\|\\nnext \~\~g\~\~ 🚲" has no version 9

    now: nothing was changed: &lt;img src=x&gt; \| \[a\](http://x) \`b\` \*c\* \_d\_ &#64;team \#1 !\[e\](f) &amp;amp; \\\|\\nnext \~\~g\~\~ 🚲&#64;Champion is at version 1

    next: set \`jobs\[1\].version\` (or \`--set jobs.1.version=…\`) to a version that exists; a StatusJob lists them

    1 promoted, 1 failed; 0 of 1 alias is where it was
    "#);
}
