use serde_json::json;

use super::gate::HttpGate;
use super::request::NoResponse;
use super::response::HttpResponse;
use crate::outcome::{ReasonCode, Verdict};
use crate::registry::Version;

const URL: &str = "http://me:hunter2@host:1/ping?key=hunter3";

fn parse(fields: &str) -> Result<HttpGate, String> {
    serde_yaml::from_str(&format!("{{url: '{URL}', {fields}}}")).map_err(|error| error.to_string())
}

fn response(status: u16, body: &str) -> HttpResponse {
    HttpResponse { status, body: body.into(), ..HttpResponse::default() }
}

fn evaluate(fields: &str, response: HttpResponse) -> Verdict {
    parse(fields).unwrap().decide(Ok(&response), Version::new(3).unwrap())
}

#[test]
fn every_response_has_one_reason_code() {
    let state = "json: [{pointer: /state, equals: ok}, {pointer: /version, is_version: true}]";
    let cut = HttpResponse { is_truncated: true, ..response(200, r#"{"state": "ok", "version": 3}"#) };
    let cases = [
        ("", response(200, ""), ReasonCode::Passed),
        ("", response(204, ""), ReasonCode::StatusMismatch),
        ("expect_status: [200, 204]", response(204, ""), ReasonCode::Passed),
        ("expect_status: 503", response(503, ""), ReasonCode::Passed),
        ("expect_status: 503", response(200, ""), ReasonCode::StatusMismatch),
        ("", response(301, ""), ReasonCode::StatusMismatch),
        ("expect_status: 301", response(301, ""), ReasonCode::Passed),
        (state, response(200, r#"{"state": "ok", "version": 3}"#), ReasonCode::Passed),
        (state, response(200, r#"{"state": "ok", "version": 2}"#), ReasonCode::AnswerMismatch),
        (state, response(200, r#"{"version": 3}"#), ReasonCode::AnswerMismatch),
        (state, response(500, r#"{"state": "ok", "version": 3}"#), ReasonCode::StatusMismatch),
        (state, response(200, ""), ReasonCode::AnswerMismatch),
        (state, response(200, r#"{"state": "ok", "version": 3"#), ReasonCode::AnswerMismatch),
        (state, response(200, r#"{"state": "ok", "version": NaN}"#), ReasonCode::AnswerMismatch),
        (state, response(200, r#"[]"#), ReasonCode::AnswerMismatch),
        (state, response(200, "<html>"), ReasonCode::AnswerMismatch),
        (state, cut.clone(), ReasonCode::AnswerMismatch),
        ("", cut, ReasonCode::AnswerMismatch),
    ];
    for (fields, response, code) in cases {
        let verdict = evaluate(fields, response.clone());
        assert_eq!((verdict.code, verdict.passed), (code, code == ReasonCode::Passed), "{fields} {response:?}");
    }
    let refused = NoResponse { reason: "connection refused".to_owned(), advice: "start it" };
    let lost = parse("").unwrap().decide(Err(&refused), Version::new(3).unwrap());
    assert_eq!((lost.code, lost.passed, lost.conclusive), (ReasonCode::EndpointUnreachable, false, false));
    assert_eq!(lost.reason, "GET http://***@host:1/ping?***: connection refused");
}

#[test]
fn a_refusal_names_every_violation() {
    let checks = "json: [{pointer: /n, min: 0}, {pointer: /s, equals: up}, {pointer: /t, equals: true}]";
    let verdict = evaluate(checks, response(200, r#"{"n": 1, "s": "down", "t": null}"#));
    assert_eq!(
        verdict.reason,
        "GET http://***@host:1/ping?***: /s is \"down\", and must be \"up\"; /t is null, and must be true"
    );
    let found = verdict.candidate.unwrap();
    assert_eq!((found.value, found.source.as_str()), (json!("down"), "http://***@host:1/ping?***#/s"));
    let moved = HttpResponse { location: Some("/login?next=x".into()), ..response(302, "Found") };
    assert_eq!(
        evaluate("", moved).reason,
        "GET http://***@host:1/ping?***: it answered 302, and must answer 200: it redirects to \
         http://***@host:1/login?***, which is not followed"
    );
}

#[test]
fn secrets_of_the_request_that_an_endpoint_repeats_are_hidden() {
    let fields = "method: POST, headers: {Authorization: Bearer hunter4}, body: {inputs: [hunter5hunter5]}, \
                  json: [{pointer: /said, equals: x}]";
    let echo = "hunter2 hunter3 hunter4 hunter5hunter5 http://you:hunter6@h";
    let refused = evaluate(fields, response(400, echo));
    let compared = evaluate(fields, response(200, &json!({ "said": echo }).to_string()));
    for verdict in [refused, compared] {
        assert!(verdict.reason.contains("***") && !format!("{verdict:?}").contains("hunter"), "{verdict:?}");
    }
    assert!(!format!("{:?}", parse(fields)).contains("hunter"), "{:?}", parse(fields));
}

#[test]
fn a_quoted_body_is_short_and_cannot_forge_a_line() {
    let reason = evaluate("", response(500, &format!("a\nb\u{1b}[2J{}", "x".repeat(9999)))).reason;
    assert!(reason.contains(": a b\\u{1b}[2Jxxx") && reason.ends_with('…') && reason.len() < 400, "{reason}");
    assert!(evaluate("", response(500, " <!doctype html>")).reason.ends_with("must answer 200"));
}

#[test]
fn a_contradictory_request_is_refused() {
    for (bad, error) in [
        ("body: x", "a GET sends no `body`"),
        ("method: HEAD, body: {}", "a HEAD sends no `body`"),
        ("method: HEAD, json: [{pointer: /a, equals: 1}]", "has no body to compare"),
        ("method: get", "unknown variant"),
        ("headers: {'a b': c}", "no name of a header"),
        ("follow: true", "unknown field"),
    ] {
        assert!(parse(bad).unwrap_err().contains(error), "{bad}: {:?}", parse(bad));
    }
}
