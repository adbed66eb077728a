//! Registries that refuse, reset, hang or answer nonsense: the message and the exit code; nothing changes, no secret is
//! shown.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};
use crate::support::promotion::bikes;

const ALIAS: &str = "registered-models/alias";
const MODEL: &str = "registered-models/get";

/// The password and the token, which must not be shown anywhere.
const SECRET: &str = "hunter2";

/// The three ways to log in; the last is in the URL.
const LOGINS: [&str; 3] = ["tracking_username: me, tracking_password: hunter2", "tracking_token: hunter2", ""];

/// The `Authorization` header of each.
const SENT: [&str; 3] = ["Basic bWU6aHVudGVyMg==", "Bearer hunter2", "Basic bWU6aHVudGVyMg=="];

/// Makes a run that logs everything and retries once.
fn promote(uri: &str, login: &str) -> Runner {
    let uri = if login.is_empty() { uri.replace("://", "://me:hunter2@") } else { uri.to_owned() };
    let config = format!(
        "services:
  logger: {{ format: compact, level: TRACE }}
  mlflow: {{ registry_name: bikes, tracking_uri: '{uri}', http_request_timeout: 30, http_request_max_retries: 1,
            http_request_backoff_factor: 0, http_request_backoff_jitter: 0, {login} }}
job: {{ KIND: PromotionJob }}
"
    );
    let runner = Runner::new().file("promotion.yaml", config).arg("promotion.yaml");
    runner.env("RUST_BACKTRACE", "1").env("RUST_LOG", "trace")
}

fn assert_no_secret(run: &Output) {
    // The last is the login as a header carries it.
    for secret in [SECRET, "bWU6aHVudGVyMg"] {
        assert!(!run.to_string().contains(secret), "{run}");
    }
}

/// Runs a promotion against a fault with each login, and returns the exit code and the reported problem.
fn run_with_each_login(fault: impl Fn() -> Fault) -> String {
    run_with_timeout("30", fault)
}

/// Does the same with a timeout in seconds.
fn run_with_timeout(seconds: &str, fault: impl Fn() -> Fault) -> String {
    let mut problems = vec![];
    for login in LOGINS {
        let fake = bikes().fault(fault().always());
        let run = promote(&fake.uri(), login).args(["--set", &within(seconds)]).run();
        assert_no_secret(&run);
        assert_eq!(fake.alias("bikes", "Champion"), Some(2), "{run}");
        assert_eq!(fake.tag("bikes", "runner.history.Champion"), None, "{run}");
        // Only a user in the config is named.
        problems.push(problem(&run).replace(" of \"me\"", "").replace("\"me\"", "this login"));
    }
    problems.dedup();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.concat()
}

fn within(seconds: &str) -> String {
    format!("services.mlflow.http_request_timeout={seconds}")
}

/// Returns the exit code and what stands below the table, which begins with the status.
fn problem(run: &Output) -> String {
    let snapshot = run.snapshot();
    let text = snapshot.split("\n\npromotion.yaml ").nth(1).and_then(|rest| rest.split("--- stderr").next());
    format!("{}: {}", run.code, text.unwrap_or("no problem is reported"))
}

#[test]
fn a_refused_connection() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for login in LOGINS {
        let run = promote(&format!("http://127.0.0.1:{port}"), login).run();
        assert_no_secret(&run);
        insta::allow_duplicates!(insta::assert_snapshot!(problem(&run), @"
        4: failed (UNREACHABLE): the registry at http://127.0.0.1:[PORT] refused the connection
          now:  nothing was changed: bikes@Champion is where it was (not read)
          next: start the server, or correct the host and the port in `services.mlflow.tracking_uri`; then run this again
        "));
    }
}

/// Starts a server of another protocol, which speaks first if it has a line, and else answers with an error.
fn start_other_protocol(line: &'static str) -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (accepting, port) = (listener.try_clone().unwrap(), listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for mut connection in accepting.incoming().flatten() {
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                if line.is_empty() {
                    let _: usize = connection.read(&mut buffer)?;
                    connection.write_all(b"-ERR unknown command 'GET'\r\n")?;
                } else {
                    connection.write_all(line.as_bytes())?;
                }
                connection.read(&mut buffer)
            });
        }
    });
    (listener, format!("127.0.0.1:{port}"))
}

