//! HTTP/2 over TLS.

mod server;

use std::sync::Arc;

use h2::Reason;
use server::{Fault, Server};

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Output, Runner};
use crate::support::tls_server::speaking;

/// Makes a batch with a promotion of each model, and the server with the models.
fn batch(models: usize) -> (String, FakeMlflow) {
    let jobs: String = (0..models).map(|at| format!("  - {{KIND: PromotionJob, name: m{at}}}\n")).collect();
    let fake =
        (0..models).fold(FakeMlflow::start(), |fake, at| fake.model(&format!("m{at}"), |model| model.version(1)));
    (format!("jobs:\n{jobs}"), fake)
}

fn run(server: &Server, config: &str) -> Output {
    runner(&server.uri(), &server.bundle.path().to_string_lossy(), config).run()
}

fn runner(uri: &str, bundle: &str, config: &str) -> Runner {
    let runner = Runner::new().file("a.yaml", config).args(["-vv", "-j", "8", "a.yaml"]);
    let runner = runner.env("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0").env("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0");
    runner.env("MLFLOW_TRACKING_SERVER_CERT_PATH", bundle).env("MLFLOW_TRACKING_URI", uri)
}

#[track_caller]
fn assert_moved(run: &Output, fake: &FakeMlflow, models: usize) {
    assert_eq!(run.code, 0, "{run}");
    assert!(fake.aliases().values().all(|version| *version == 1) && fake.aliases().len() == models, "{run}");
}

#[test]
fn concurrent_jobs_share_one_http_2_connection() {
    let (config, fake) = batch(32);
    let server = Server::start(fake, Fault::Refused(0));
    assert_moved(&run(&server, &config), &server.fake, 32);
    assert!(server.received() >= 32 * 3, "{}", server.received());
    assert_eq!(server.connections().len(), 1, "{:?}", server.connections());
}

#[test]
fn a_server_without_http_2_gets_http_1() {
    for versions in [&["http/1.1"][..], &[]] {
        let (config, bundle) = speaking(versions);
        let fake = FakeMlflow::start_tls(Arc::clone(&config)).model("m0", |model| model.version(1));
        let run = runner(&fake.uri(), &bundle.path().to_string_lossy(), &batch(1).0).run();
        assert_moved(&run, &fake, 1);
    }
}

#[test]
fn requests_that_an_http_2_server_did_not_process_are_sent_again() {
    for fault in [
        Fault::Refused(1),
        Fault::Refused(20),
        Fault::Stopped { requests: 1, reason: Reason::NO_ERROR },
        Fault::Stopped { requests: 3, reason: Reason::ENHANCE_YOUR_CALM },
        Fault::Cut(1),
    ] {
        let (config, fake) = batch(4);
        let server = Server::start(fake, fault);
        assert_moved(&run(&server, &config), &server.fake, 4);
    }
}

#[test]
fn a_dead_connection_is_replaced() {
    let (config, fake) = batch(4);
    let server = Server::start(fake, Fault::Deaf(1));
    let runner = runner(&server.uri(), &server.bundle.path().to_string_lossy(), &config);
    let run = runner.env("MLFLOW_HTTP_REQUEST_TIMEOUT", "3").run();
    assert_moved(&run, &server.fake, 4);
    assert!(run.stderr.contains("the connection went dead"), "{run}");
}

#[test]
fn a_write_once_request_is_sent_again_only_if_an_http_2_server_did_not_process_it() {
    const CREATE: &str = "model-versions/create";
    for (fault, code, received, told) in
        [(Fault::Refused(4), 0, 5, "(try "), (Fault::Cut(1), 1, 1, "it is not known whether the registry")]
    {
        let server = Server::start_for_endpoint(CREATE, batch(1).1, fault);
        let run = run(&server, "job: {KIND: RegistrationJob, name: m0, source: \"s3://x/y\"}\n");
        let created = server.fake.calls().iter().filter(|call| call.ends_with(CREATE)).count();
        assert_eq!((run.code, server.received(), created), (code, received, 1), "{run}");
        assert!(run.to_string().contains(told), "{run}");
    }
}

#[test]
fn the_endpoint_of_a_gate_receives_the_configured_host() {
    let (config, bundle) = speaking(&["h2", "http/1.1"]);
    // It speaks HTTP/2 with nobody: over that, the host would be told twice.
    let endpoint = FakeMlflow::start_tls(config).model("m0", |model| model.version(1));
    let url = format!("{}/api/2.0/mlflow/registered-models/get?name=m0", endpoint.uri());
    let gate =
        format!("{{KIND: HttpGate, url: {url:?}, ca_bundle: {:?}, headers: {{Host: m0.example}}}}", bundle.path());
    let config = format!("job: {{KIND: PromotionJob, name: m0, gates: [{gate}]}}\n");
    let (_, fake) = batch(1);
    assert_moved(&runner(&fake.uri(), "", &config).run(), &fake, 1);
    assert_eq!(endpoint.requests()[0].header("host"), Some("m0.example"));
}
