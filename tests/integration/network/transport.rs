//! Connections to a server: proxies, reuse, certificates of both sides, redirects.

use std::net::TcpListener;
use std::path::Path;

use crate::doctor::certificates::holding;
use crate::support::fake_mlflow::{Answer, FakeMlflow, Fault, Request, Store, api};
use crate::support::harness::Runner;
use crate::support::tls_server::TlsServer;

/// A host that only a proxy can reach.
const FAR: &str = "http://registry.example:5000";

fn promotion(uri: &str) -> Runner {
    let config = "services: {mlflow: {http_request_max_retries: 0}}\njob: {KIND: PromotionJob, name: bikes}\n";
    Runner::new().file("a.yaml", config).args(["-vv", "a.yaml"]).env("MLFLOW_TRACKING_URI", uri)
}

/// Forwards the requests for one host, and refuses the rest.
fn forward(store: &mut Store, request: &Request) -> (Answer, Option<String>) {
    match request.path.strip_prefix(FAR) {
        Some(path) => api::answer(store, &Request { path: path.to_owned(), ..request.clone() }),
        None => (Answer::text(403, "not through here"), None),
    }
}

fn proxy() -> FakeMlflow {
    FakeMlflow::speaking(Box::new(forward)).model("bikes", |model| model.version(1))
}

fn with_login(proxy: &FakeMlflow) -> String {
    proxy.uri().replace("://", "://ada:hunter2@")
}

#[test]
fn a_proxy_of_the_environment_is_used_with_its_login_unless_no_proxy_names_the_host() {
    let proxy = proxy();
    let run = promotion(FAR).env("HTTP_PROXY", with_login(&proxy)).env("MLFLOW_TRACKING_TOKEN", "hunter2token").run();
    assert_eq!(run.code, 0, "{run}");
    assert_eq!(proxy.alias("bikes", "Champion"), Some(1));
    for request in proxy.requests() {
        assert_eq!(request.header("proxy-authorization"), Some("Basic YWRhOmh1bnRlcjI="));
        assert_eq!(request.header("authorization"), Some("Bearer hunter2token"));
    }
    assert!(!run.to_string().contains("hunter2") && !run.to_string().contains("YWRhOmh1bnRlcjI"), "{run}");

    let near = FakeMlflow::start().model("bikes", |model| model.version(1));
    let asked = proxy.requests().len();
    let run = promotion(&near.uri()).env("HTTP_PROXY", with_login(&proxy)).env("NO_PROXY", "127.0.0.1").run();
    assert_eq!((run.code, proxy.requests().len(), near.alias("bikes", "Champion")), (0, asked, Some(1)), "{run}");
}

#[test]
fn a_proxy_that_refuses_is_reported_with_a_hint_and_without_its_password() {
    let nobody = format!("http://ada:hunter2@{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let demanding = proxy().fault(Fault::status(407).body("who are you, ada:hunter2?").always());
    let refusing = proxy().fault(Fault::status(403).body("blocked by policy").always());
    let mut told = String::new();
    for (proxy, uri) in [
        (nobody, FAR),
        (with_login(&demanding), FAR),
        (with_login(&demanding), "https://registry.example"),
        (with_login(&refusing), FAR),
        (with_login(&refusing), "https://registry.example"),
    ] {
        let run = promotion(uri).env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy).run();
        assert!(!run.to_string().contains("hunter2"), "{run}");
        let result = run.snapshot();
        let result = result.split("\n\n").nth(1).unwrap().split("--- stderr").next().unwrap();
        told += &format!("exit {}: {result}", run.code);
    }
    insta::assert_snapshot!(told);
}

