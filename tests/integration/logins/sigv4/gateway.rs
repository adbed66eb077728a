//! A gateway before a fake MLflow that checks signatures with its own implementation.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::{digest, hmac};
use serde_json::json;

use crate::support::fake_mlflow::{Answer, FakeMlflow, Request, Store, api};

pub(super) const ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub(super) const SECRET: &str = "hunter2/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(super) const REGION: &str = "eu-west-1";

/// The path prefix of the server at the gateway.
pub(super) const STAGE: &str = "/a stage";

/// The characters that AWS percent-encodes.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The largest accepted difference of the clocks, in seconds.
const SKEW: i64 = 300;

/// Starts a gateway.
pub(super) fn gateway() -> FakeMlflow {
    FakeMlflow::speaking(Box::new(guarded)).model("bikes", |model| model.version(1))
}

fn guarded(store: &mut Store, request: &Request) -> (Answer, Option<String>) {
    let refused = |message: &str| (Answer::json(403, &json!({ "message": message })), None);
    if let Err(fault) = check(request) {
        return refused(fault);
    }
    match request.path.strip_prefix(STAGE) {
        Some(path) => api::answer(store, &Request { path: path.to_owned(), ..request.clone() }),
        None => refused("Missing Authentication Token"),
    }
}

/// Checks a signature as AWS documents it.
fn check(request: &Request) -> Result<(), &'static str> {
    const OTHER: &str = "The request signature we calculated does not match the signature you provided.";
    let authorization = request.header("authorization").ok_or("Missing Authentication Token")?;
    let (date, day) = date(request)?;
    let scope = format!("{day}/{REGION}/execute-api/aws4_request");
    let part = |name: &str| {
        let parts = authorization.strip_prefix("AWS4-HMAC-SHA256 ").unwrap_or_default();
        parts.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
    };
    if part("Credential") != format!("{ID}/{scope}") {
        return Err("Credential should be scoped to a valid region.");
    }
    let names: Vec<&str> = part("SignedHeaders").split(';').collect();
    let has_session = request.header("x-amz-security-token").is_some();
    let mut needed = vec!["host", "x-amz-content-sha256", "x-amz-date"];
    needed.extend(has_session.then_some("x-amz-security-token"));
    if names != needed {
        return Err("The signed headers are not those that are needed.");
    }
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(&canonical(request, &names)));
    let key = [&*day, REGION, "execute-api", "aws4_request"]
        .iter()
        .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| sign(&key, part));
    if part("Signature") == hex(&sign(&key, &text)) { Ok(()) } else { Err(OTHER) }
}

/// Returns the date of a request and its day.
fn date(request: &Request) -> Result<(String, String), &'static str> {
    let date = request.header("x-amz-date").unwrap_or_default();
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", date).map_err(|_| "Date must be in ISO-8601 'basic format'.")?;
    let time = TimeZone::UTC.to_timestamp(time).unwrap();
    if (time.as_second() - Timestamp::now().as_second()).abs() > SKEW {
        return Err("Signature expired");
    }
    Ok((date.to_owned(), date[..8].to_owned()))
}

fn canonical(request: &Request, names: &[&str]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    // Segments are encoded once for the way, and once for the signature.
    let path: Vec<String> = request.path.split('/').map(|segment| encoded(&encoded(segment))).collect();
    let mut query: Vec<_> = request.query.iter().map(|(key, value)| (encoded(key), encoded(value))).collect();
    query.sort();
    let query: Vec<String> = query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let headers: String =
        names.iter().map(|name| format!("{name}:{}\n", request.header(name).unwrap_or_default())).collect();
    let body = sha256(&request.body);
    assert_eq!(request.header("x-amz-content-sha256"), Some(&*body));
    [&request.method, &path.join("/"), &query.join("&"), &headers, &names.join(";"), &body]
        .map(String::as_str)
        .join("\n")
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
