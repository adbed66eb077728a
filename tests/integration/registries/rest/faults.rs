//! The REST client when something goes wrong between it and the server.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use runner::registry::{AliasChange, Error, NewVersion, Options, Registry, Retry};
use runner::secret::SecretUri;
use runner::shutdown::{Shutdown, Signal};
use runner::writer::Writer;

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::Runner;
use crate::support::rest_client::{bikes, champion, impatient, open, open_with};
use crate::support::set_alias::SetAlias as _;

const ALIAS: &str = "registered-models/alias";

fn fake(fault: Fault) -> FakeMlflow {
    FakeMlflow::start().model("bikes", |model| model.version(1).version(2).alias("Champion", 1)).fault(fault)
}

/// Returns a version to create.
pub(crate) fn any_version() -> NewVersion {
    NewVersion { name: bikes(), source: "s".into(), run_id: None, description: None, tags: [].into() }
}

/// Checks what an unreachable registry did, and whether the request may have been applied.
fn assert_unreachable(error: &Error, reason: &str, may_have_applied: bool) {
    let Error::Unreachable { reason: found, .. } = error else { panic!("{error:?}") };
    assert_eq!((found.as_str(), error.may_have_applied()), (reason, may_have_applied));
}

fn patient_for_minutes() -> Options {
    let retry = Retry { backoff_factor: Duration::from_secs(100), ..impatient().retry };
    Options { retry, ..impatient() }
}

#[tokio::test]
async fn temporary_errors_are_retried() {
    for fault in [
        Fault::status(408),
        Fault::status(429),
        Fault::html(500),
        Fault::error(500, "INTERNAL_ERROR", "oops"),
        Fault::status(502),
        Fault::error(503, "TEMPORARILY_UNAVAILABLE", "locked"),
        Fault::status(504),
        Fault::reset(),
        Fault::truncated(),
    ] {
        let fake = fake(fault.times(2));
        open(&fake.uri()).set_model_tag(&bikes(), "k", "v").await.unwrap();
        assert_eq!(fake.tag("bikes", "k").as_deref(), Some("v"));
        assert_eq!(fake.requests().len(), 3);
    }
}

#[tokio::test]
async fn each_retry_is_logged_with_its_reason_and_without_the_login() {
    let fake = fake(Fault::error(503, "TEMPORARILY_UNAVAILABLE", "locked").times(2));
    let log = tempfile::NamedTempFile::new().unwrap();
    let writer = Writer::append(log.path()).unwrap();
    let subscriber = tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(move || writer.clone());
    // While only one dispatcher exists, tracing asks the one of the thread that is first to log, which may be another
    // test's and none, and remembers its answer for all.
    let other = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let logging = tracing::subscriber::set_default(subscriber.finish());
    open(&fake.uri().replace("http://", "http://me:hunter2@")).set_model_tag(&bikes(), "k", "v").await.unwrap();
    drop((logging, other));
    let line = |attempt| {
        format!(
            " WARN runner::registry::client::retry: the registry answered 503 Service Unavailable; \
             trying again now (try {attempt} of 3) attempt={attempt} attempts=3 wait_seconds=0.0 request=\"set a tag of bikes\" \
             reason=\"it answered 503 Service Unavailable: TEMPORARILY_UNAVAILABLE: locked\"\n"
        )
    };
    assert_eq!(std::fs::read_to_string(log.path()).unwrap(), line(2) + &line(3));
}

#[tokio::test]
async fn the_last_retry_ends_the_attempts() {
    let fake = fake(Fault::status(503).body("down for repair").always());
    let error = open(&fake.uri()).get_alias(&bikes(), &champion(1).alias).await.unwrap_err();
    assert_unreachable(&error, "answered 503 Service Unavailable: down for repair", false);
    assert_eq!(fake.requests().len(), 3);
}

