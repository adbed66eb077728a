//! Certificates that are valid, about to expire, expired, untrusted, or issued for another host.

use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan as _};
use rcgen::CertificateParams;

use super::{doctor, saw};
use crate::support::harness::{Output, Runner};
use crate::support::tls_server::TlsServer;

/// Starts a server whose certificate is valid for a number of days from today.
pub(crate) fn holding(days: i64) -> TlsServer {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let end = Offset::UTC.to_datetime(Timestamp::now() + (days * 24).hours());
    let part = |part: i8| u8::try_from(part).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(end.year().into(), part(end.month()), part(end.day()));
    TlsServer::signed(params)
}

fn run_doctor(runner: Runner, server: &TlsServer) -> Output {
    runner.env("MLFLOW_TRACKING_SERVER_CERT_PATH", server.bundle.path().display().to_string()).run()
}

#[test]
fn a_certificate_is_reported_with_its_expiry() {
    for (days, code, status, text) in [
        (100, 0, "ok", "the certificate holds until"),
        (5, 0, "warning", "days)"),
        (-3, 4, "unavailable", "the certificate expired on"),
    ] {
        let server = holding(days);
        let run = run_doctor(doctor(&server.fake), &server);
        assert_eq!(run.code, code, "{run}");
        saw(&run, status, "tls", text);
    }
}

#[test]
fn an_untrusted_certificate_is_reported_with_its_dates_and_gets_no_login() {
    for (server, hint) in [
        (TlsServer::signed_for("127.0.0.1"), "set `services.mlflow.tracking_server_cert_path`"),
        (TlsServer::self_signed_for("127.0.0.1"), "set `services.mlflow.tracking_server_cert_path`"),
    ] {
        let run = doctor(&server.fake).env("MLFLOW_TRACKING_TOKEN", "t0ken-secret").run();
        assert_eq!(run.code, 4, "{run}");
        saw(&run, "unavailable", "tls", "the certificate holds until");
        assert!(run.stdout.contains(hint), "{run}");
        assert!(!run.stdout.contains("OtherError"), "{run}");
        let requests = server.fake.requests();
        assert!(requests.iter().all(|request| request.header("authorization").is_none()), "{requests:?}");
    }
    let other = TlsServer::signed_for("other.example");
    let run = run_doctor(doctor(&other.fake), &other);
    assert_eq!(run.code, 4, "{run}");
    assert!(run.stdout.contains("write the host that the certificate is for"), "{run}");
}

#[test]
fn a_missing_client_certificate_is_not_reported_as_missing_tls() {
    let (server, _) = TlsServer::demanding("127.0.0.1");
    let (_, stranger) = TlsServer::demanding("127.0.0.1");
    let build_runner = || doctor(&server.fake).file("stranger.pem", &stranger);
    for runner in [build_runner(), build_runner().env("MLFLOW_TRACKING_CLIENT_CERT_PATH", "stranger.pem")] {
        let run = run_doctor(runner, &server);
        assert_eq!(run.code, 4, "{run}");
        assert!(run.stdout.contains("unavailable  tls "), "{run}");
        assert!(run.stdout.contains("`services.mlflow.tracking_client_cert_path`"), "{run}");
        assert!(!run.stdout.contains("`http://`"), "{run}");
    }
}

#[test]
fn a_ca_bundle_from_the_environment_is_trusted() {
    let server = TlsServer::self_signed_for("127.0.0.1");
    let run = doctor(&server.fake).env("REQUESTS_CA_BUNDLE", server.bundle.path().to_string_lossy()).run();
    assert_eq!(run.code, 0, "{run}");
    saw(&run, "ok", "tls", "the certificate holds until");
}

#[test]
fn missing_tls_and_disabled_verification_are_reported() {
    let fake = crate::support::promotion::bikes();
    let run = doctor(&fake).env("MLFLOW_TRACKING_URI", fake.uri().replace("http:", "https:")).run();
    assert_eq!(run.code, 4, "{run}");
    assert!(run.stdout.contains("write `http://` instead of `https://`"), "{run}");
    let server = TlsServer::signed_for("other.example");
    let run = doctor(&server.fake).env("MLFLOW_TRACKING_INSECURE_TLS", "true").run();
    assert_eq!(run.code, 0, "{run}");
    saw(&run, "warning", "tls", "it is not checked");
}
