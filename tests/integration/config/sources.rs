//! The sources of config values and their precedence.

use std::fs;
use std::io;
use std::path::PathBuf;

use runner::config::{Errors, JobSpec, Override, Sources, load};
use runner::jobs::{Job, PromotionJob};
use tempfile::TempDir;

/// A folder of configs, and the overrides of them.
struct Configs {
    folder: TempDir,
    sources: Sources,
}

impl Configs {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), sources: Sources::default() }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn file(mut self, name: &str, text: &str) -> Self {
        self.sources.files.push(self.write(name, text));
        self
    }

    fn base(mut self, name: &str, text: &str) -> Self {
        self.sources.base.push(self.write(name, text));
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.sources.env.insert(name.to_owned(), value.to_owned());
        self
    }

    fn set(mut self, argument: &str) -> Self {
        self.sources.overrides.push(Override::Set(argument.to_owned()));
        self
    }

    fn extras(mut self, text: &str) -> Self {
        self.sources.overrides.push(Override::Extras(text.to_owned()));
        self
    }

    fn load(&self) -> Result<Vec<JobSpec>, Errors> {
        load(&self.sources, &mut io::empty())
    }

    fn specs(&self) -> Vec<JobSpec> {
        self.load().unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn messages(&self) -> String {
        let errors = self.load().unwrap_err().to_string();
        errors.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

fn promotion(spec: &JobSpec) -> &PromotionJob {
    match &spec.job {
        Job::PromotionJob(job) => job,
        other => panic!("{other:?}"),
    }
}

const JOB: &str = "job: {KIND: PromotionJob, name: bikes}\n";

#[test]
fn each_source_overrides_the_sources_of_lower_precedence() {
    let timeout = |configs: &Configs| configs.specs()[0].services.mlflow.http_request_timeout;
    let configs = Configs::new().file("a.yaml", JOB);
    assert_eq!(timeout(&configs), 120);
    let configs = configs.env("MLFLOW_HTTP_REQUEST_TIMEOUT", "1");
    assert_eq!(timeout(&configs), 1);
    let configs = configs.base("b.toml", "[services.mlflow]\nhttp_request_timeout = 2\n");
    assert_eq!(timeout(&configs), 2);
    let configs = configs.base("c.json", r#"{"services": {"mlflow": {"http_request_timeout": 3}}}"#);
    assert_eq!(timeout(&configs), 3);
    configs.write("a.yaml", &format!("services: {{mlflow: {{http_request_timeout: 4}}}}\n{JOB}"));
    assert_eq!(timeout(&configs), 4);
    let configs = configs.env("RUNNER__SERVICES__MLFLOW__HTTP_REQUEST_TIMEOUT", "5");
    assert_eq!(timeout(&configs), 5);
    let configs = configs.set("services.mlflow.http_request_timeout=6");
    assert_eq!(timeout(&configs), 6);
    let configs = configs.extras("{services: {mlflow: {http_request_timeout: 7}}}");
    assert_eq!(timeout(&configs), 7);
    assert_eq!(timeout(&configs.set("services.mlflow.http_request_timeout=8")), 8);
}

#[test]
fn variables_are_coerced_to_the_type_of_their_field_and_ci_variables_are_ignored() {
    let configs = Configs::new()
        .file(
            "a.yaml",
            "jobs:\n  - {KIND: PromotionJob, name: bikes, message: kept}\n  - {KIND: PromotionJob, name: cars}\n",
        )
        .env("RUNNER__JOBS__0__ALIAS", "007")
        .env("RUNNER__JOBS__0__RECORD", "FALSE")
        .env("RUNNER__jobs__1__version", "3")
        .env("RUNNER_OS", "Linux")
        .env("RUNNER_TEMP", "x");
    let specs = configs.specs();
    assert_eq!(promotion(&specs[0]).alias.as_str(), "007");
    assert!(!promotion(&specs[0]).record);
    assert_eq!(promotion(&specs[0]).message.as_deref(), Some("kept"));
    assert_eq!(promotion(&specs[1]).version.to_string(), "3");
}

#[test]
fn values_of_mlflow_variables_are_not_interpolated() {
    let configs = Configs::new().file("a.yaml", JOB).env("MLFLOW_TRACKING_PASSWORD", "${env:HOME}").env("HOME", "x");
    let password = configs.specs()[0].services.mlflow.tracking_password.clone();
    assert_eq!(password.unwrap().expose(), "${env:HOME}");
}

#[test]
fn a_value_that_is_one_interpolation_is_coerced_to_the_type_of_its_field() {
    let configs = Configs::new()
        .file(
            "a.yaml",
            "job: {KIND: PromotionJob, name: bikes, version: '${env:V}', record: '${env:R}', message: '${env:M}'}",
        )
        .env("V", "3")
        .env("R", "0")
        .env("M", "${env:V}");
    let specs = configs.specs();
    assert_eq!(promotion(&specs[0]).version.to_string(), "3");
    assert!(!promotion(&specs[0]).record);
    assert_eq!(promotion(&specs[0]).message.as_deref(), Some("${env:V}"));
}

#[test]
fn a_dash_reads_yaml_from_standard_input() {
    let sources = Sources { files: vec!["-".into()], ..Sources::default() };
    let specs = load(&sources, &mut JOB.as_bytes()).unwrap();
    assert_eq!(specs[0].config, "-");
    let errors = load(&sources, &mut &b"job: {KIND: X}"[..]).unwrap_err().to_string();
    assert!(errors.contains("standard input:1:13"), "{errors}");
}

#[test]
fn errors_in_the_services_of_a_job_are_located_in_that_job() {
    let two = "services: {mlflow: {registry_name: bikes, http_request_timeout: 9}}\njobs:\n  - KIND: PromotionJob\n  - KIND: PromotionJob\n    mlflow_service: {registry_name: NAME}\n";
    let specs = Configs::new().file("a.yaml", &two.replace("NAME", "cars")).specs();
    assert_eq!(promotion(&specs[0]).name.as_str(), "bikes");
    assert_eq!(promotion(&specs[1]).name.as_str(), "cars");
    assert_eq!(specs[1].services.mlflow.http_request_timeout, 9);
    insta::assert_snapshot!(Configs::new().file("a.yaml", &two.replace("NAME", "' '")).messages());
}

#[test]
fn errors_are_grouped_by_file_and_shared_ones_reported_once() {
    let configs = Configs::new()
        .base("base.yaml", "services: {logger: {levl: INFO}}\n")
        .file("a.yaml", "job: {KIND: PromotionJob, name: bikes, alias: v1}\n")
        .file("b.toml", "[job]\nKIND = 'PromotionJob'\nname = 'bikes'\nalias = 'v2'\n")
        .file("c.yaml", "job: [")
        .file("d.yaml", JOB);
    insta::assert_snapshot!(configs.messages());
}

#[test]
fn a_missing_field_is_located_in_the_config_even_if_a_base_holds_the_job() {
    let configs = Configs::new()
        .base("base.yaml", "job: {KIND: RegistrationJob, name: bikes}\n")
        .file("a.yaml", "services: {}\n")
        .file("b.yaml", "job: {alias: Champion}\n");
    insta::assert_snapshot!(configs.messages());
}

#[test]
fn an_external_secret_is_never_repeated() {
    let configs = Configs::new()
        .file("a.yaml", "services: {mlflow: {registry_name: '${env:S}'}, logger: {level: '${env:S}'}, alerts: {enable: '${env:S}'}}\njob: {KIND: PromotionJob, alias: '${env:S}', version: 'x${env:S}', expect: '${env:S}', tags: '${env:S}'}\n")
        .env("S", "hunter2/hunter2");
    let messages_text = configs.messages();
    assert!(!messages_text.contains("hunter2"), "{messages_text}");
    assert!(configs.load().unwrap_err().count() >= 5, "{messages_text}");
}

#[test]
fn ten_thousand_jobs_load_and_their_errors_are_truncated() {
    let job = |place: usize| format!("  - {{KIND: PromotionJob, name: model-{place}, version: {}}}\n", place + 1);
    let text: String = (0..10_000).map(job).collect();
    let specs = Configs::new().file("a.yaml", &format!("jobs:\n{text}")).specs();
    assert_eq!(specs.len(), 10_000);
    assert_eq!(specs[9_999].index, 9_999);
    let bad = Configs::new().file("a.yaml", &format!("jobs:\n{}", text.replace("name", "nmae")));
    let messages_text = bad.messages();
    assert!(messages_text.contains("10050 more errors"), "{}", &messages_text[..500]);
}
