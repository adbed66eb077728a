//! The verdicts of gates: a mark for each, and a line with its limits where it compares numbers.

use minijinja::Value;
use serde::Serialize;

use super::render::render;
use super::scale::Axis;
use super::tone::Tone;
use crate::outcome::{Limit, Scale, Unit, Verdict};
use crate::text::{format_age, format_significant};

#[derive(Debug, Serialize)]
struct GatesView<'a> {
    /// Whether they are part of a verification.
    is_part: bool,
    /// Whether only marks are shown.
    is_short: bool,
    gates: Vec<GateView<'a>>,
}

/// One gate.
#[derive(Debug, Serialize)]
struct GateView<'a> {
    tone: Tone,
    sign: &'static str,
    name: &'a str,
    kind: &'a str,
    verdict: &'static str,
    code: String,
    reason: &'a str,
    drawing: Option<Drawing>,
}

/// The numbers of a gate on a line; positions are in percent.
#[derive(Debug, Serialize)]
struct Drawing {
    /// What the drawing shows, in words.
    text: String,
    value: Option<Mark>,
    baseline: Option<Mark>,
    limits: Vec<Mark>,
    /// Where the values that pass begin, and how wide their part of the line is.
    pass_from: f64,
    pass_width: f64,
}

#[derive(Debug, Serialize)]
struct Mark {
    at: f64,
    text: String,
}

/// Renders the verdicts of gates; nothing where there are none. In short, only a mark is shown for a gate that passed.
pub(super) fn gates(verdicts: &[Verdict], is_short: bool) -> Option<Value> {
    let gates = verdicts.iter().map(GateView::new).collect();
    (!verdicts.is_empty()).then(|| render("gates", &GatesView { is_part: false, is_short, gates }))
}

/// Renders the verdicts of the last attempt of a verification; nothing where there are none.
pub(super) fn last_attempt(verdicts: &[Verdict]) -> Option<Value> {
    let gates = verdicts.iter().map(GateView::new).collect();
    (!verdicts.is_empty()).then(|| render("gates", &GatesView { is_part: true, is_short: false, gates }))
}

impl<'a> GateView<'a> {
    fn new(verdict: &'a Verdict) -> Self {
        let tone = Tone::for_verdict(verdict);
        let scale = verdict.scale.as_deref();
        Self {
            tone,
            sign: tone.sign(),
            name: &verdict.name,
            kind: verdict.gate,
            verdict: verdict.word(),
            code: verdict.code.to_string(),
            reason: &verdict.reason,
            drawing: scale.and_then(|scale| Drawing::new(scale, verdict)),
        }
    }
}

impl Drawing {
    fn new(scale: &Scale, verdict: &Verdict) -> Option<Self> {
        let number = |found: &Option<crate::outcome::Finding>| found.as_ref().and_then(|found| found.value.as_f64());
        let (value, baseline) = (number(&verdict.candidate), number(&verdict.baseline));
        let limits = scale.limits.iter().map(|limit| match limit {
            Limit::AtLeast(number) | Limit::AtMost(number) => *number,
        });
        let axis = Axis::around(value.into_iter().chain(baseline).chain(limits))?;
        let mark = |number: f64| Mark { at: axis.position(number), text: format_number(number, scale.unit) };
        let limits: Vec<Mark> = scale.limits.iter().map(|limit| limit_mark(*limit, axis, scale.unit)).collect();
        let (pass_from, pass_to) = passing(scale, axis);
        let words = value.map(|value| format!("{} {}", scale.quantity, format_number(value, scale.unit)));
        let compared = baseline.map(|baseline| format!("compared with {}", format_number(baseline, scale.unit)));
        let words = words.into_iter().chain(compared).chain(limits.iter().map(|limit| limit.text.clone()));
        Some(Self {
            text: words.collect::<Vec<_>>().join(", "),
            value: value.map(mark),
            baseline: baseline.map(mark),
            limits,
            pass_from,
            pass_width: (pass_to - pass_from).max(0.0),
        })
    }
}

fn limit_mark(limit: Limit, axis: Axis, unit: Unit) -> Mark {
    match limit {
        Limit::AtLeast(number) => {
            Mark { at: axis.position(number), text: format!("at least {}", format_number(number, unit)) }
        }
        Limit::AtMost(number) => {
            Mark { at: axis.position(number), text: format!("at most {}", format_number(number, unit)) }
        }
    }
}

/// Returns from where to where on the line values pass.
fn passing(scale: &Scale, axis: Axis) -> (f64, f64) {
    let (mut from, mut to) = (0.0_f64, 100.0_f64);
    for limit in &scale.limits {
        match limit {
            Limit::AtLeast(number) => from = from.max(axis.position(*number)),
            Limit::AtMost(number) => to = to.min(axis.position(*number)),
        }
    }
    (from, to)
}

#[expect(clippy::cast_possible_truncation, reason = "an age in seconds is far from the largest number")]
fn format_number(number: f64, unit: Unit) -> String {
    match unit {
        Unit::Number => format_significant(number),
        Unit::Seconds => format_age(number as i64),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::outcome::{Finding, GateMode};

    fn rmse(value: f64, limits: Vec<Limit>) -> Verdict {
        let scale = Scale { quantity: "rmse".to_owned(), unit: Unit::Number, greater_is_better: Some(false), limits };
        let finding = |value: f64| Some(Finding { value: json!(value), source: "run r".to_owned() });
        let passed = Verdict::passed("MetricGate", "rmse".to_owned(), GateMode::Enforce, "rmse is fine".to_owned());
        Verdict { candidate: finding(value), baseline: finding(0.4), scale: Some(Box::new(scale)), ..passed }
    }

    #[test]
    fn a_number_is_drawn_between_its_limits() {
        let verdict = rmse(0.2, vec![Limit::AtMost(0.4), Limit::AtMost(0.3)]);
        let view = GateView::new(&verdict);
        let drawing = view.drawing.unwrap();
        assert_eq!((view.name, view.verdict, view.sign), ("rmse", "passed", "✓"));
        assert_eq!(drawing.text, "rmse 0.2, compared with 0.4, at most 0.4, at most 0.3");
        assert_eq!((drawing.pass_from, drawing.pass_width), (0.0, 50.0));
        assert_eq!((drawing.value.unwrap().at, drawing.baseline.unwrap().at), (8.0, 92.0));
    }

    #[test]
    fn a_gate_without_numbers_is_a_mark() {
        let verdict =
            Verdict::passed("TagGate", "approved".to_owned(), GateMode::Enforce, "the tag is there".to_owned());
        let view = GateView::new(&verdict);
        assert_eq!((view.name, view.drawing.is_none()), ("approved", true));
    }

    #[test]
    fn an_age_is_shown_in_its_unit() {
        let scale = Scale {
            quantity: "age".to_owned(),
            unit: Unit::Seconds,
            greater_is_better: None,
            limits: vec![Limit::AtLeast(3600.0), Limit::AtMost(7200.0)],
        };
        let verdict = Verdict::passed("AgeGate", "age".to_owned(), GateMode::Enforce, String::new());
        let drawing = Drawing::new(&scale, &verdict).unwrap();
        assert_eq!(drawing.text, "at least 1 h, at most 2 h");
        assert_eq!((drawing.pass_from, drawing.pass_width), (8.0, 84.0));
    }
}