#[test]
fn the_variables_of_proxies_have_the_precedence_of_python() {
    let proxy = proxy();
    let awkward = proxy.uri().replace("://", "://ada:p@ss%2F@");
    let run = promotion(FAR).env("http_proxy", awkward).env("HTTP_PROXY", "http://127.0.0.1:1").run();
    assert_eq!(run.code, 0, "{run}");
    // `ada:p@ss/`
    assert!(proxy.requests().iter().all(|sent| sent.header("proxy-authorization") == Some("Basic YWRhOnBAc3Mv")));

    let near = FakeMlflow::start().model("bikes", |model| model.version(1));
    let spared = |lower: &str, upper: &str| {
        let run = promotion(&near.uri()).env("HTTP_PROXY", "http://127.0.0.1:1").env("no_proxy", lower);
        run.env("NO_PROXY", upper).run().code
    };
    assert_eq!((spared("*", ""), spared("", "*"), spared("127.0.0.1", "other"), spared("other", "*")), (0, 0, 0, 4));
}

#[test]
fn a_dead_proxy_is_named_with_its_variable() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let near = FakeMlflow::start().model("bikes", |model| model.version(1));
    for (uri, variable) in [(near.uri(), "HTTP_PROXY"), ("https://registry.example".into(), "https_proxy")] {
        let asked = || promotion(&uri).env(variable, format!("http://ada:hunter2@127.0.0.1:{port}"));
        let said = format!("the proxy http://127.0.0.1:{port} ({variable}) refused the connection");
        let run = asked().run();
        assert!(run.code == 4 && run.stdout.contains(&said), "{run}");
        let seen = asked().arg("--doctor").run();
        assert!(seen.code == 4 && seen.stdout.contains(&format!("unavailable  proxy       {said}")), "{seen}");
        assert!(!seen.stdout.contains("ok           proxy"), "{seen}");
        assert!(!format!("{run}{seen}").contains("hunter2"), "{run}{seen}");
    }
    assert!(near.requests().is_empty());
}

#[test]
fn an_unusable_proxy_is_warned_of_without_its_password() {
    let near = FakeMlflow::start().model("bikes", |model| model.version(1));
    let asked = || promotion(&near.uri()).env("HTTP_PROXY", "http://ada:hun ter2@proxy:3128");
    let run = asked().run();
    assert!(run.code == 0 && run.stderr.contains("WARN HTTP_PROXY is no address of a proxy"), "{run}");
    let look = asked().arg("--doctor").run();
    assert!(look.code == 0 && look.stdout.contains("warning      proxy       HTTP_PROXY is no address"), "{look}");
    assert!(!format!("{run}{look}").contains("ter2"), "{run}{look}");
}

#[test]
fn a_proxy_that_demands_a_login_is_not_retried() {
    let demanding = proxy().fault(Fault::status(407).always());
    let run = promotion("https://registry.example")
        .args(["--set", "services.mlflow.http_request_max_retries=3"])
        .env("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
        .env("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
        .env("HTTPS_PROXY", demanding.uri())
        .run();
    assert!(run.code == 4 && !run.stderr.contains(" try ") && !run.stderr.contains(" tries "), "{run}");
    // A job reads two things at once.
    assert!(demanding.calls().len() <= 2, "{:?}", demanding.calls());
}

#[test]
fn a_batch_reuses_its_connections() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).version(2));
    let jobs = "  - {KIND: PromotionJob, version: 1}\n  - {KIND: PromotionJob, version: 2}\n".repeat(5);
    let config = format!("services: {{mlflow: {{registry_name: bikes}}}}\njobs:\n{jobs}");
    let run = promotion(&fake.uri()).file("a.yaml", config).run();
    assert_eq!(run.code, 0, "{run}");
    assert!(fake.requests().len() >= 30, "{:?}", fake.calls());
    // A job reads two things at once.
    assert!(fake.connections() <= 2, "{}", fake.connections());
}

#[test]
fn a_login_never_follows_a_redirect_to_another_origin() {
    let other = FakeMlflow::start().model("bikes", |model| model.version(1));
    let fake = FakeMlflow::start().fault(Fault::status(302).header("Location", &format!("{}/x", other.uri())).always());
    let run = promotion(&fake.uri()).env("MLFLOW_TRACKING_TOKEN", "hunter2token").run();
    assert!(run.code == 1 && run.stdout.contains("it redirects to http://127.0.0.1:"), "{run}");
    assert!(other.requests().is_empty() && !run.to_string().contains("hunter2"), "{run}");
}

