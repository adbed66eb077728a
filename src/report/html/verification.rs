//! The attempts of a verification over time.

use minijinja::Value;
use serde::Serialize;

use super::gates::gates;
use super::render::render;
use super::scale::Axis;
use crate::outcome::{Attempt, Outcome, Verification};

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
}

/// Renders how the version was verified; nothing where that was not asked for.
pub(super) fn verification(outcome: &Outcome) -> Option<Value> {
    let Verification { passed, attempts, verdicts, put_back, history } = outcome.verification.as_deref()?;
    let axis = Axis::around(history.iter().map(|attempt| attempt.seconds).chain([0.0]));
    let view = |attempt| AttemptView::new(attempt, axis);
    let gates = gates("Last attempt", verdicts, false);
    let history = history.iter().map(view).collect();
    let (passed, attempts, put_back) = (*passed, *attempts, *put_back);
    Some(render("verification", &VerificationView { passed, attempts, put_back, history, gates }))
}

impl<'a> AttemptView<'a> {
    fn new(attempt: &'a Attempt, axis: Option<Axis>) -> Self {
        Self {
            at: axis.map_or(50.0, |axis| axis.position(attempt.seconds)),
            time: format!("{:.1} s", attempt.seconds),
            failure: attempt.failure.as_deref(),
        }
    }
}
