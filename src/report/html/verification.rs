//! The attempts of a verification over time.

use minijinja::Value;
use serde::Serialize;

use super::gates::last_attempt;
use super::render::render;
use super::scale::Axis;
use crate::outcome::{Attempt, Outcome, Verification};
use crate::text::format_seconds;

#[derive(Debug, Serialize)]
struct VerificationView<'a> {
    passed: bool,
    attempts: u32,
    put_back: bool,
    history: Vec<AttemptView<'a>>,
    gates: Option<Value>,
}

#[derive(Debug, Serialize)]
struct AttemptView<'a> {
    /// Where it is on the line of time, in percent.
    at: f64,
    /// When it ended.
    time: String,
    failure: Option<&'a str>,
    /// Whether it failed as the one before.
    is_repeated: bool,
}

/// Renders how the version was verified; nothing where that was not asked for.
pub(super) fn verification(outcome: &Outcome) -> Option<Value> {
    let Verification { passed, attempts, verdicts, put_back, history } = outcome.verification.as_deref()?;
    let axis = Axis::around(history.iter().map(|attempt| attempt.seconds).chain([0.0]));
    let befores = std::iter::once(None).chain(history.iter().map(Some));
    let view = |(attempt, before)| AttemptView::new(attempt, before, axis);
    let gates = last_attempt(verdicts);
    let history = history.iter().zip(befores).map(view).collect();
    let (passed, attempts, put_back) = (*passed, *attempts, *put_back);
    Some(render("verification", &VerificationView { passed, attempts, put_back, history, gates }))
}

impl<'a> AttemptView<'a> {
    fn new(attempt: &'a Attempt, before: Option<&Attempt>, axis: Option<Axis>) -> Self {
        let Attempt { seconds, failure } = attempt;
        Self {
            at: axis.map_or(50.0, |axis| axis.position(*seconds)),
            time: format_seconds(*seconds),
            failure: failure.as_deref(),
            is_repeated: failure.is_some() && before.is_some_and(|before| before.failure == *failure),
        }
    }
}