#[tokio::test]
async fn permanent_errors_are_not_retried() {
    for (fault, expected) in [
        (Fault::html(401), "wants a login, and none is set: it answered 401 Unauthorized"),
        (Fault::error(403, "PERMISSION_DENIED", "no"), "does not let this login set the alias Champion of bikes: it"),
        (
            Fault::status(403).body("Invalid Host header - x"),
            "refused to set the alias Champion of bikes: 403 Forbidden",
        ),
        (Fault::error(500, "FEATURE_DISABLED", "no"), "set the alias Champion of bikes: FEATURE_DISABLED: no"),
        (Fault::html(404), "asked for registered-models/alias, it answered 404 Not Found"),
        (Fault::html(200), "it answers with a page"),
        (Fault::status(200).body("[]"), "its answer is not a JSON object: []"),
    ] {
        let fake = fake(fault.method("POST").always());
        let error = open(&fake.uri()).set_alias(&champion(2)).await.unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(&fake.uri()), "{error}");
        let written = fake.calls().iter().filter(|call| call.starts_with("POST ")).count();
        assert_eq!((written, fake.alias("bikes", "Champion")), (1, Some(1)));
    }
}

#[tokio::test]
async fn an_empty_answer_suffices_for_a_write_but_not_for_a_read() {
    for body in ["", "200 OK", "{}"] {
        let fake = fake(Fault::status(200).body(body).always());
        let registry = open(&fake.uri());
        assert_eq!(registry.set_alias(&champion(2)).await, Ok(()));
        assert_eq!(registry.set_model_tag(&bikes(), "k", "v").await, Ok(()));
        assert_eq!(registry.ensure_model(&bikes()).await, Ok(true));
        let error = registry.get_alias(&bikes(), &champion(1).alias).await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_outage_after_a_write_does_not_undo_it() {
    let fake = fake(Fault::status(503).on(ALIAS).after(1).always());
    let registry = open(&fake.uri());
    registry.set_alias(&champion(2)).await.unwrap();
    let error = registry.get_alias(&bikes(), &champion(2).alias).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[tokio::test]
async fn an_outage_is_not_a_missing_alias() {
    for fault in [
        Fault::status(500),
        Fault::status(400),
        Fault::status(404),
        Fault::error(400, "BAD_REQUEST", "Registered model alias Champion not found."),
        Fault::error(500, "INTERNAL_ERROR", "Registered model alias Champion not found."),
        Fault::reset(),
        Fault::truncated(),
        Fault::html(200),
    ] {
        let fake = fake(fault.always());
        assert!(open(&fake.uri()).get_alias(&bikes(), &champion(1).alias).await.is_err());
    }
}

#[tokio::test]
async fn a_version_is_never_created_twice() {
    for (fault, in_doubt) in [
        (Fault::html(500), true),
        (Fault::error(500, "INTERNAL_ERROR", "oops"), true),
        (Fault::status(502), true),
        (Fault::html(503), true),
        (Fault::error(503, "TEMPORARILY_UNAVAILABLE", "lost connection during COMMIT"), true),
        (Fault::covered(504), true),
        (Fault::status(429).body("slow down"), true),
        (Fault::error(429, "REQUEST_LIMIT_EXCEEDED", "slow down"), false),
        (Fault::reset(), true),
        (Fault::truncated(), true),
        (Fault::status(200).body("<html>done</html>"), true),
        (Fault::status(200).body("done"), true),
        (Fault::status(200).body(""), true),
    ] {
        let fake = fake(fault.on("model-versions/create"));
        let error = open(&fake.uri()).create_version(&any_version()).await.unwrap_err();
        assert_eq!(matches!(error, Error::Unconfirmed { .. }), in_doubt, "{error}");
        assert_eq!(matches!(error, Error::Unreachable { .. }), !in_doubt, "{error}");
        assert_eq!(fake.requests().len(), 1);
    }
}

#[tokio::test]
async fn every_write_reports_whether_it_may_have_been_applied() {
    for (fault, in_doubt) in [
        (Fault::status(503), true),
        (Fault::error(503, "TEMPORARILY_UNAVAILABLE", "busy"), true),
        (Fault::status(429), true),
        (Fault::error(429, "REQUEST_LIMIT_EXCEEDED", "slow down"), false),
        (Fault::error(500, "SOMETHING_NEW", "oops"), true),
        (Fault::html(200), true),
        (Fault::status(200).body(&"x".repeat(17 * 1024 * 1024)), true),
        (Fault::html(404), false),
        (Fault::status(407), false),
        (Fault::html(401), false),
        (Fault::reset(), true),
    ] {
        let fake = fake(fault.clone().method("POST").always()).fault(fault.method("DELETE").always());
        let registry = open(&fake.uri());
        let deletion = AliasChange { to: None, ..champion(1) };
        let errors = [
            registry.set_alias(&champion(2)).await.unwrap_err(),
            registry.set_alias(&deletion).await.unwrap_err(),
            registry.set_model_tag(&bikes(), "k", "v").await.unwrap_err(),
            registry.ensure_model(&bikes()).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.may_have_applied(), in_doubt, "{error}");
        }
    }
}

#[tokio::test]
async fn a_refused_login_does_not_hide_an_earlier_attempt_that_may_have_been_applied() {
    let fake = fake(Fault::status(504).method("POST")).fault(Fault::status(401).method("POST").always());
    let error = open(&fake.uri()).set_alias(&champion(2)).await.unwrap_err();
    assert!(error.may_have_applied(), "{error}");
}

#[tokio::test]
async fn a_write_that_was_never_sent_was_not_applied() {
    for uri in ["http://127.0.0.1:1", "http://no-such-host.invalid", "https://127.0.0.1:1"] {
        let error = open(uri).set_alias(&champion(2)).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }) && !error.may_have_applied(), "{error}");
    }
}

