//! What the gate says of answers, one by one.

use serde_json::json;

use super::{HttpAnswer, HttpGate};
use crate::outcome::{Ruling, Verdict};
use crate::registry::Version;

const URL: &str = "http://me:hunter2@host:1/ping?key=hunter3";

fn read(fields: &str) -> Result<HttpGate, String> {
    serde_yaml::from_str(&format!("{{url: '{URL}', {fields}}}")).map_err(|error| error.to_string())
}

fn answer(status: u16, body: &str) -> HttpAnswer {
    HttpAnswer { status, body: body.into(), ..HttpAnswer::default() }
}

fn judged(fields: &str, answer: HttpAnswer) -> Verdict {
    read(fields).unwrap().judge(&Ok(answer), Version::new(3).unwrap())
}

#[test]
fn every_answer_has_one_ruling() {
    let state = "json: [{pointer: /state, equals: ok}, {pointer: /version, is_version: true}]";
    let cut = HttpAnswer { is_cut: true, ..answer(200, r#"{"state": "ok", "version": 3}"#) };
    let cases = [
        ("", answer(200, ""), Ruling::Passed),
        ("", answer(204, ""), Ruling::StatusMismatch),
        ("expect_status: [200, 204]", answer(204, ""), Ruling::Passed),
        ("expect_status: 503", answer(503, ""), Ruling::Passed),
        ("expect_status: 503", answer(200, ""), Ruling::StatusMismatch),
        ("", answer(301, ""), Ruling::StatusMismatch),
        ("expect_status: 301", answer(301, ""), Ruling::Passed),
        (state, answer(200, r#"{"state": "ok", "version": 3}"#), Ruling::Passed),
        (state, answer(200, r#"{"state": "ok", "version": 2}"#), Ruling::AnswerMismatch),
        (state, answer(200, r#"{"version": 3}"#), Ruling::AnswerMismatch),
        (state, answer(500, r#"{"state": "ok", "version": 3}"#), Ruling::StatusMismatch),
        (state, answer(200, ""), Ruling::AnswerMismatch),
        (state, answer(200, r#"{"state": "ok", "version": 3"#), Ruling::AnswerMismatch),
        (state, answer(200, r#"{"state": "ok", "version": NaN}"#), Ruling::AnswerMismatch),
        (state, answer(200, r#"[]"#), Ruling::AnswerMismatch),
        (state, answer(200, "<html>"), Ruling::AnswerMismatch),
        (state, cut.clone(), Ruling::AnswerMismatch),
        ("", cut, Ruling::AnswerMismatch),
    ];
    for (fields, answer, ruling) in cases {
        let verdict = judged(fields, answer.clone());
        assert_eq!((verdict.code, verdict.passed), (ruling, ruling == Ruling::Passed), "{fields} {answer:?}");
    }
    let lost = read("").unwrap().judge(&Err("connection refused".into()), Version::new(3).unwrap());
    assert_eq!((lost.code, lost.passed), (Ruling::EndpointUnreachable, false));
    assert_eq!(lost.reason, "GET http://***@host:1/ping?***: connection refused");
}

#[test]
fn a_refusal_says_what_is_wrong_and_all_of_it() {
    let checks = "json: [{pointer: /n, min: 0}, {pointer: /s, equals: up}, {pointer: /t, equals: true}]";
    let verdict = judged(checks, answer(200, r#"{"n": 1, "s": "down", "t": null}"#));
    assert_eq!(
        verdict.reason,
        "GET http://***@host:1/ping?***: /s is \"down\", and must be \"up\"; /t is null, and must be true"
    );
    let found = verdict.candidate.unwrap();
    assert_eq!((found.value, found.source.as_str()), (json!("down"), "http://***@host:1/ping?***#/s"));
    let moved = HttpAnswer { location: Some("/login?next=x".into()), ..answer(302, "Found") };
    assert_eq!(
        judged("", moved).reason,
        "GET http://***@host:1/ping?***: it answered 302, and must answer 200: it redirects to \
         http://***@host:1/login?***, which is not followed"
    );
}

#[test]
fn what_an_endpoint_repeats_of_a_request_is_hidden() {
    let fields = "method: POST, headers: {Authorization: Bearer hunter4}, body: {inputs: [hunter5hunter5]}, \
                  json: [{pointer: /said, equals: x}]";
    let said = "hunter2 hunter3 hunter4 hunter5hunter5 http://you:hunter6@h";
    let refused = judged(fields, answer(400, said));
    let compared = judged(fields, answer(200, &json!({ "said": said }).to_string()));
    for verdict in [refused, compared] {
        assert!(verdict.reason.contains("***") && !format!("{verdict:?}").contains("hunter"), "{verdict:?}");
    }
    assert!(!format!("{:?}", read(fields)).contains("hunter"), "{:?}", read(fields));
}

#[test]
fn what_an_endpoint_says_is_short_and_cannot_forge_a_line() {
    let reason = judged("", answer(500, &format!("a\nb\u{1b}[2J{}", "x".repeat(9999)))).reason;
    assert!(reason.contains(": a b\\u{1b}[2Jxxx") && reason.ends_with('…') && reason.len() < 400, "{reason}");
    assert!(judged("", answer(500, " <!doctype html>")).reason.ends_with("must answer 200"));
}

#[test]
fn a_request_without_sense_is_refused() {
    for (bad, told) in [
        ("body: x", "a GET sends no `body`"),
        ("method: HEAD, body: {}", "a HEAD sends no `body`"),
        ("method: HEAD, json: [{pointer: /a, equals: 1}]", "has no body to compare"),
        ("method: get", "unknown variant"),
        ("headers: {'a b': c}", "no name of a header"),
        ("follow: true", "unknown field"),
    ] {
        assert!(read(bad).unwrap_err().contains(told), "{bad}: {:?}", read(bad));
    }
}
