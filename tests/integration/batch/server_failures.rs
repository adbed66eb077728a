//! Servers that fail, die or hang during a batch: every move is in the history.

use std::io;

use serde_json::Value;

use super::{ALIAS, champions, document, list, promotions, runner, server_with_models, statuses};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};

/// Builds a run that promotes each model, with a number of immediate retries.
fn batch(fake: &FakeMlflow, models: usize, retries: usize) -> Runner {
    let retrying = format!(
        "http_request_timeout: 1, http_request_max_retries: {retries}, \
         http_request_backoff_factor: 0, http_request_backoff_jitter: 0"
    );
    let config = list(&promotions(models)).replace("http_request_max_retries: 0", &retrying);
    runner(fake).file("batch.yaml", config).args(["-q", "-o", "json", "batch.yaml"])
}

/// Asserts that the history of each model matches its alias, or that the move is unconfirmed.
fn assert_recorded(fake: &FakeMlflow, document: &Value, run: &Output) {
    for (job, champion) in document["jobs"].as_array().unwrap().iter().zip(champions(fake, 100)) {
        let (status, version) = (job["status"].as_str().unwrap(), job["outcome"]["version"].as_u64());
        match status {
            "promoted" => assert_eq!(champion, version, "{run}"),
            // Every alias that may have moved has its target version in the report.
            "failed" | "unknown" if champion == Some(3) => assert_eq!(version, Some(3), "{run}"),
            "failed" | "unknown" | "skipped" => assert_eq!(champion, Some(2), "{run}"),
            other => panic!("{other} in {run}"),
        }
        assert_eq!(job["error"].is_null(), !matches!(status, "failed" | "unknown"), "{run}");
    }
}

/// Fails one read of an alias.
fn failed_read() -> Fault {
    Fault::status(503).on(ALIAS).method("GET")
}

#[test]
fn every_third_failed_request_is_retried() {
    for width in ["1", "8"] {
        let fake = server_with_models(20).fault(Fault::status(503).every(3));
        // MLflow's own default of retries, so that random failures do not exhaust them.
        let run = batch(&fake, 20, 10).args(["-j", width]).run();
        assert_eq!((run.code, statuses(&document(&run))), (0, vec!["promoted"; 20]), "{run}");
        assert_eq!(champions(&fake, 20), [Some(3); 20]);
    }
}

#[test]
fn every_alias_that_moved_is_recorded_when_every_third_request_fails_for_good() {
    for width in ["1", "4"] {
        let fake = server_with_models(12).fault(Fault::status(500).every(3));
        let run = batch(&fake, 12, 0).args(["-j", width, "--on-failure", "continue"]).run();
        assert_eq!(run.code, 4, "{run}");
        assert_recorded(&fake, &document(&run), &run);
    }
}

#[test]
fn every_alias_that_moved_is_recorded_when_the_server_dies() {
    // Each promotion takes five requests: the server dies at each step of one.
    for requests in 10..15 {
        for policy in ["stop", "continue", "restore"] {
            let fake = server_with_models(4).fault(Fault::reset().after(requests).always());
            let run = batch(&fake, 4, 0).args(["--on-failure", policy]).run();
            let document = document(&run);
            let restored = policy == "restore";
            let first = if restored { "not_restored" } else { "promoted" };
            assert_eq!(statuses(&document)[..2], [first; 2], "{run}");
            // An alias that was not restored is a failure, not an outage.
            let code = if restored { 1 } else { 4 };
            assert_eq!(run.code, code, "{run}");
            // The last two requests are concurrent: either may get the response.
            let is_recorded = &document["jobs"][2]["outcome"]["recorded"];
            assert!(requests == 14 || *is_recorded == false, "{run}");
            let lost = |job: usize| document["jobs"][job]["error"]["message"].as_str().unwrap_or_default();
            assert!(!restored || lost(0).starts_with("the alias could not be moved back with the batch: "), "{run}");
            if !restored {
                assert_recorded(&fake, &document, &run);
            }
            assert_eq!(champions(&fake, 2), [Some(3); 2]);
        }
    }
}

#[test]
fn a_write_without_a_response_is_recorded_as_unconfirmed() {
    let fake = server_with_models(2).fault(Fault::lost().on(ALIAS).method("POST")).fault(failed_read());
    let run = batch(&fake, 2, 0).args(["--on-failure", "continue"]).run();
    let document = document(&run);
    assert_eq!((run.code, statuses(&document)), (4, vec!["failed", "promoted"]), "{run}");
    assert_recorded(&fake, &document, &run);
    let error = document["jobs"][0]["error"]["message"].as_str().unwrap();
    assert!(error.starts_with("the move of m0@Champion to version 3 got no clear answer: "), "{run}");
}

#[test]
fn an_applied_write_without_a_response_is_restored() {
    for (fault, writes) in [(Fault::lost(), 2), (Fault::reset(), 1)] {
        let fake = server_with_models(1).fault(fault.on(ALIAS).method("POST")).fault(failed_read());
        let run = batch(&fake, 1, 0).args(["--on-failure", "restore"]).run();
        let made = fake.calls().iter().filter(|call| *call == &format!("POST {ALIAS}")).count();
        assert_eq!((run.code, made, champions(&fake, 1)), (4, writes, vec![Some(2)]), "{run}");
    }
}

#[test]
fn a_hanging_server_ends_the_batch_at_its_time_limit() {
    let fake = server_with_models(6).fault(Fault::hang().after(5).always());
    let run = batch(&fake, 6, 0).args(["-j", "1"]).run();
    let document = document(&run);
    let expected = [&["promoted", "failed"][..], &["skipped"; 4]].concat();
    assert_eq!((run.code, statuses(&document)), (4, expected), "{run}");
    assert_recorded(&fake, &document, &run);
    let error = &document["jobs"][1]["error"];
    assert_eq!(error["code"], "UNREACHABLE", "{run}");
}

#[test]
fn hanging_requests_of_concurrent_jobs_end_together() {
    let fake = server_with_models(4).fault(Fault::hang().on(ALIAS).method("POST").always());
    let run = batch(&fake, 4, 0).args(["-j", "4"]).run();
    let document = document(&run);
    assert_eq!((run.code, statuses(&document)), (4, vec!["unknown"; 4]), "{run}");
    assert_recorded(&fake, &document, &run);
}

#[test]
fn a_closed_output_pipe_does_not_change_a_batch() {
    let fake = server_with_models(30);
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let run = batch(&fake, 30, 0).args(["-j", "4"]).spawn_to(writer.into()).finish();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run}");
    assert_eq!(champions(&fake, 30), [Some(3); 30]);
}
