//! External values in a config: free text, empty values, addresses, and leftover variables.

use crate::support::harness::{Output, Runner};

const SETUP: &str = "services: {mlflow: {tracking_uri: 'sqlite:///mlflow.db', registry_name: bikes}}\n\
                     jobs: [{KIND: RegistrationJob, source: s3://b/1}, {KIND: RegistrationJob, source: s3://b/2}]\n";
const JOB: &str = "services: {mlflow: {registry_name: bikes}}\njob: {KIND: PromotionJob}\n";

/// A folder with a database that holds two versions.
fn bikes() -> Runner {
    let runner = Runner::new().file("setup.yaml", SETUP).file("a.yaml", JOB);
    let run = runner.run_with(&["-q", "setup.yaml"]);
    assert_eq!(run.code, 0, "{run}");
    runner
}

/// Builds the config of the job with more fields.
fn config_with(fields: &str) -> String {
    JOB.replace("KIND: PromotionJob", &format!("KIND: PromotionJob, {fields}"))
}

fn assert_refused(run: &Output, words: &str) {
    assert!(run.code == 2 && run.stderr.contains(words), "{words}: {run}");
}

#[test]
fn external_free_text_is_not_interpolated() {
    let text = "x ${env:SECRET} ${file:secret} ${VERSION} $${y}";
    let runner = bikes().file("secret", "hunter3").env("SECRET", "hunter2");
    let (extras, set) = (format!("{{job: {{message: '{text}'}}}}"), format!("job.message={text}"));
    for (alias, flag, given) in [("job.alias=A", "--set", &set), ("job.alias=B", "-e", &extras)] {
        let run = runner.run_with(&["-o", "json", "a.yaml", "--set", alias, flag, given]);
        assert!(run.code == 0 && run.stdout.contains(text) && !run.to_string().contains("hunter"), "{run}");
        let history = runner.run_with(&["a.yaml", "-o", "json", "-e", "{job: {KIND: HistoryJob}}", "--set", alias]);
        assert!(history.stdout.contains(text) && !history.to_string().contains("hunter"), "{history}");
    }
    let run = runner.env("RUNNER__JOB__MESSAGE", text).run_with(&["-o", "json", "a.yaml"]);
    assert!(run.code == 0 && run.stdout.contains(text) && !run.stdout.contains("hunter"), "{run}");
}

#[test]
fn a_plan_keeps_external_free_text_literal() {
    let text = "x ${env:SECRET}";
    let alerts = ["app_name", "title", "message"].map(|field| format!("services.alerts.{field}={text}"));
    let sets = ["description", "tags.note"].map(|field| format!("job.{field}={text}"));
    let runner = bikes().env("SECRET", "hunter2");
    let args =
        |sets: &[String]| -> Vec<String> { sets.iter().flat_map(|set| ["--set".to_owned(), set.clone()]).collect() };
    let register = "{job: {KIND: RegistrationJob, source: s3://b/3}}";
    let given = args(&[&alerts[..], &sets[..]].concat());
    let given: Vec<&str> = ["a.yaml", "-e", register].into_iter().chain(given.iter().map(String::as_str)).collect();
    let run = runner.run_with(&given);
    assert!(run.code == 0 && run.stderr.contains(text) && !run.to_string().contains("hunter2"), "{run}");
    let given = args(&[&alerts[..], &[format!("job.message={text}")]].concat());
    let given: Vec<&str> = ["a.yaml"].into_iter().chain(given.iter().map(String::as_str)).collect();
    let plan = runner.run_with(&[given.as_slice(), &["--plan", "-o", "yaml"]].concat());
    assert_eq!(plan.stdout.matches("x $${env:SECRET}").count(), 4, "{plan}");
    let run = runner.file("plan.yaml", &plan.stdout).run_with(&["plan.yaml", "-o", "json"]);
    assert!(run.code == 0 && run.stdout.contains(text) && !run.to_string().contains("hunter2"), "{run}");
}

#[test]
fn values_of_files_and_external_values_of_other_fields_are_interpolated() {
    let runner = bikes().file("b.yaml", config_with("message: 'by ${env:WHO}'")).env("WHO", "ada").env("V", "1");
    let run = runner.run_with(&["-o", "json", "b.yaml", "--set", "job.version=${env:V}"]);
    assert!(run.code == 0 && run.stdout.contains("by ada") && run.stdout.contains("\"version\": 1"), "{run}");
}

