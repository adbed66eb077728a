//! The gate that asks an endpoint: one that answers, and ones that do not.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::{bikes, gated, rulings};
use crate::support::fake_mlflow::{Answer, FakeMlflow};
use crate::support::harness::Runner;
use crate::support::promotion::assert_only_read;
use crate::support::receiver::{Receiver, Reply};
use crate::support::tls_server::TlsServer;

/// Runs a promotion that asks endpoints, each with these fields, for the document.
fn asking(fake: &FakeMlflow, gates: &[Value]) -> Runner {
    let gate = |fields: &Value| {
        let mut gate = json!({ "KIND": "HttpGate", "timeout": 20 });
        gate.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        gate
    };
    gated(fake, &json!(gates.iter().map(gate).collect::<Vec<_>>()).to_string()).args(["-o", "json"])
}

/// Returns the code and the reason of the answer to one request, without the port.
fn ruling(reply: Reply, fields: &Value) -> String {
    let receiver = Receiver::start([reply]);
    let mut gate = json!({ "url": receiver.url("/ping") });
    gate.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let fake = bikes();
    let run = asking(&fake, &[gate]).run();
    let ruling = rulings(&run).join("\n").replace(&receiver.url(""), "http://[HOST]");
    let passed = ruling.starts_with("PASSED");
    assert_eq!(run.code, if passed { 0 } else { 3 }, "{run}");
    if !passed {
        assert_only_read(&fake);
    }
    ruling
}

#[test]
fn a_request_is_sent_as_the_config_has_it() {
    let receiver = Receiver::start([]);
    let url = receiver.url("/invocations?key=hunter2").replace("http://", "http://me:hunter2@");
    let body = json!({ "inputs": [[1, 2.5]], "KIND": "x" });
    let post = json!({ "url": url, "method": "POST", "headers": { "X-Api-Key": "hunter2" }, "body": body });
    let run = asking(&bikes(), &[post]).run();
    let shown = receiver.url("/invocations?***").replace("http://", "http://***@");
    assert_eq!(rulings(&run), [format!("PASSED: POST {shown} answered 200")]);
    assert!(!run.to_string().contains("hunter2"), "{run}");
    let request = receiver.requests().remove(0);
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/invocations"));
    assert_eq!(request.query, [("key".to_owned(), "hunter2".to_owned())]);
    assert_eq!(request.json(), body);
    let headers = ["x-api-key", "content-type", "authorization"].map(|name| request.header(name).unwrap());
    assert_eq!(headers, ["hunter2", "application/json", "Basic bWU6aHVudGVyMg=="]);
    assert!(request.header("user-agent").unwrap().starts_with("runner/"));
}

#[test]
fn a_text_is_sent_as_it_is_and_under_the_type_that_the_headers_say() {
    let receiver = Receiver::start([]);
    let csv = json!({ "Content-Type": "text/csv" });
    let put = json!({ "url": receiver.url("/"), "method": "PUT", "headers": csv, "body": "a,b\n1,2\n" });
    assert_eq!(asking(&bikes(), &[put]).run().code, 0);
    let request = receiver.requests().remove(0);
    assert_eq!((request.method.as_str(), request.body.as_str()), ("PUT", "a,b\n1,2\n"));
    assert_eq!(request.header("content-type"), Some("text/csv"));
}

