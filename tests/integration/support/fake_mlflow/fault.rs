//! Faults between a client and a server.

use std::time::Duration;

use serde_json::json;

use super::http::{Answer, Request};

/// A fault that applies to matching requests, once by default.
#[derive(Clone)]
pub(crate) struct Fault {
    effect: Effect,
    on: Option<&'static str>,
    method: Option<&'static str>,
    skip: usize,
    between: usize,
    times: usize,
}

/// The effect of a fault on a request.
#[derive(Clone)]
pub(crate) enum Effect {
    /// This response is sent; the request is not applied.
    Answer(Answer),
    /// The connection is reset; the request is not applied.
    Reset,
    /// No response is sent; the request is not applied.
    Hang,
    /// The request is applied, and half of the response is sent.
    Truncate,
    /// The request is applied, and the connection is reset before the response.
    Lose,
    /// The request is applied, and then another client moves or deletes its alias.
    Overtake(Option<u64>),
    /// Another client moves or deletes the alias, and the connection is reset; the request is not applied.
    Rob(Option<u64>),
    /// The request is applied after `FakeMlflow::release`.
    Hold,
    /// The request is applied after a delay.
    Delay(Duration),
    /// The request is applied, and its response never ends: the head, and then single bytes.
    Drip,
    /// The request is applied, and this response is sent instead of the correct one.
    Cover(Answer),
}

impl Fault {
    /// Responds with a status and an empty body.
    pub(crate) fn status(status: u16) -> Self {
        Self::new(Effect::Answer(Answer::text(status, "")))
    }

    /// Responds with MLflow's error document.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let body = json!({ "error_code": code, "message": message });
        Self::new(Effect::Answer(Answer::json(status, &body)))
    }

    /// Responds with an HTML page.
    pub(crate) fn html(status: u16) -> Self {
        Self::status(status).body("<!doctype html><title>Sign in</title>")
    }

    /// Applies the request but responds with a status, as a gateway does that lost the server.
    pub(crate) fn covered(status: u16) -> Self {
        Self::new(Effect::Cover(Answer::text(status, "")))
    }

    /// Applies the request, and sends an endless response byte by byte.
    pub(crate) fn drip() -> Self {
        Self::new(Effect::Drip)
    }

    /// Resets the connection.
    pub(crate) fn reset() -> Self {
        Self::new(Effect::Reset)
    }

    /// Never responds.
    pub(crate) fn hang() -> Self {
        Self::new(Effect::Hang)
    }

    /// Applies the request and truncates the response.
    pub(crate) fn truncated() -> Self {
        Self::new(Effect::Truncate)
    }

    /// Applies the request and resets the connection instead of responding.
    pub(crate) fn lost() -> Self {
        Self::new(Effect::Lose)
    }

    /// Applies the request, after which another client moves or deletes the alias.
    pub(crate) fn overtaken(version: Option<u64>) -> Self {
        Self::new(Effect::Overtake(version))
    }

    /// Resets the connection after another client moved or deleted the alias.
    pub(crate) fn robbed(version: Option<u64>) -> Self {
        Self::new(Effect::Rob(version))
    }

    /// Applies the request only after `FakeMlflow::release`.
    pub(crate) fn held() -> Self {
        Self::new(Effect::Hold)
    }

    /// Applies the request after a delay.
    pub(crate) fn delay(wait: Duration) -> Self {
        Self::new(Effect::Delay(wait))
    }

    /// Sets the body of a response.
    pub(crate) fn body(mut self, body: &str) -> Self {
        if let Effect::Answer(answer) | Effect::Cover(answer) = &mut self.effect {
            answer.body = body.to_owned();
        }
        self
    }

    /// Adds a header to a response.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Effect::Answer(answer) = &mut self.effect {
            answer.headers.push((name, value.to_owned()));
        }
        self
    }

    /// Applies only to this endpoint, such as `registered-models/alias`.
    pub(crate) fn on(self, endpoint: &'static str) -> Self {
        Self { on: Some(endpoint), ..self }
    }

    /// Applies only to this method.
    pub(crate) fn method(self, method: &'static str) -> Self {
        Self { method: Some(method), ..self }
    }

    /// Skips a number of matching requests first.
    pub(crate) fn after(self, requests: usize) -> Self {
        Self { skip: requests, ..self }
    }

    /// Applies a number of times.
    pub(crate) fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// Applies every time.
    pub(crate) fn always(self) -> Self {
        self.times(usize::MAX)
    }

    /// Applies to every n-th matching request.
    pub(crate) fn every(self, requests: usize) -> Self {
        Self { between: requests - 1, ..self.after(requests - 1).always() }
    }

    /// Returns the effect on a request, and counts the request.
    pub(crate) fn strike(&mut self, request: &Request) -> Option<Effect> {
        let fits = self.on.is_none_or(|endpoint| endpoint == request.endpoint())
            && self.method.is_none_or(|method| method == request.method);
        if !fits || self.times == 0 {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.times -= 1;
        self.skip = self.between;
        Some(self.effect.clone())
    }

    fn new(effect: Effect) -> Self {
        Self { effect, on: None, method: None, skip: 0, between: 0, times: 1 }
    }
}
