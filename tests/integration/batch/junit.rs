//! The JUnit report, against the schema that Jenkins publishes.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{batch, files, promotions, runner, server_with_models};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Runner, redacted};
use crate::support::python::{environment, interpreter};

/// Validates files against the schema of the xunit plugin of Jenkins (MIT), which pytest ships with its sources.
const VALIDATE: &str = r#"
import glob, sys, tarfile, xmlschema
folder, *reports = sys.argv[1:]
[sources] = glob.glob(f"{folder}/pytest-*.tar.gz")
with tarfile.open(sources) as archive:
    [schema] = [name for name in archive.getnames() if name.endswith("/junit-10.xsd")]
    schema = xmlschema.XMLSchema(archive.extractfile(schema).read().decode())
for report in reports:
    schema.validate(report)
    print(report)
"#;

/// Asserts that each file is a valid JUnit report.
fn validate(folder: &Path, reports: &[&str]) {
    let quiet = ["--quiet", "--disable-pip-version-check"];
    let install = [&["install"], &quiet[..], &["xmlschema==4.3.2"]].concat();
    let download = [&["download"], &quiet[..], &["--no-deps", "--no-binary", "pytest", "pytest==8.4.2"]].concat();
    let environment = environment("junit-schema-10", &[&install, &download]);
    let run = Command::new(interpreter(&environment))
        .current_dir(folder)
        .args(["-c", VALIDATE])
        .arg(&environment)
        .args(reports)
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{stdout}\n{stderr}");
    assert_eq!(stdout.lines().collect::<Vec<_>>(), reports);
}

fn with_junit_report(runner: Runner) -> Runner {
    runner.args(["--report", "junit=junit.xml"])
}