#[test]
fn a_server_of_another_protocol() {
    for (line, problems) in [
        ("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", r#"it does not speak HTTP, but says "SSH-2.0-OpenSSH_9.2p1 Debian-2""#),
        ("220 mail.example ESMTP\x1b[31m\r\n", r#"it does not speak HTTP, but says "220 mail.example ESMTP"#),
        ("", "it does not speak HTTP"),
    ] {
        let (_listener, address) = start_other_protocol(line);
        for scheme in if line.is_empty() { &["http"][..] } else { &["http", "https"] } {
            let run = promote(&format!("{scheme}://{address}"), LOGINS[0]).run();
            assert!(run.code == 1 && run.stdout.contains(problems), "{run}");
            assert!(
                !run.stderr.contains(" tries now")
                    && !run.stderr.contains("last try")
                    && !run.to_string().contains('\u{1b}'),
                "{run}"
            );
            let diagnosis = promote(&format!("{scheme}://{address}"), LOGINS[0]).arg("--doctor").run();
            assert!(diagnosis.code == 1 && diagnosis.stdout.contains(problems), "{diagnosis}");
        }
    }
}

#[test]
fn a_host_that_does_not_exist() {
    let run = promote("http://registry.invalid:5000", LOGINS[0]).run();
    assert_no_secret(&run);
    assert_eq!(run.code, 4, "{run}");
    assert!(run.stdout.contains("the registry at http://registry.invalid:5000 cannot be found: "), "{run}");
}

#[test]
fn a_connection_that_is_reset() {
    insta::assert_snapshot!(run_with_each_login(|| Fault::reset().on(MODEL)), @"
    4: failed (UNREACHABLE): the registry at http://127.0.0.1:[PORT] reset the connection
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: run this again; if it ends the same way, look at the log of the server and of the proxies before it
    ");
}

#[test]
fn a_server_that_hangs() {
    insta::assert_snapshot!(run_with_timeout("1", || Fault::hang().on(MODEL)), @"
    4: failed (UNREACHABLE): the registry at http://127.0.0.1:[PORT] did not answer within 1 s
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: run this again when the server is less busy, or raise `services.mlflow.http_request_timeout` (from --set services.mlflow.http_request_timeout); `--doctor` with the same config tests the connection
    ");
}

#[test]
fn an_answer_that_is_cut_short() {
    insta::assert_snapshot!(run_with_each_login(|| Fault::truncated().on(MODEL)), @"
    4: failed (UNREACHABLE): the registry at http://127.0.0.1:[PORT] cut its answer short
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: run this again; if it ends the same way, look at the log of the server and of the proxies before it
    ");
}

#[test]
fn a_page_for_a_browser() {
    insta::assert_snapshot!(run_with_each_login(|| Fault::html(200)), @r#"
    1: failed (REGISTRY_UNREADABLE): the server at http://127.0.0.1:[PORT] does not answer like MLflow: it answers with a page titled "Sign in"
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: correct the host, the port or the path prefix in `services.mlflow.tracking_uri`
    "#);
}

#[test]
fn a_page_that_does_not_exist() {
    insta::assert_snapshot!(run_with_each_login(|| Fault::html(404)), @r#"
    1: failed (REGISTRY_UNREADABLE): the server at http://127.0.0.1:[PORT] does not answer like MLflow: asked for registered-models/get, it answered 404 Not Found: a page titled "Sign in"
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: correct the host, the port or the path prefix in `services.mlflow.tracking_uri`
    "#);
}

#[test]
fn a_refused_login() {
    let mut problems = vec![];
    for login in LOGINS.into_iter().chain(["tracking_token: ''"]) {
        let fake = bikes().fault(Fault::html(401).always());
        let run = promote(&fake.uri(), login).run();
        assert_no_secret(&run);
        problems.push(problem(&run));
    }
    insta::assert_snapshot!(problems.concat(), @r#"
    4: failed (LOGIN_REFUSED): the registry at http://127.0.0.1:[PORT] refused the user "me": it answered 401 Unauthorized: a page titled "Sign in"
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: check the user and the password in `services.mlflow.tracking_password`: the password may have changed
    4: failed (LOGIN_REFUSED): the registry at http://127.0.0.1:[PORT] refused the token: it answered 401 Unauthorized: a page titled "Sign in"
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: check the token in `services.mlflow.tracking_token`: it may have expired
    4: failed (LOGIN_REFUSED): the registry at http://127.0.0.1:[PORT] refused the user and the password in its address: it answered 401 Unauthorized: a page titled "Sign in"
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: correct the user and the password in `services.mlflow.tracking_uri`
    4: failed (LOGIN_REFUSED): the registry at http://127.0.0.1:[PORT] wants a login, and none is set: it answered 401 Unauthorized: a page titled "Sign in"
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN
    "#);
}

#[test]
fn a_page_to_sign_in() {
    let to = "https://me:hunter2@sso.example/oauth2/authorize?client_id=x&state=hunter2";
    insta::assert_snapshot!(run_with_each_login(|| Fault::status(302).header("Location", to)), @"
    4: failed (LOGIN_REFUSED): the registry at http://127.0.0.1:[PORT] is behind a sign-in page: it redirects to https://sso.example/oauth2/authorize
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: set MLFLOW_TRACKING_TOKEN to a token that the gateway before the server accepts, or use an address that does not lead through it
    ");
    for form in [r#"<form method="GET" action="/oauth2/start">"#, r#"<input type="password">"#] {
        let forbidden = run_with_each_login(|| Fault::status(403).body(&format!("<!doctype html>{form}")));
        assert!(forbidden.starts_with("4: ") && forbidden.contains("with a page to sign in"), "{forbidden}");
    }
    let page = r#"<!doctype html><form action="/dologin"><input name="pw" type="password"></form>"#;
    let page_to_sign_in = run_with_each_login(|| Fault::status(200).body(page));
    assert!(
        page_to_sign_in.starts_with("4: ") && page_to_sign_in.contains("with a page to sign in"),
        "{page_to_sign_in}"
    );
    let to_write =
        run_with_each_login(|| Fault::status(303).header("Location", "/login?next=/").on(ALIAS).method("POST"));
    assert!(to_write.starts_with("4: ") && to_write.contains("/login\n"), "{to_write}");
}

#[test]
fn a_server_that_refuses_the_host_header() {
    let message = "Invalid Host header - possible DNS rebinding attack detected";
    insta::assert_snapshot!(run_with_each_login(|| Fault::status(403).body(message)), @"
    1: failed (REGISTRY_REFUSED): the registry at http://127.0.0.1:[PORT] refused to read the model bikes: 403 Forbidden: Invalid Host header - possible DNS rebinding attack detected
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: the server does not take requests for the host in this address (the Host header): start it with `--allowed-hosts` (MLFLOW_SERVER_ALLOWED_HOSTS) and that host among them, or use an address that it takes
    ");
}

#[test]
fn a_server_without_aliases() {
    let write = |fault: Fault| fault.on(ALIAS).method("POST");
    let not_found = run_with_each_login(|| write(Fault::html(404)));
    insta::assert_snapshot!(not_found, @r#"
    1: failed (REGISTRY_REFUSED): the server at http://127.0.0.1:[PORT] has no aliases (MLflow before 2.3?): asked for registered-models/alias, it answered 404 Not Found: a page titled "Sign in"
      now:  nothing was changed: bikes@Champion is at version 2
      next: upgrade the server to MLflow 2.3 or later, or use the address of one that is
    "#);
    for fault in [
        || Fault::status(405),
        || Fault::status(404).body(r#"{"model_version": "there is none"}"#),
        || Fault::error(404, "ENDPOINT_NOT_FOUND", "no such endpoint"),
        || Fault::status(301).header("Location", "/registered-models/alias/"),
        || Fault::status(308).header("Location", "https://other.example/"),
    ] {
        let problems = run_with_each_login(|| write(fault()));
        assert!(
            problems.starts_with("1: failed (REGISTRY_REFUSED): the server at ") && problems.contains("no aliases"),
            "{problems}"
        );
    }
}

#[test]
fn a_login_without_read_permission() {
    insta::assert_snapshot!(run_with_each_login(|| Fault::error(403, "PERMISSION_DENIED", "ask ada")), @"
    1: failed (PERMISSION_DENIED): the registry at http://127.0.0.1:[PORT] does not let this login read the model bikes: it answered 403 Forbidden: PERMISSION_DENIED: ask ada
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: ask the registry's owner for the READ permission on the model
    ");
}

#[test]
fn a_login_without_write_permission() {
    insta::assert_snapshot!(run_with_each_login(|| Fault::html(403).on(ALIAS).method("POST")), @r#"
    1: failed (PERMISSION_DENIED): the registry at http://127.0.0.1:[PORT] does not let this login set the alias Champion of bikes: it answered 403 Forbidden: a page titled "Sign in"
      now:  nothing was changed: bikes@Champion is at version 2
      next: ask the registry's owner for the EDIT permission on the model
    "#);
}

#[test]
fn an_overloaded_server() {
    insta::assert_snapshot!(run_with_each_login(|| Fault::status(429).header("Retry-After", "0").on(MODEL)), @"
    4: failed (UNREACHABLE): the registry at http://127.0.0.1:[PORT] answered 429 Too Many Requests
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: the server has too much to do: run this again later
    ");
}

#[test]
fn a_broken_server() {
    insta::assert_snapshot!(run_with_each_login(|| Fault::error(500, "INTERNAL_ERROR", "no such\ntable")), @r"
    4: failed (UNREACHABLE): the registry at http://127.0.0.1:[PORT] answered 500 Internal Server Error: INTERNAL_ERROR: no such\ntable
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: the fault is at the server: look at its log or tell its owner, and run this again once it is fixed
    ");
}

#[test]
fn a_server_that_repeats_the_login() {
    for (login, sent) in LOGINS.into_iter().zip(SENT) {
        let echo = format!("no such login: hunter2, Authorization: {sent}");
        for fault in [
            Fault::status(400).body(&echo),
            Fault::status(401).body(&echo),
            Fault::error(403, "PERMISSION_DENIED", &echo),
            Fault::error(500, "INTERNAL_ERROR", &echo),
            Fault::status(503).body(&echo),
            Fault::status(200).body(&echo),
            Fault::status(302).header("Location", "http://elsewhere/hunter2"),
            Fault::status(200).body(r#"{"registered_model": "hunter2", "model_versions": "hunter2"}"#),
        ] {
            let run = promote(&bikes().fault(fault.always()).uri(), login).run();
            assert!(run.code != 0 && run.stdout.contains("***"), "{run}");
            assert_no_secret(&run);
        }
    }
}

#[test]
fn a_write_without_an_answer_is_not_reported_as_failed() {
    insta::assert_snapshot!(run_with_timeout("1", || Fault::hang().on(ALIAS).method("POST")), @"
    4: unknown (UNREACHABLE): the move of bikes@Champion to version 3 got no clear answer: the registry at http://127.0.0.1:[PORT] did not answer within 1 s
      now:  unknown: bikes@Champion was at version 2 when it was read last, and may still move to version 3
      next: run the job again: what is already done stays as it is
    ");
}

#[test]
fn a_temporary_outage_is_survived() {
    for fault in [
        Fault::status(429).header("Retry-After", "0"),
        Fault::status(500),
        Fault::html(502),
        Fault::reset(),
        Fault::truncated(),
        Fault::hang(),
    ] {
        let fake = bikes().fault(fault.on(MODEL));
        let run = promote(&fake.uri(), LOGINS[0]).args(["--set", &within("1")]).run();
        assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
        assert_eq!(run.stderr.matches("; trying again now (try 2 of 2)").count(), 1, "{run}");
        assert_no_secret(&run);
    }
}

#[test]
fn a_write_whose_answer_is_lost_is_verified() {
    for fault in [Fault::lost(), Fault::truncated()] {
        let fake = bikes().fault(fault.on(ALIAS).method("POST"));
        let run = promote(&fake.uri(), LOGINS[0]).run();
        assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
        assert_eq!(fake.calls().iter().filter(|call| *call == "POST registered-models/alias").count(), 1);
        assert!(fake.tag("bikes", "runner.history.Champion").is_some(), "{run}");
    }
}

#[test]
fn without_retries_the_first_failure_ends_the_job() {
    let fake = bikes().fault(Fault::status(500).on(MODEL));
    let run = promote(&fake.uri(), LOGINS[0]).args(["--set", "services.mlflow.http_request_max_retries=0"]).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (4, Some(2)), "{run}");
}

#[test]
fn an_outage_after_the_write_reports_the_write() {
    let fake = bikes().fault(Fault::status(503).on(ALIAS).method("GET").always());
    let run = promote(&fake.uri(), LOGINS[0]).run();
    assert_no_secret(&run);
    insta::assert_snapshot!(problem(&run), @"
    4: failed (UNREACHABLE): bikes@Champion was set to version 3, but could not be read back: the registry at http://127.0.0.1:[PORT] answered 503 Service Unavailable
      now:  bikes@Champion is at version 3
      next: run the job again: what is already done stays as it is
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn the_registry_receives_the_login() {
    for (login, expected) in LOGINS.into_iter().zip(SENT) {
        let fake: FakeMlflow = bikes();
        assert_no_secret(&promote(&fake.uri(), login).run());
        let sent = fake.requests();
        assert!(sent.iter().all(|request| request.header("authorization") == Some(expected)), "{sent:?}");
    }
}
