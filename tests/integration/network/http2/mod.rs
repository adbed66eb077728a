//! HTTP/2, where a server behind TLS has it.

mod server;

use std::sync::Arc;

use h2::Reason;
use server::{Fault, Server};

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Output, Runner};
use crate::support::tls_server::speaking;

/// A promotion of each of so many models, and the server that has them.
fn batch(models: usize) -> (String, FakeMlflow) {
    let jobs: String = (0..models).map(|at| format!("  - {{KIND: PromotionJob, name: m{at}}}\n")).collect();
    let fake =
        (0..models).fold(FakeMlflow::start(), |fake, at| fake.model(&format!("m{at}"), |model| model.version(1)));
    (format!("jobs:\n{jobs}"), fake)
}

fn run(server: &Server, config: &str) -> Output {
    over(&server.uri(), &server.bundle.path().to_string_lossy(), config).run()
}

fn over(uri: &str, bundle: &str, config: &str) -> Runner {
    let runner = Runner::new().file("a.yaml", config).args(["-vv", "-j", "8", "a.yaml"]);
    let runner = runner.env("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0").env("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0");
    runner.env("MLFLOW_TRACKING_SERVER_CERT_PATH", bundle).env("MLFLOW_TRACKING_URI", uri)
}

#[track_caller]
fn moved(run: &Output, fake: &FakeMlflow, models: usize) {
    assert_eq!(run.code, 0, "{run}");
    assert!(fake.aliases().values().all(|version| *version == 1) && fake.aliases().len() == models, "{run}");
}

#[test]
fn jobs_side_by_side_share_one_connection_of_http_2() {
    let (config, fake) = batch(32);
    let server = Server::start(fake, Fault::Refused(0));
    moved(&run(&server, &config), &server.fake, 32);
    assert!(server.asked() >= 32 * 3, "{}", server.asked());
    assert_eq!(server.connections().len(), 1, "{:?}", server.connections());
}

#[test]
fn a_server_without_http_2_is_spoken_to_as_before() {
    for versions in [&["http/1.1"][..], &[]] {
        let (config, bundle) = speaking(versions);
        let fake = FakeMlflow::start_tls(Arc::clone(&config)).model("m0", |model| model.version(1));
        let run = over(&fake.uri(), &bundle.path().to_string_lossy(), &batch(1).0).run();
        moved(&run, &fake, 1);
    }
}

#[test]
fn requests_that_an_http_2_server_did_not_look_at_are_sent_again() {
    for fault in [
        Fault::Refused(1),
        Fault::Refused(20),
        Fault::Stopped { asked: 1, reason: Reason::NO_ERROR },
        Fault::Stopped { asked: 3, reason: Reason::ENHANCE_YOUR_CALM },
        Fault::Cut(1),
    ] {
        let (config, fake) = batch(4);
        let server = Server::start(fake, fault);
        moved(&run(&server, &config), &server.fake, 4);
    }
}

#[test]
fn a_connection_that_went_dead_is_left_for_another() {
    let (config, fake) = batch(4);
    let server = Server::start(fake, Fault::Deaf(1));
    let runner = over(&server.uri(), &server.bundle.path().to_string_lossy(), &config);
    let run = runner.env("MLFLOW_HTTP_REQUEST_TIMEOUT", "3").run();
    moved(&run, &server.fake, 4);
    assert!(run.stderr.contains("the connection went dead"), "{run}");
}

#[test]
fn what_must_not_be_doubled_is_sent_again_only_if_an_http_2_server_did_not_look_at_it() {
    const CREATE: &str = "model-versions/create";
    for (fault, code, asked, told) in
        [(Fault::Refused(4), 0, 5, "trying again"), (Fault::Cut(1), 1, 1, "it is not known whether the registry")]
    {
        let server = Server::striking(CREATE, batch(1).1, fault);
        let run = run(&server, "job: {KIND: RegistrationJob, name: m0, source: \"s3://x/y\"}\n");
        let created = server.fake.calls().iter().filter(|call| call.ends_with(CREATE)).count();
        assert_eq!((run.code, server.asked(), created), (code, asked, 1), "{run}");
        assert!(run.to_string().contains(told), "{run}");
    }
}

#[test]
fn the_host_that_a_gate_names_is_the_one_that_its_endpoint_sees() {
    let (config, bundle) = speaking(&["h2", "http/1.1"]);
    // It speaks HTTP/2 with nobody: over that, the host would be told twice.
    let endpoint = FakeMlflow::start_tls(config).model("m0", |model| model.version(1));
    let url = format!("{}/api/2.0/mlflow/registered-models/get?name=m0", endpoint.uri());
    let gate =
        format!("{{KIND: HttpGate, url: {url:?}, ca_bundle: {:?}, headers: {{Host: m0.example}}}}", bundle.path());
    let config = format!("job: {{KIND: PromotionJob, name: m0, gates: [{gate}]}}\n");
    let (_, fake) = batch(1);
    moved(&over(&fake.uri(), "", &config).run(), &fake, 1);
    assert_eq!(endpoint.requests()[0].header("host"), Some("m0.example"));
}