#[test]
fn an_alias_that_may_have_moved_is_reported_as_such() {
    let fake = fake(Fault::status(200).body("<html>done</html>").on(ALIAS));
    let config = "job: {KIND: PromotionJob, name: bikes, version: 2, alias: Fresh, record: false}\n";
    let run = Runner::new().file("a.yaml", config).arg("a.yaml").env("MLFLOW_TRACKING_URI", fake.uri()).run();
    assert!(
        run.code == 1 && run.stdout.contains("the move of bikes@Fresh to version 2 got no clear answer: "),
        "{run}"
    );
}

#[tokio::test]
async fn a_closed_port_is_a_refused_connection() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let registry = open(&format!("http://me:hunter2@127.0.0.1:{port}"));
    let error = registry.create_version(&any_version()).await.unwrap_err();
    assert_unreachable(&error, "refused the connection", false);
    assert!(error.to_string().starts_with(&format!("the registry at http://127.0.0.1:{port} refused")), "{error}");
}

#[tokio::test]
async fn a_broken_connection_is_named() {
    for (fault, reason) in [(Fault::reset(), "reset the connection"), (Fault::truncated(), "cut its answer short")] {
        let fake = fake(fault.always());
        let error = open(&fake.uri()).get_model(&bikes()).await.unwrap_err();
        assert!(matches!(&error, Error::Unreachable { reason: found, .. } if found.contains(reason)), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_times_out() {
    let fake = fake(Fault::hang().always());
    let options = Options { timeout: Duration::from_millis(50), ..impatient() };
    let error = open_with(&fake.uri(), &options).get_model(&bikes()).await.unwrap_err();
    assert_unreachable(&error, "did not answer within 0.05 s", false);
    assert_eq!(fake.requests().len(), 3);
}

#[tokio::test]
async fn an_answer_that_trickles_in_times_out() {
    let retry = Retry { max_retries: 0, ..impatient().retry };
    let options = Options { timeout: Duration::from_millis(200), retry, ..impatient() };
    let fake = fake(Fault::drip().always());
    let registry = open_with(&fake.uri(), &options);
    let reason = "did not send its whole answer within 0.2 s";
    assert_unreachable(&registry.get_model(&bikes()).await.unwrap_err(), reason, false);
    assert_unreachable(&registry.set_alias(&champion(2)).await.unwrap_err(), reason, true);
}

/// Linux leaves connections unanswered when the queue of a listener is full; other systems refuse or accept them.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connect_timeout_differs_from_a_response_timeout() {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listener.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let connect = || std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100));
    let queued: Vec<_> = std::iter::from_fn(|| connect().ok()).take(100).collect();
    assert!((1..100).contains(&queued.len()), "{}", queued.len());
    let uri = format!("http://{address}");
    let retry = Retry { max_retries: 0, ..impatient().retry };
    let options = Options { timeout: Duration::from_millis(300), retry, ..impatient() };
    let error = open_with(&uri, &options).get_model(&bikes()).await.unwrap_err();
    assert_unreachable(&error, "did not take the connection within 0.3 s", false);
}

#[tokio::test]
async fn a_slow_server_is_waited_for() {
    let fake = fake(Fault::delay(Duration::from_millis(100)));
    open(&fake.uri()).get_model(&bikes()).await.unwrap();
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn retry_after_replaces_the_wait_if_it_is_respected() {
    let busy = || Fault::status(429).header("Retry-After", "0").times(2);
    let started = Instant::now();
    open_with(&fake(busy()).uri(), &patient_for_minutes()).get_model(&bikes()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(60));

    let fake = fake(Fault::status(429).header("Retry-After", "60"));
    let mut options = impatient();
    options.retry.respect_retry_after = false;
    open_with(&fake.uri(), &options).get_model(&bikes()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn a_server_that_asks_for_more_than_two_minutes_is_not_waited_for() {
    let day = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24)).strftime("%a, %d %b %Y %H:%M:%S GMT");
    for (wait, seconds) in [("86400", "86400 s"), ("121", "121 s"), (&*day.to_string(), "86")] {
        let started = Instant::now();
        let fake = fake(Fault::status(503).header("Retry-After", wait).always());
        let error = open(&fake.uri()).get_model(&bikes()).await.unwrap_err().to_string();
        assert!(error.contains("answered 503") && error.contains("which are not waited for"), "{error}");
        assert!(error.contains(&format!("asks for {seconds}")), "{error}");
        assert!(fake.requests().len() == 1 && started.elapsed() < Duration::from_secs(60));
    }
}

#[tokio::test]
async fn a_signal_ends_the_wait_and_the_retries() {
    // The first retry comes at once, the second after minutes.
    let fake = fake(Fault::status(503).always());
    let (signals, shutdown) = Shutdown::manual();
    let registry = Registry::open(&SecretUri::new(fake.uri()), &patient_for_minutes(), shutdown).unwrap();
    let asking = tokio::spawn(async move { registry.get_model(&bikes()).await });
    let waiting = tokio::task::spawn_blocking(move || {
        fake.wait_for("registered-models/get", 2);
        fake
    });
    let fake = waiting.await.unwrap();
    signals.send_replace(Some(Signal::Terminate));
    let error = asking.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test]
async fn a_signal_lets_the_write_in_flight_finish() {
    let fake = fake(Fault::held().on(ALIAS).method("POST"));
    let (signals, shutdown) = Shutdown::manual();
    let registry = Registry::open(&SecretUri::new(fake.uri()), &impatient(), shutdown).unwrap();
    let writing = tokio::spawn(async move { registry.set_alias(&champion(2)).await });
    let released = tokio::task::spawn_blocking(move || {
        fake.wait_for(ALIAS, 1);
        signals.send_replace(Some(Signal::Interrupt));
        fake.release();
        fake
    });
    assert_eq!(writing.await.unwrap(), Ok(()));
    assert_eq!(released.await.unwrap().alias("bikes", "Champion"), Some(2));
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed_for_a_read() {
    let target = "/api/2.0/mlflow/registered-models/get?name=bikes";
    let fake = fake(Fault::status(307).header("Location", target));
    assert_eq!(open(&fake.uri()).get_model(&bikes()).await.unwrap().name, bikes());
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test]
async fn a_redirect_elsewhere_or_of_a_write_is_reported_and_not_followed() {
    let elsewhere = "https://me:hunter2@login.example/oauth?state=secret";
    let redirecting = fake(Fault::status(302).header("Location", elsewhere).always());
    let error = open(&redirecting.uri()).get_model(&bikes()).await.unwrap_err().to_string();
    assert!(error.contains("it redirects to https://login.example/oauth"), "{error}");
    assert!(!error.contains("hunter2") && !error.contains("secret"), "{error}");

    let moved = fake(Fault::status(308).header("Location", "/elsewhere").always());
    let error = open(&moved.uri()).set_alias(&champion(2)).await.unwrap_err().to_string();
    assert!(error.contains("it redirects to http://127.0.0.1:"), "{error}");
    assert_eq!((redirecting.requests().len(), moved.requests().len()), (1, 1));
}

#[tokio::test]
async fn a_redirect_in_circles_ends() {
    let fake = fake(Fault::status(302).header("Location", "/api/2.0/mlflow/registered-models/get").always());
    let error = open(&fake.uri()).get_model(&bikes()).await.unwrap_err().to_string();
    assert!(error.contains("it redirects in circles"), "{error}");
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let fake = fake(Fault::status(200).body(&"x".repeat(17 * 1024 * 1024)));
    let error = open(&fake.uri()).get_model(&bikes()).await.unwrap_err().to_string();
    assert!(error.contains("larger than 16 MiB"), "{error}");
}