#[test]
fn an_external_null_neither_disables_a_check_nor_selects_a_default() {
    for word in ["null", "Null", "NULL", "~"] {
        for field in ["VERSION", "EXPECT", "ALIAS"] {
            let run =
                Runner::new().file("a.yaml", JOB).env(&format!("RUNNER__JOB__{field}"), word).run_with(&["a.yaml"]);
            assert_refused(&run, "is no value here");
        }
        let run = Runner::new().file("a.yaml", JOB).env("MLFLOW_TRACKING_URI", word).run_with(&["a.yaml"]);
        assert_refused(&run, "is no value here");
    }
    let runner = Runner::new().file("a.yaml", JOB).file("b.yaml", config_with("expect: '${env:E}'")).env("E", "null");
    for word in ["null", "", "~"] {
        assert_refused(&runner.run_with(&["--set", &format!("job.expect={word}"), "a.yaml"]), "is no value here");
    }
    assert_refused(&runner.run_with(&["b.yaml"]), "is no value here");
    assert_refused(&runner.run_with(&["-e", "{job: {expect: }}", "a.yaml"]), "a null from outside");
    assert_refused(&runner.run_with(&["--set", "job={expect: null}", "a.yaml"]), "a null from outside");
    let uri = "services: {mlflow: {registry_name: bikes, tracking_uri: '${env:U}'}}\njob: {KIND: PromotionJob}\n";
    assert_refused(&Runner::new().file("u.yaml", uri).env("U", "").run_with(&["u.yaml"]), "is no value here");
}

#[test]
fn a_null_in_a_file_means_an_absent_value() {
    let runner = bikes().file("b.yaml", config_with("expect: null, version: '${env:V,null}'"));
    let run = runner.run_with(&["-o", "json", "b.yaml", "--set", "job.message=null"]);
    assert!(run.code == 0 && run.stdout.contains("\"message\": \"null\""), "{run}");
}

#[test]
fn a_broken_address_creates_no_store() {
    let job = "services: {mlflow: {registry_name: bikes}}\njob: {KIND: RegistrationJob, source: s3://b/x}\n";
    for (address, words) in [
        ("\"http://mlflow:5000\"", "quotes"),
        ("'./mlruns'", "quotes"),
        ("http://$HOST:5000", "`$`"),
        ("http://<host>:5000", "placeholder"),
        ("{{ uri }}", "placeholder"),
        ("http//mlflow:5000", "without `://`"),
        ("mlflow:5000", "without a scheme"),
        ("mlflow.internal", "without a scheme"),
        ("localhost", "without a scheme"),
        ("mlflow", "is a word"),
        ("http://user:pa#ss@127.0.0.1:5000", "the password in the address holds a `#`"),
    ] {
        for variable in ["MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "RUNNER__SERVICES__MLFLOW__TRACKING_URI"] {
            let runner = Runner::new().file("a.yaml", job).env(variable, address);
            assert_refused(&runner.run_with(&["a.yaml"]), words);
            let left: Vec<_> = runner.dir().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(left, ["a.yaml"], "{address}");
        }
    }
    for (address, words) in [
        ("'https://hook/hunter2'", "quotes"),
        ("https:/hook/hunter2", "without `://`"),
        ("https://$HOOK/hunter2", "`$`"),
    ] {
        let alerts = format!("alerts: {{channels: [{{KIND: WebhookChannel, url: {address:?}}}]}}, mlflow");
        let run = Runner::new().file("a.yaml", JOB.replace("mlflow", &alerts)).run_with(&["--check", "a.yaml"]);
        assert_refused(&run, words);
        assert!(!run.stderr.contains("hunter2"), "{run}");
    }
}

#[test]
fn blanks_around_an_address_are_trimmed_with_a_warning() {
    let run = bikes().env("MLFLOW_TRACKING_URI", " sqlite:///mlflow.db\r\n").run_with(&["a.yaml"]);
    let warning = "WARN a.yaml: the blanks around the address in `services.mlflow.tracking_uri` are ignored";
    assert!(run.code == 0 && run.stderr.contains(warning), "{run}");
}

#[test]
fn a_quoted_omegaconf_default_is_unquoted() {
    let service =
        "{registry_name: bikes, tracking_uri: \"${oc.env:NO,'http://127.0.0.1:1'}\", http_request_max_retries: 0}";
    let config = JOB.replace("{registry_name: bikes}", service);
    let run = Runner::new().file("a.yaml", config).run_with(&["a.yaml"]);
    assert!(run.code == 4 && run.stdout.contains("http://127.0.0.1:1"), "{run}");
}

#[test]
fn a_message_about_an_address_redacts_only_its_secrets() {
    let address = "http://me:hunter2@127.0.0.1:5000/?";
    let run = Runner::new().file("a.yaml", JOB).env("MLFLOW_TRACKING_URI", address).run_with(&["a.yaml"]);
    assert_refused(&run, "http://***@127.0.0.1:5000/?");
    assert!(!run.stderr.contains("hunter2"), "{run}");
}

