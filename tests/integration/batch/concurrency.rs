//! Concurrent jobs: independent jobs overlap, conflicting jobs run in order.

use super::{ALIAS, batch, champions, document, promotions, server_with_models, statuses};
use crate::support::fake_mlflow::{FakeMlflow, Fault, Request};

/// Returns method and endpoint of the requests about a model.
fn requests_about(fake: &FakeMlflow, model: &str) -> Vec<String> {
    let quoted = format!("name = '{model}'");
    let about = |request: &&Request| {
        let named = |(_, value): &(String, String)| value == model || *value == quoted;
        request.json()["name"] == model || request.query.iter().any(named)
    };
    let requests = fake.requests();
    requests.iter().filter(about).map(|request| format!("{} {}", request.method, request.endpoint())).collect()
}

#[test]
fn independent_jobs_overlap_up_to_the_concurrency() {
    let fake = server_with_models(5).fault(Fault::held().on(ALIAS).method("POST").always());
    let runner = batch(&fake, &promotions(5)).args(["-j", "3", "-o", "json"]);
    let running = runner.spawn();
    // Three writes are in flight, and the other jobs have sent no request.
    fake.wait_for(ALIAS, 3);
    assert_eq!((requests_about(&fake, "m3").len(), requests_about(&fake, "m4").len()), (0, 0));
    fake.release();
    let run = running.finish();
    assert_eq!((run.code, statuses(&document(&run))), (0, vec!["promoted"; 5]), "{run}");
    assert_eq!(champions(&fake, 5), [Some(3); 5]);
}

#[test]
fn jobs_run_sequentially_by_default() {
    let fake = server_with_models(2).fault(Fault::held().on(ALIAS).method("POST").always());
    let runner = batch(&fake, &promotions(2));
    let running = runner.spawn();
    fake.wait_for(ALIAS, 1);
    assert_eq!(requests_about(&fake, "m1"), [""; 0]);
    fake.release();
    assert_eq!((running.finish().code, champions(&fake, 2)), (0, vec![Some(3); 2]));
}

#[test]
fn two_moves_of_one_alias_run_in_order_without_overlap() {
    let fake = server_with_models(2).fault(Fault::held().on(ALIAS).method("POST").always());
    let jobs = [
        "{ KIND: PromotionJob, name: m0, version: 3 }",
        "{ KIND: PromotionJob, name: m0, version: 1 }",
        "{ KIND: PromotionJob, name: m1 }",
    ];
    let runner = batch(&fake, &jobs).args(["-j", "4", "-o", "json"]);
    let running = runner.spawn();
    // The first and the third write; the second waits for the first and has sent no request.
    fake.wait_for(ALIAS, 2);
    assert_eq!((requests_about(&fake, "m0").len(), requests_about(&fake, "m1").len()), (3, 3));
    fake.release();
    let document = document(&running.finish());
    let moves = ["0", "1"].map(|job| {
        let outcome = &document["jobs"][job.parse::<usize>().unwrap()]["outcome"];
        (outcome["previous_version"].as_u64(), outcome["version"].as_u64())
    });
    assert_eq!(moves, [(Some(2), Some(3)), (Some(3), Some(1))]);
    assert_eq!(champions(&fake, 2), [Some(1), Some(3)]);
    let requests_about = requests_about(&fake, "m0");
    let methods: Vec<&str> = requests_about.iter().map(|call| call.split(' ').next().unwrap()).collect();
    let (first, second) = methods.split_at(5);
    for own in [first, second] {
        // The move is confirmed and recorded concurrently.
        assert_eq!(own[..3], ["GET", "GET", "POST"], "{requests_about:?}");
        assert!(matches!(own[3..], ["GET", "POST"] | ["POST", "GET"]), "{requests_about:?}");
    }
}

#[test]
fn a_source_alias_is_read_after_an_earlier_job_moved_it() {
    let fake = server_with_models(1).fault(Fault::held().on(ALIAS).method("POST").always());
    let jobs = [
        "{ KIND: PromotionJob, alias: Staging, version: 1 }",
        "{ KIND: PromotionJob, version: '@Staging' }",
        "{ KIND: PromotionJob, alias: Canary, version: 3 }",
    ];
    let runner = batch(&fake, &jobs).args(["-j", "4", "-o", "json"]);
    let running = runner.spawn();
    // The first and the third write, and the second has read nothing.
    fake.wait_for(ALIAS, 2);
    assert!(!fake.calls().contains(&format!("GET {ALIAS}")), "{:?}", fake.calls());
    fake.release();
    let run = running.finish();
    assert_eq!((run.code, statuses(&document(&run))), (0, vec!["promoted"; 3]), "{run}");
    assert_eq!((champions(&fake, 1), fake.alias("m0", "Canary")), (vec![Some(1)], Some(3)));
}

#[test]
fn a_source_alias_is_read_before_a_later_job_moves_it() {
    let fake =
        server_with_models(2).model("m0", |model| model.version(1).version(2).alias("Staging", 1).alias("Champion", 2));
    let fake = fake.fault(Fault::held().on(ALIAS).method("GET").times(1));
    let jobs = [
        "{ KIND: PromotionJob, version: '@Staging' }",
        "{ KIND: PromotionJob, alias: Staging, version: 2 }",
        "{ KIND: PromotionJob, name: m1 }",
    ];
    let runner = batch(&fake, &jobs).args(["-j", "4"]);
    let running = runner.spawn();
    // The third is done while the first still reads; the second waits although it could run.
    fake.wait_for("registered-models/set-tag", 1);
    assert_eq!((fake.alias("m1", "Champion"), fake.alias("m0", "Staging")), (Some(3), Some(1)));
    fake.release();
    assert_eq!(running.finish().code, 0);
    assert_eq!((fake.alias("m0", "Champion"), fake.alias("m0", "Staging")), (Some(1), Some(2)));
}

#[test]
fn the_latest_version_is_chosen_after_an_earlier_registration() {
    let fake = server_with_models(1).fault(Fault::held().on("model-versions/create").times(1));
    let jobs = ["{ KIND: RegistrationJob, source: 's3://new' }", "{ KIND: PromotionJob }"];
    let runner = batch(&fake, &jobs).args(["-j", "4"]);
    let running = runner.spawn();
    fake.wait_for("model-versions/create", 1);
    assert_eq!(fake.calls(), ["POST registered-models/create", "POST model-versions/create"]);
    fake.release();
    assert_eq!((running.finish().code, champions(&fake, 1)), (0, vec![Some(4)]));
}

#[test]
fn the_last_of_many_moves_of_one_alias_wins() {
    let fake = server_with_models(1);
    let jobs: Vec<String> =
        (0..40).map(|job| format!("{{ KIND: PromotionJob, name: m0, version: {} }}", [3, 1, 2][job % 3])).collect();
    let run = batch(&fake, &jobs).args(["-q", "-j", "32"]).run();
    assert_eq!((run.code, champions(&fake, 1)), (0, vec![Some(3)]), "{run}");
}

#[test]
fn an_invalid_concurrency_is_wrong_usage() {
    let fake = server_with_models(1);
    for (width, said) in [
        ("0", "0 is not in 1..=1024"),
        ("abc", "invalid digit"),
        ("5000", "5000 is not in 1..=1024"),
        ("-1", "unexpected argument"),
    ] {
        let run = batch(&fake, &promotions(1)).args(["-j", width]).run();
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run}");
        assert!(run.stderr.contains(said), "{run}");
    }
    assert_eq!(fake.connections(), 0);
}