#[test]
fn an_answer_is_judged_by_its_status_and_its_values() {
    let state =
        json!({ "json": [{ "pointer": "/state", "equals": "up" }, { "pointer": "/version", "is_version": true }] });
    let up = |version: Value| Reply::saying(200, &json!({ "state": "up", "version": version }).to_string());
    let told = [
        ruling(up(json!("3")), &state),
        ruling(up(json!(2)), &state),
        ruling(Reply::saying(200, r#"{"state": null}"#), &state),
        ruling(Reply::saying(200, "<html>up</html>"), &state),
        ruling(Reply::saying(503, "still\nloading"), &state),
        ruling(Reply::status(204), &json!({ "expect_status": [200, 204] })),
        ruling(Reply::status(200), &json!({ "expect_status": 204 })),
        ruling(Reply::status(200), &json!({ "method": "HEAD" })),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::start([]);
    let headers = vec![("Location", elsewhere.url("/login?token=hunter2"))];
    let moved = Reply::Answer(Answer { status: 307, headers, body: String::new() });
    let told = ruling(moved, &json!({ "method": "POST", "body": "x" })).replace(&elsewhere.url(""), "http://[THERE]");
    assert_eq!(
        told,
        "STATUS_MISMATCH: POST http://[HOST]/ping: it answered 307, and must answer 200: it redirects to \
         http://[THERE]/login?***, which is not followed"
    );
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn an_endpoint_that_gives_no_whole_answer_is_unreachable() {
    let told = [
        ruling(Reply::Hang, &json!({ "timeout": 1 })),
        ruling(Reply::Reset, &json!({})),
        ruling(Reply::Half, &json!({})),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    ENDPOINT_UNREACHABLE: GET http://[HOST]/ping: no whole answer within 1 s
    ENDPOINT_UNREACHABLE: GET http://[HOST]/ping: the connection was reset
    ENDPOINT_UNREACHABLE: GET http://[HOST]/ping: the answer was cut short
    ");
}

#[test]
fn an_answer_without_end_is_cut_off_and_never_passes() {
    let refused = "ANSWER_MISMATCH: GET http://[HOST]/ping: its answer is longer than the 1024 KiB that are read of it";
    for fields in [json!({ "json": [{ "pointer": "/state", "equals": "up" }] }), json!({})] {
        assert_eq!(ruling(Reply::Endless, &fields), refused);
    }
}

#[test]
fn nobody_there_no_such_host_and_no_tls_are_unreachable() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plain = Receiver::start([]);
    let gates = [
        json!({ "url": format!("http://{closed}/") }),
        json!({ "url": "http://no-such-host.invalid/" }),
        json!({ "url": plain.url("/").replace("http:", "https:") }),
        json!({ "url": "https://127.0.0.1/", "ca_bundle": "no/such/ca.pem" }),
    ];
    let run = asking(&bikes(), &gates).run();
    let told = rulings(&run);
    assert!(told.iter().all(|ruling| ruling.starts_with("ENDPOINT_UNREACHABLE: GET ")), "{told:#?}");
    assert!(told[0].ends_with("connection refused"), "{told:#?}");
    assert!(told[2].contains("tls"), "{told:#?}");
    assert!(told[3].contains("the CA bundle no/such/ca.pem cannot be read"), "{told:#?}");
    assert!(plain.requests().is_empty());
}

#[test]
fn a_server_is_asked_only_where_it_is_trusted() {
    let guarded = TlsServer::self_signed_for("127.0.0.1");
    let url = format!("{}/api/2.0/mlflow/registered-models/get?name=bikes", guarded.fake.uri());
    let run = asking(&bikes(), &[json!({ "url": url })]).run();
    let told = rulings(&run);
    assert!(told[0].contains("ENDPOINT_UNREACHABLE") && told[0].contains("certificate"), "{told:?}");
    assert!(guarded.fake.requests().is_empty());
    let trusting = json!({ "url": url, "ca_bundle": guarded.bundle.path(),
                           "json": [{ "pointer": "/registered_model/name", "equals": "bikes" }] });
    let run = asking(&bikes(), &[trusting]).run();
    assert_eq!(run.code, 0, "{run}");
}

#[cfg(unix)]
#[test]
fn a_signal_does_not_wait_for_an_answer() {
    let receiver = Receiver::start([Reply::Hang]);
    let fake = bikes();
    let runner = asking(&fake, &[json!({ "url": receiver.url("/"), "timeout": 3600 })]);
    let running = runner.spawn();
    receiver.wait_for(1);
    running.signal("INT");
    let run = running.finish();
    assert_eq!(run.code, 130, "{run}");
    assert_only_read(&fake);
}
