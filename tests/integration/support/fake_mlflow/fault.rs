//! What can go wrong between a client and a server.

use std::time::Duration;

use serde_json::json;

use super::http::{Answer, Request};

/// A fault that strikes the requests it fits, once unless told otherwise.
#[derive(Clone)]
pub(crate) struct Fault {
    effect: Effect,
    on: Option<&'static str>,
    method: Option<&'static str>,
    skip: usize,
    between: usize,
    times: usize,
}

/// What a fault does to a request.
#[derive(Clone)]
pub(crate) enum Effect {
    /// This answer instead of the right one; nothing is done.
    Answer(Answer),
    /// The connection is reset; nothing is done.
    Reset,
    /// No answer, ever; nothing is done.
    Hang,
    /// The request is done, and half of the answer is sent.
    Truncate,
    /// The request is done, and the connection is reset before the answer.
    Lose,
    /// The request is done, and then somebody else moves its alias, or deletes it.
    Overtake(Option<u64>),
    /// Somebody else moves the alias, or deletes it, and the connection is reset; what is asked is not done.
    Rob(Option<u64>),
    /// The request is done once the test says so.
    Hold,
    /// The request is done late.
    Delay(Duration),
    /// The request is done, and its answer never ends: the head, and then a byte now and then.
    Drip,
    /// The request is done, and this answer is sent instead of the right one.
    Cover(Answer),
}

impl Fault {
    /// Answers with a status and nothing else.
    pub(crate) fn status(status: u16) -> Self {
        Self::new(Effect::Answer(Answer::text(status, "")))
    }

    /// Answers with MLflow's error document.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let body = json!({ "error_code": code, "message": message });
        Self::new(Effect::Answer(Answer::json(status, &body)))
    }

    /// Answers with a page for a browser.
    pub(crate) fn html(status: u16) -> Self {
        Self::status(status).body("<!doctype html><title>Sign in</title>")
    }

    /// Does what is asked and answers with a status all the same, as a gateway does that lost the server.
    pub(crate) fn covered(status: u16) -> Self {
        Self::new(Effect::Cover(Answer::text(status, "")))
    }

    /// Does what is asked, and sends an answer that never ends, a byte now and then.
    pub(crate) fn drip() -> Self {
        Self::new(Effect::Drip)
    }

    /// Resets the connection.
    pub(crate) fn reset() -> Self {
        Self::new(Effect::Reset)
    }

    /// Never answers.
    pub(crate) fn hang() -> Self {
        Self::new(Effect::Hang)
    }

    /// Does what is asked and breaks off in the middle of the answer.
    pub(crate) fn truncated() -> Self {
        Self::new(Effect::Truncate)
    }

    /// Does what is asked and resets the connection instead of an answer.
    pub(crate) fn lost() -> Self {
        Self::new(Effect::Lose)
    }

    /// Does what is asked, after which somebody else moves the alias in question elsewhere, or deletes it.
    pub(crate) fn overtaken(version: Option<u64>) -> Self {
        Self::new(Effect::Overtake(version))
    }

    /// Resets the connection once somebody else has moved the alias in question elsewhere, or deleted it.
    pub(crate) fn robbed(version: Option<u64>) -> Self {
        Self::new(Effect::Rob(version))
    }

    /// Does what is asked only after `FakeMlflow::release`.
    pub(crate) fn held() -> Self {
        Self::new(Effect::Hold)
    }

    /// Does what is asked after a while.
    pub(crate) fn delay(wait: Duration) -> Self {
        Self::new(Effect::Delay(wait))
    }

    /// Sets the body of an answer.
    pub(crate) fn body(mut self, body: &str) -> Self {
        if let Effect::Answer(answer) | Effect::Cover(answer) = &mut self.effect {
            answer.body = body.to_owned();
        }
        self
    }

    /// Adds a header to an answer.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Effect::Answer(answer) = &mut self.effect {
            answer.headers.push((name, value.to_owned()));
        }
        self
    }

    /// Strikes only this endpoint, such as `registered-models/alias`.
    pub(crate) fn on(self, endpoint: &'static str) -> Self {
        Self { on: Some(endpoint), ..self }
    }

    /// Strikes only this method.
    pub(crate) fn method(self, method: &'static str) -> Self {
        Self { method: Some(method), ..self }
    }

    /// Lets so many requests that it fits pass first.
    pub(crate) fn after(self, requests: usize) -> Self {
        Self { skip: requests, ..self }
    }

    /// Strikes so many times.
    pub(crate) fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// Strikes every time.
    pub(crate) fn always(self) -> Self {
        self.times(usize::MAX)
    }

    /// Strikes the last of every so many requests that it fits.
    pub(crate) fn every(self, requests: usize) -> Self {
        Self { between: requests - 1, ..self.after(requests - 1).always() }
    }

    /// Returns what happens to a request, and counts it.
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