#[test]
fn a_variable_that_overrides_a_file_is_named_without_its_value() {
    let runner = bikes().file("b.yaml", config_with("version: 1, message: x")).env("RUNNER__JOB__ALIAS", "New");
    let runner = runner.env("RUNNER__JOB__VERSION", "2").env("RUNNER__JOB__MESSAGE", "hunter2");
    let expected =
        "b.yaml: RUNNER__JOB__MESSAGE sets job.message; RUNNER__JOB__VERSION sets job.version to 2 instead of 1";
    for mode in [&[] as &[&str], &["--plan"], &["--check"]] {
        let run = runner.run_with(&[mode, &["b.yaml"]].concat());
        assert!(run.code == 0 && run.stderr.lines().filter(|line| line.ends_with(expected)).count() == 1, "{run}");
        assert!(!run.stderr.contains("hunter2"), "{run}");
    }
    let run = bikes().env("RUNNER__JOB__KIND", "PromotionJob").run_with(&["a.yaml"]);
    assert!(run.code == 0 && !run.stderr.contains("RUNNER__"), "{run}");
}

#[test]
fn a_check_shows_on_request_where_each_value_comes_from() {
    let config = "\
services: { mlflow: { tracking_username: ada, tracking_password: hunter2, registry_name: bikes } }
jobs: [{ KIND: PromotionJob, alias: '${env:ALIAS}', version: 3 }]
";
    let runner = Runner::new().file("a.yaml", config).file("base.yaml", "services: { logger: { level: debug } }");
    let runner = runner.env("MLFLOW_TRACKING_URI", "http://me:hunter3@127.0.0.1:1").env("ALIAS", "Champion");
    let runner =
        runner.env("RUNNER__JOBS__0__VERSION", "1").env("RUNNER__SERVICES__MLFLOW__TRACKING_PASSWORD", "hunter4");
    let runner = runner.args(["-b", "base.yaml", "--set", "jobs.0.record=false", "--check", "a.yaml"]);
    let run = runner.run_with(&["-v"]);
    insta::assert_snapshot!(run.snapshot());
    assert!(!run.stdout.contains("hunter") && !run.stderr.contains("hunter"), "{run}");
    assert_eq!(runner.run().stdout, "a.yaml: PromotionJob is valid\n");
}

#[test]
fn level_names_are_case_insensitive_and_have_synonyms() {
    for level in ["WARN", "warn", "Warning", "info", "Debug", "SUCCESS"] {
        let config = JOB.replace("mlflow", &format!("logger: {{level: {level}}}, mlflow"));
        let run = Runner::new().file("a.yaml", config).run_with(&["--check", "a.yaml"]);
        assert_eq!(run.code, 0, "{run}");
    }
}

#[test]
fn a_dash_is_not_a_file_name() {
    let runner = bikes();
    for report in ["json=-", "junit=-", "markdown=-"] {
        assert_refused(&runner.run_with(&["--report", report, "a.yaml"]), "`-` is no file");
    }
    assert_refused(&runner.run_with(&["--set", "services.logger.sink=-", "a.yaml"]), "`-` is no file");
    assert!(!runner.dir().join("-").exists());
}

#[test]
fn a_fractional_version_and_a_layer_without_a_kind_have_specific_errors() {
    let runner = Runner::new().file("a.yaml", config_with("version: 2.0")).file("b.yaml", "job: {alias: Champion}\n");
    let expected = "2.0 is not a version: a whole number from 1, `latest`, or `@` and an alias; write `2`";
    assert_refused(&runner.run_with(&["a.yaml"]), expected);
    assert_refused(&runner.run_with(&["b.yaml"]), "goes under them with `--base`");
}

#[test]
fn events_is_a_synonym_of_on_and_both_together_are_rejected() {
    let config = |keys: &str| {
        JOB.replace("mlflow", &format!("alerts: {{{keys}, channels: [{{KIND: ConsoleChannel, {keys}}}]}}, mlflow"))
    };
    for (keys, code) in [("events: [failed]", 0), ("on: [failed]", 0), ("events: [faild]", 2)] {
        let run = bikes().file("b.yaml", config(keys)).run_with(&["b.yaml"]);
        // Promotions are not notified.
        assert!(run.code == code && !run.stderr.contains("Finished"), "{keys}: {run}");
    }
    let run = bikes().file("b.yaml", config("events: [failed], on: [failed]")).run_with(&["b.yaml"]);
    assert_eq!(run.stderr.matches("`events` and `on` are two words for the same key").count(), 2, "{run}");
}
