//! The services of a batch: shared if configured equally, stopped in reverse start order.

use std::fs;

use serde_json::Value;

use super::{ALIAS, list, promotions, runner, server_with_models};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::Output;

/// Returns starts (`+`) and stops (`-`) in order, with a mark of the logger that logged each.
fn service_events(log: &str) -> Vec<String> {
    let mut lives = vec![];
    for line in log.lines() {
        // Tests with two loggers give them different formats.
        let (mark, said) = match serde_json::from_str::<Value>(line) {
            Ok(event) => ("json ", event["message"].as_str().unwrap().to_owned()),
            Err(_) => ("", line.trim_start().trim_start_matches("DEBUG ").to_owned()),
        };
        let life = [("+", "started the service "), ("-", "stopping the service ")]
            .into_iter()
            .find_map(|(sign, words)| Some((sign, said.strip_prefix(words)?.split(' ').next()?.to_owned())));
        lives.extend(life.map(|(sign, service)| format!("{mark}{sign}{service}")));
    }
    lives
}

fn run_with_concurrency(fake: &FakeMlflow, width: &str, configs: &[(&str, String)]) -> (Output, String) {
    let runner = runner(fake).args(["-v", "-j", width]);
    let runner = configs.iter().fold(runner, |runner, (name, text)| runner.file(name, text).arg(*name));
    let run = runner.run();
    let log = fs::read_to_string(runner.dir().join("run.log")).unwrap_or_default();
    (run, log)
}

#[test]
fn equal_services_start_once_for_all_files_and_jobs() {
    for width in ["1", "4"] {
        let fake = server_with_models(3);
        let config = list(&promotions(3));
        let (run, _) = run_with_concurrency(&fake, width, &[("a.yaml", config.clone()), ("b.yaml", config)]);
        let expected = ["+logger", "+alerts", "+mlflow", "-mlflow", "-alerts", "-logger"];
        assert_eq!((run.code, service_events(&run.stderr)), (0, expected.map(str::to_owned).to_vec()), "{run}");
    }
}

#[test]
fn files_that_only_name_other_models_share_one_connection() {
    let fake = server_with_models(2);
    let config = |name: &str| {
        super::list(&["{ KIND: PromotionJob }"]).replace("registry_name: m0", &format!("registry_name: {name}"))
    };
    let (run, _) = run_with_concurrency(&fake, "1", &[("a.yaml", config("m0")), ("b.yaml", config("m1"))]);
    let expected = ["+logger", "+alerts", "+mlflow", "-mlflow", "-alerts", "-logger"];
    assert_eq!((run.code, service_events(&run.stderr)), (0, expected.map(str::to_owned).to_vec()), "{run}");
    assert_eq!(super::champions(&fake, 2), [Some(3); 2]);
}

#[test]
fn concurrent_jobs_share_a_pool_of_one_connection_per_job() {
    let fake = server_with_models(4).fault(Fault::held().on(ALIAS).method("POST").always());
    let runner = super::batch(&fake, &promotions(4)).args(["-j", "2"]);
    let running = runner.spawn();
    fake.wait_for(ALIAS, 2);
    fake.release();
    assert_eq!(running.finish().code, 0);
    // Two concurrent reads for each of two jobs.
    assert!(fake.connections() <= 4, "{}", fake.connections());
}

#[test]
fn two_registries_share_the_logger_and_the_alerts() {
    for width in ["1", "4"] {
        let (one, two) = (server_with_models(1), server_with_models(1));
        let config = list(&promotions(1));
        let elsewhere = config.replace("mlflow: {", &format!("mlflow: {{ tracking_uri: '{}',", two.uri()));
        let (run, _) = run_with_concurrency(&one, width, &[("a.yaml", config), ("b.yaml", elsewhere)]);
        let expected = ["+logger", "+alerts", "+mlflow", "+mlflow", "-mlflow", "-mlflow", "-alerts", "-logger"];
        assert_eq!((run.code, service_events(&run.stderr)), (0, expected.map(str::to_owned).to_vec()), "{run}");
        assert_eq!((one.alias("m0", "Champion"), two.alias("m0", "Champion")), (Some(3), Some(3)));
    }
}

#[test]
fn distinct_services_all_start_and_all_stop_in_reverse() {
    for width in ["1", "4"] {
        let (one, two) = (server_with_models(1), server_with_models(1));
        let config = list(&promotions(1)).replace("format: compact", "sink: run.log, format: compact");
        let other = config
            .replace("format: compact", "format: json")
            .replace("enable: false", "enable: false, app_name: Other")
            .replace("mlflow: {", &format!("mlflow: {{ tracking_uri: '{}',", two.uri()));
        let (run, log) = run_with_concurrency(&one, width, &[("a.yaml", config), ("b.yaml", other)]);
        let expected = [
            "+logger",
            "+alerts",
            "+mlflow",
            "json +logger",
            "json +alerts",
            "json +mlflow",
            "json -mlflow",
            "json -alerts",
            "json -logger",
            "-mlflow",
            "-alerts",
            "-logger",
        ];
        assert_eq!((run.code, service_events(&log)), (0, expected.map(str::to_owned).to_vec()), "{run}\n{log}");
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn all_services_stop_if_a_later_one_fails_to_start() {
    let fake = server_with_models(2);
    let config = list(&promotions(1));
    let broken = config
        .replace("mlflow: {", "mlflow: { tracking_uri: 'https://127.0.0.1:1', tracking_server_cert_path: missing.pem,");
    let (run, _) = run_with_concurrency(&fake, "1", &[("a.yaml", config), ("b.yaml", broken)]);
    let expected = ["+logger", "+alerts", "+mlflow", "-mlflow", "-alerts", "-logger"];
    assert_eq!((run.code, service_events(&run.stderr)), (1, expected.map(str::to_owned).to_vec()), "{run}");
    assert_eq!(fake.alias("m0", "Champion"), Some(3));
}

#[test]
fn each_config_logs_to_its_own_logger() {
    let fake = server_with_models(4).fault(Fault::held().on(ALIAS).method("POST").always());
    let config = |jobs: &[String], sink: &str| list(jobs).replace("logger: {", &format!("logger: {{ sink: {sink},"));
    let jobs = promotions(4);
    let runner = runner(&fake)
        .file("a.yaml", config(&jobs[..2], "a.log"))
        .file("b.yaml", config(&jobs[2..], "b.log"))
        .args(["-j", "4", "a.yaml", "b.yaml"]);
    let running = runner.spawn();
    // All four write at the same time.
    fake.wait_for(ALIAS, 4);
    fake.release();
    let run = running.finish();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run}");
    for (file, config) in [("a.log", "a.yaml"), ("b.log", "b.yaml")] {
        let log = fs::read_to_string(runner.dir().join(file)).unwrap();
        let names = [0, 1].map(|job| format!("INFO {config}[{job}] "));
        for name in &names {
            let said: Vec<&str> = log.lines().filter(|line| line.starts_with(name.as_str())).collect();
            assert_eq!(said.len(), 2, "{name}: {log}");
        }
        assert_eq!(log.lines().count(), 4, "every line carries the name of its job: {log}");
    }
}
