//! The verdict of the gate.

use serde_json::{Value, json};

use super::body::Body;
use super::gate::HttpGate;
use super::request::{self, NoResponse};
use super::response::{HttpResponse, quote};
use crate::evidence::EvidenceReader;
use crate::gates::gate::{GateKind, GateSubject};
use crate::outcome::{Finding, GateMode, ReasonCode, Verdict};
use crate::registry::Version;
use crate::secret::{REDACTED, Secrets};
use crate::text::ForeignText;

impl GateKind for HttpGate {
    const KIND: &'static str = "HttpGate";

    fn mode(&self) -> GateMode {
        self.0.mode
    }

    fn given_name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    fn judged(&self) -> String {
        self.0.url.host()
    }

    async fn evaluate(&self, subject: GateSubject<'_>, _: &EvidenceReader<'_>) -> Verdict {
        self.decide(request::send(&self.0).await.as_ref(), subject.candidate.version)
    }
}

impl HttpGate {
    /// Decides on a response, or on the description of why there is none.
    pub(super) fn decide(&self, response: Result<&HttpResponse, &NoResponse>, version: Version) -> Verdict {
        let response = match response {
            Ok(response) => response,
            Err(NoResponse { reason, advice }) => {
                let reason = ForeignText::new(reason).hide(&self.secrets()).to_string();
                return self.refuse(ReasonCode::EndpointUnreachable, None, &reason).advise(*advice);
            }
        };
        let status = Some(Finding { value: json!(response.status), source: self.0.url.to_string() });
        if !self.0.expect_status.includes(response.status) {
            let verdict = self.refuse(ReasonCode::StatusMismatch, status, &self.describe_wrong_status(response));
            return Verdict { advice: advise_on_status(response.status), ..verdict };
        }
        if let Some(problem) = response.truncation() {
            return self.refuse(ReasonCode::AnswerMismatch, status, &format!("its answer {problem}"));
        }
        if self.0.json.is_empty() {
            let reason = format!("{} answered {}", self.describe_request(), response.status);
            return Verdict { candidate: status, ..self.passed(reason) };
        }
        match response.json() {
            Ok(document) => self.decide_on_values(&document, version),
            Err(problem) => self.refuse(ReasonCode::AnswerMismatch, status, &format!("its answer {problem}")),
        }
    }

    fn decide_on_values(&self, document: &Value, version: Version) -> Verdict {
        let (mut held, mut violated, mut candidate) = (vec![], vec![], None);
        let secrets = self.secrets();
        for assertion in &self.0.json {
            let (value, result) = assertion.check(document, version, &secrets);
            let is_first_violation = result.is_err() && violated.is_empty();
            if candidate.is_none() || is_first_violation {
                candidate = value.map(|value| self.finding(value, assertion.pointer(), &secrets));
            }
            match result {
                Ok(reason) => held.push(reason),
                Err(reason) => violated.push(reason),
            }
        }
        if !violated.is_empty() {
            return self.refuse(ReasonCode::AnswerMismatch, candidate, &violated.join("; "));
        }
        let reason = format!("{}: {}", self.describe_request(), held.join("; "));
        Verdict { candidate, ..self.passed(reason) }
    }

    /// Describes a value of a response: a number or boolean as it is, a text shortened, of others only the type.
    fn finding(&self, value: &Value, pointer: &str, secrets: &Secrets) -> Finding {
        let value = match value {
            Value::String(text) => json!(quote(text, secrets).to_string()),
            Value::Array(_) => json!("a list"),
            Value::Object(_) => json!("an object"),
            other if secrets.contains(&other.to_string()) => json!(REDACTED),
            other => other.clone(),
        };
        Finding { value, source: format!("{}#{pointer}", self.0.url) }
    }

    fn describe_wrong_status(&self, response: &HttpResponse) -> String {
        let statuses = format!("it answered {}, and must answer {}", response.status, self.0.expect_status);
        if let Some(location) = response.location.as_ref().filter(|_| (300..400).contains(&response.status)) {
            let target = self.0.url.redirect_target(location, &self.secrets());
            return format!("{statuses}: it redirects to {target}, which is not followed");
        }
        let quote = response.quote(&self.secrets());
        if quote.is_empty() { statuses } else { format!("{statuses}: {quote}") }
    }

    fn refuse(&self, code: ReasonCode, candidate: Option<Finding>, reason: &str) -> Verdict {
        Verdict { candidate, ..self.failed(code, format!("{}: {reason}", self.describe_request())) }
    }

    fn describe_request(&self) -> String {
        format!("{} {}", self.0.method.name(), self.0.url)
    }

    /// Returns the secrets of the request, which an endpoint may repeat.
    fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::new(self.0.body.as_ref().map(Body::texts).unwrap_or_default());
        self.0.headers.add_to(&mut secrets);
        self.0.url.add_to(&mut secrets);
        secrets
    }
}

/// Says what to do about a status that speaks of the endpoint, and not of the version.
fn advise_on_status(status: u16) -> Option<String> {
    Some(match status {
        301 | 302 | 303 | 307 | 308 => "write the address that it redirects to in `gate.url`".to_owned(),
        401 | 403 | 407 => {
            format!("correct the login in `gate.url` or `gate.headers`: a {status} says nothing about the version")
        }
        404 | 405 => format!("correct `gate.url`: a {status} says nothing about the version"),
        429 | 500..=599 => format!(
            "look at the endpoint, because a {status} says nothing about the version; run this again when it answers"
        ),
        _ => return None,
    })
}
