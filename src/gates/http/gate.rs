//! The gate on the answer of an endpoint.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{HttpAnswer, in_short};
use super::body::Body;
use super::check::Check;
use super::endpoint::Endpoint;
use super::status::Statuses;
use crate::http::{Headers, Tls};
use crate::outcome::{Finding, GateMode, Ruling, Verdict};
use crate::redact::{REDACTED, Secrets};
use crate::registry::Version;
use crate::text::ForeignText;

/// Sends a request to an endpoint, which must answer with the right status and, where that is asked, the right values.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "Raw")]
#[schemars(with = "Raw")]
pub struct HttpGate(Raw);

/// The gate as a config writes it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// The address. A login in it is sent, and neither that nor a query is ever shown. Redirects are not followed.
    url: Endpoint,
    /// The method.
    #[serde(default)]
    method: Method,
    /// Headers to send, each kept secret.
    #[serde(default)]
    headers: Headers,
    /// What to send: a text as it is, anything else as JSON. Needs `method: POST` or another that sends a body.
    #[serde(default)]
    body: Option<Body>,
    /// The status that is right, or a list of those that are.
    #[serde(default)]
    expect_status: Statuses,
    /// What the answer must say, each a JSON Pointer and what to compare it with. All must hold.
    #[serde(default)]
    json: Vec<Check>,
    /// How long the whole answer may take, in seconds.
    #[serde(default = "half_a_minute")]
    #[schemars(range(min = 1, max = 86400))]
    timeout: u64,
    /// A PEM file with the certificate authorities to trust instead of the public ones, or a folder of such files.
    #[serde(default)]
    ca_bundle: Option<PathBuf>,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    mode: GateMode,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
}

impl TryFrom<Raw> for HttpGate {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        if raw.body.is_some() && matches!(raw.method, Method::Get | Method::Head) {
            return Err(format!("a {} sends no `body`; add `method: POST`", raw.method.name()));
        }
        if raw.method == Method::Head && !raw.json.is_empty() {
            return Err("the answer to a HEAD has no body to compare; take another `method`".into());
        }
        Ok(Self(raw))
    }
}

impl Method {
    const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

impl HttpGate {
    pub(in crate::gates) const KIND: &'static str = "HttpGate";

    pub(in crate::gates) const fn mode(&self) -> GateMode {
        self.0.mode
    }

    pub(crate) const fn url(&self) -> &Endpoint {
        &self.0.url
    }

    pub(crate) const fn method(&self) -> &'static str {
        self.0.method.name()
    }

    pub(crate) const fn headers(&self) -> &Headers {
        &self.0.headers
    }

    pub(crate) const fn body(&self) -> Option<&Body> {
        self.0.body.as_ref()
    }

    /// Returns how long the whole answer may take.
    pub(crate) const fn timeout(&self) -> Duration {
        Duration::from_secs(self.0.timeout)
    }

    /// Returns whom to trust.
    pub(crate) fn trust(&self) -> Tls {
        self.0.ca_bundle.clone().map_or(Tls::Public, Tls::Bundle)
    }

    /// Judges an answer, or why there is none.
    pub(crate) fn judge(&self, answer: &Result<HttpAnswer, String>, version: Version) -> Verdict {
        let answer = match answer {
            Ok(answer) => answer,
            Err(reason) => {
                let reason = ForeignText::new(reason).hide(&self.secrets()).to_string();
                return self.refused(Ruling::EndpointUnreachable, None, &reason);
            }
        };
        let status = Some(Finding { value: json!(answer.status), source: self.0.url.to_string() });
        if !self.0.expect_status.hold(answer.status) {
            return self.refused(Ruling::StatusMismatch, status, &self.wrong_status(answer));
        }
        if let Some(fault) = answer.cut() {
            return self.refused(Ruling::AnswerMismatch, status, &format!("its answer {fault}"));
        }
        if self.0.json.is_empty() {
            let reason = format!("{} answered {}", self.request(), answer.status);
            return Verdict { candidate: status, ..Verdict::passed(Self::KIND, self.0.mode, reason) };
        }
        match answer.json() {
            Ok(said) => self.judge_values(&said, version),
            Err(fault) => self.refused(Ruling::AnswerMismatch, status, &format!("its answer {fault}")),
        }
    }

    fn judge_values(&self, answer: &Value, version: Version) -> Verdict {
        let (mut right, mut wrong, mut candidate) = (vec![], vec![], None);
        let secrets = self.secrets();
        for check in &self.0.json {
            let (found, said) = check.compare(answer, version, &secrets);
            let is_wrong = said.is_err();
            if candidate.is_none() || (is_wrong && wrong.is_empty()) {
                candidate = found.map(|found| self.finding(found, check.pointer(), &secrets));
            }
            match said {
                Ok(said) => right.push(said),
                Err(said) => wrong.push(said),
            }
        }
        if !wrong.is_empty() {
            return self.refused(Ruling::AnswerMismatch, candidate, &wrong.join("; "));
        }
        let reason = format!("{}: {}", self.request(), right.join("; "));
        Verdict { candidate, ..Verdict::passed(Self::KIND, self.0.mode, reason) }
    }

    /// Shows a value of an answer: a number or a truth as it is, a text in short, and of others what they are.
    fn finding(&self, value: &Value, pointer: &str, secrets: &Secrets) -> Finding {
        let value = match value {
            Value::String(text) => json!(in_short(text, secrets).to_string()),
            Value::Array(_) => json!("a list"),
            Value::Object(_) => json!("an object"),
            other if secrets.contains(&other.to_string()) => json!(REDACTED),
            other => other.clone(),
        };
        Finding { value, source: format!("{}#{pointer}", self.0.url) }
    }

    fn wrong_status(&self, answer: &HttpAnswer) -> String {
        let must = format!("it answered {}, and must answer {}", answer.status, self.0.expect_status);
        if let Some(location) = answer.location.as_ref().filter(|_| (300..400).contains(&answer.status)) {
            return format!(
                "{must}: it redirects to {}, which is not followed",
                self.0.url.join(location, &self.secrets())
            );
        }
        let words = answer.words(&self.secrets());
        if words.is_empty() { must } else { format!("{must}: {words}") }
    }

    fn refused(&self, code: Ruling, candidate: Option<Finding>, reason: &str) -> Verdict {
        let reason = format!("{}: {reason}", self.request());
        Verdict { candidate, ..Verdict::failed(Self::KIND, self.0.mode, code, reason) }
    }

    fn request(&self) -> String {
        format!("{} {}", self.0.method.name(), self.0.url)
    }

    /// Returns what an endpoint may repeat of what it was sent, and must not be shown.
    fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::new(self.0.body.as_ref().map(Body::texts).unwrap_or_default());
        self.0.headers.add_to(&mut secrets);
        self.0.url.add_to(&mut secrets);
        secrets
    }
}

const fn half_a_minute() -> u64 {
    30
}