fn guarded(server: &TlsServer, variable: &str, path: &Path) -> Runner {
    promotion(&server.fake.uri()).env(variable, path.to_string_lossy())
}

#[test]
fn the_bundle_of_the_environment_counts_if_the_config_names_none() {
    let (server, other) = (TlsServer::self_signed_for("127.0.0.1"), TlsServer::self_signed_for("127.0.0.1"));
    for variable in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"] {
        let run = guarded(&server, variable, server.bundle.path()).run();
        assert_eq!(run.code, 0, "{variable}: {run}");
    }
    let own = |path: &Path| guarded(&server, "MLFLOW_TRACKING_SERVER_CERT_PATH", path);
    let theirs = other.bundle.path().to_string_lossy();
    assert_eq!(own(server.bundle.path()).env("REQUESTS_CA_BUNDLE", theirs).run().code, 0);
    let run = guarded(&server, "REQUESTS_CA_BUNDLE", other.bundle.path()).run();
    assert!(run.code == 4 && run.stdout.contains("has a certificate that is not trusted"), "{run}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(server.bundle.path(), folder.path().join("9d66eef0.0")).unwrap();
    std::fs::copy(other.bundle.path(), folder.path().join("other.pem")).unwrap();
    assert_eq!(guarded(&server, "REQUESTS_CA_BUNDLE", folder.path()).run().code, 0);
    assert_eq!(own(folder.path()).run().code, 0);
    let run = guarded(&server, "REQUESTS_CA_BUNDLE", "no/such.pem".as_ref()).run();
    assert!(run.code == 1 && run.stdout.contains("the CA bundle no/such.pem cannot be read"), "{run}");
    let run = guarded(&server, "MLFLOW_TRACKING_INSECURE_TLS", "true".as_ref()).run();
    assert!(run.code == 0 && run.stderr.contains("certificates are not checked"), "{run}");
}

#[test]
fn an_expired_certificate_is_named() {
    let server = holding(-3);
    let run = guarded(&server, "MLFLOW_TRACKING_SERVER_CERT_PATH", server.bundle.path()).run();
    assert!(run.code == 4 && run.stdout.contains("has a certificate that has expired"), "{run}");
}

#[test]
fn an_untrusted_certificate_is_reported_with_a_hint() {
    let public = |server: &TlsServer| guarded(server, "UNUSED", server.bundle.path()).run();
    let run = public(&TlsServer::self_signed_for("127.0.0.1"));
    assert!(run.code == 4 && run.stdout.contains("has a certificate that is not trusted: it is self-signed"), "{run}");
    let run = public(&TlsServer::signed_for("127.0.0.1"));
    assert!(run.code == 4 && run.stdout.contains("its authority is not known"), "{run}");
    let other = TlsServer::signed_for("other.example");
    let run = guarded(&other, "MLFLOW_TRACKING_SERVER_CERT_PATH", other.bundle.path()).run();
    assert!(run.code == 4 && run.stdout.contains("write the host that the certificate is for"), "{run}");
}

#[test]
fn a_client_certificate_is_sent_to_a_server_that_requests_one() {
    let (server, client) = TlsServer::demanding("127.0.0.1");
    let trusting = || guarded(&server, "MLFLOW_TRACKING_SERVER_CERT_PATH", server.bundle.path());
    let run = trusting().file("client.pem", &client).env("MLFLOW_TRACKING_CLIENT_CERT_PATH", "client.pem").run();
    assert_eq!(run.code, 0, "{run}");
    let run = trusting().run();
    assert!(run.code == 4 && run.stdout.contains("tracking_client_cert_path"), "{run}");
    let certificate = client.split("-----BEGIN PRIVATE").next().unwrap();
    let run = trusting().file("client.pem", certificate).env("MLFLOW_TRACKING_CLIENT_CERT_PATH", "client.pem").run();
    assert!(run.code == 1 && run.stdout.contains("the client certificate client.pem holds no private key"), "{run}");
}