/// Returns the normalized report.
fn report(runner: &Runner) -> String {
    let text = fs::read_to_string(runner.dir().join("junit.xml")).unwrap();
    let text = redacted(&text, runner.dir());
    regex::Regex::new(r#"time="\d+\.\d{3}""#).unwrap().replace_all(&text, r#"time="[SECONDS]""#).into_owned()
}

#[test]
fn successes_failures_blocks_skips_and_restorations_are_valid() {
    let fake =
        server_with_models(4).fault(Fault::error(403, "PERMISSION_DENIED", "no").on(super::ALIAS).method("DELETE"));
    let jobs = [
        "{ KIND: PromotionJob, name: m0 }",
        "{ KIND: PromotionJob, name: m1, alias: New }",
        "{ KIND: PromotionJob, name: m2, version: 9 }",
        "{ KIND: RegistrationJob, name: m3, source: s }",
    ];
    let restored = with_junit_report(batch(&fake, &jobs)).args(["--on-failure", "restore"]);
    assert_eq!(restored.run().code, 1);
    insta::assert_snapshot!(report(&restored), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="runner" tests="4" failures="2" errors="0" time="[SECONDS]">
      <testsuite name="runner" tests="4" failures="2" errors="0" skipped="2" time="[SECONDS]">
        <testcase name="batch.yaml[0]" classname="PromotionJob" time="[SECONDS]">
          <skipped message="restored: m0@Champion: 2 -&gt; 3 -&gt; 2"/>
        </testcase>
        <testcase name="batch.yaml[1]" classname="PromotionJob" time="[SECONDS]">
          <failure message="the alias could not be moved back with the batch: the registry at http://127.0.0.1:[PORT] does not let this login delete the alias New of m1: it answered 403 Forbidden: PERMISSION_DENIED: no" type="not_restored">the alias could not be moved back with the batch: the registry at http://127.0.0.1:[PORT] does not let this login delete the alias New of m1: it answered 403 Forbidden: PERMISSION_DENIED: no
    m1@New was at version 3 when it was read last
    ask the registry's owner for the MANAGE permission on the model: EDIT lets an alias be moved, and not deleted; then delete the alias, which did not exist before</failure>
        </testcase>
        <testcase name="batch.yaml[2]" classname="PromotionJob" time="[SECONDS]">
          <failure message="the model &quot;m2&quot; has no version 9" type="failed">the model &quot;m2&quot; has no version 9
    nothing was changed: m2@Champion is at version 2
    set `jobs[2].version` (or `--set jobs.2.version=…`) to a version that exists; a StatusJob lists them</failure>
        </testcase>
        <testcase name="batch.yaml[3]" classname="RegistrationJob" time="[SECONDS]">
          <skipped message="skipped"/>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    validate(restored.dir(), &["junit.xml"]);

    let jobs = [jobs[3], "{ KIND: PromotionJob, name: m1, expect: 1 }", jobs[0]];
    let continued = with_junit_report(batch(&fake, &jobs)).args(["--on-failure", "continue"]);
    assert_eq!(continued.run().code, 3);
    insta::assert_snapshot!(report(&continued), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="runner" tests="3" failures="1" errors="0" time="[SECONDS]">
      <testsuite name="runner" tests="3" failures="1" errors="0" skipped="0" time="[SECONDS]">
        <testcase name="batch.yaml[0]" classname="RegistrationJob" time="[SECONDS]">
          <system-out>registered: m3: version 4</system-out>
        </testcase>
        <testcase name="batch.yaml[1]" classname="PromotionJob" time="[SECONDS]">
          <failure message="m1@Champion points to version 2, but is expected to point to version 1" type="blocked">m1@Champion points to version 2, but is expected to point to version 1
    nothing was changed: m1@Champion is at version 2
    find out who moved the alias (a HistoryJob shows it); set `jobs[1].expect` (or `--set jobs.1.expect=…`) to where it is now only if that version may be replaced</failure>
        </testcase>
        <testcase name="batch.yaml[2]" classname="PromotionJob" time="[SECONDS]">
          <system-out>promoted: m0@Champion: 2 -&gt; 3</system-out>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    validate(continued.dir(), &["junit.xml"]);
}

#[cfg(unix)]
#[test]
fn the_report_of_an_interrupted_run_is_valid() {
    let fake = server_with_models(2).fault(Fault::hang().on("registered-models/get").always());
    let runner = with_junit_report(batch(&fake, &promotions(2)));
    let running = runner.spawn();
    fake.wait_for("registered-models/get", 1);
    running.signal("INT");
    assert_eq!(running.finish().code, 130);
    insta::assert_snapshot!(report(&runner), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="runner" tests="2" failures="0" errors="0" time="[SECONDS]">
      <testsuite name="runner" tests="2" failures="0" errors="0" skipped="2" time="[SECONDS]">
        <testcase name="batch.yaml[0]" classname="PromotionJob" time="[SECONDS]">
          <skipped message="interrupted by SIGINT"/>
        </testcase>
        <testcase name="batch.yaml[1]" classname="PromotionJob" time="[SECONDS]">
          <skipped message="skipped"/>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    validate(runner.dir(), &["junit.xml"]);
}

#[test]
fn names_with_markup_control_characters_and_emoji_are_valid() {
    let name = "it's \"<&>\" ]]> \u{7}\u{1b}[31m 🚲 日本\u{85}\u{fffe}";
    let fake = FakeMlflow::start().model(name, |model| model.version(1));
    let runner = runner(&fake)
        .file("<&'\"> 🚲.yaml", "jobs: [ { KIND: PromotionJob }, { KIND: PromotionJob, version: 9 } ]")
        .env("RUNNER__SERVICES__MLFLOW__REGISTRY_NAME", name)
        .arg("<&'\"> 🚲.yaml");
    let runner = with_junit_report(runner);
    assert_eq!(runner.run().code, 1);
    assert_eq!(files(&runner).len(), 2);
    insta::assert_snapshot!(report(&runner), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="runner" tests="2" failures="1" errors="0" time="[SECONDS]">
      <testsuite name="runner" tests="2" failures="1" errors="0" skipped="0" time="[SECONDS]">
        <testcase name="&lt;&amp;'&quot;&gt; 🚲.yaml[0]" classname="PromotionJob" time="[SECONDS]">
          <system-out>promoted: it's &quot;&lt;&amp;&gt;&quot; ]]&gt; ��[31m 🚲 日本��@Champion: none -&gt; 1</system-out>
        </testcase>
        <testcase name="&lt;&amp;'&quot;&gt; 🚲.yaml[1]" classname="PromotionJob" time="[SECONDS]">
          <failure message="the model &quot;it's &quot;&lt;&amp;&gt;&quot; ]]&gt; \u{7}\u{1b}[31m 🚲 日本\u{85}�&quot; has no version 9" type="failed">the model &quot;it's &quot;&lt;&amp;&gt;&quot; ]]&gt; \u{7}\u{1b}[31m 🚲 日本\u{85}�&quot; has no version 9
    nothing was changed: it's &quot;&lt;&amp;&gt;&quot; ]]&gt; \u{7}\u{1b}[31m 🚲 日本\u{85}�@Champion is at version 1
    set `jobs[1].version` (or `--set jobs.1.version=…`) to a version that exists; a StatusJob lists them</failure>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    validate(runner.dir(), &["junit.xml"]);
}
