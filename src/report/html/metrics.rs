//! The metrics of two versions as pairs of bars, with the change in percent.

use std::collections::BTreeMap;

use minijinja::Value;
use serde::Serialize;

use super::render::render;
use super::scale::Axis;
use crate::outcome::{MetricDiff, Outcome, Scale};
use crate::text::{format_or_dash, format_significant, format_version};

#[derive(Debug, Serialize)]
struct MetricsView {
    /// The version to compare with, where there is one.
    before: Option<u64>,
    after: String,
    /// Whether the direction of some metric is not known.
    has_unjudged: bool,
    metrics: Vec<MetricView>,
}

/// A metric of both versions.
#[derive(Debug, Serialize)]
struct MetricView {
    name: String,
    before: Bar,
    after: Bar,
    /// Where 0 is, in percent of the line.
    zero: f64,
    /// `better`, `worse`, or `same` where it did not change or nobody said which is which.
    direction: &'static str,
    change: String,
}

/// A bar that begins at 0; positions are in percent.
#[derive(Debug, Serialize)]
struct Bar {
    from: f64,
    width: f64,
    text: String,
}

/// Renders the metrics of both versions; nothing where none were read.
pub(super) fn metrics(outcome: &Outcome) -> Option<Value> {
    let metrics = outcome.metrics.as_ref().filter(|metrics| !metrics.is_empty())?;
    let directions = directions(outcome);
    let judged = |metric: &MetricDiff| directions.get(metric.metric.as_str()).copied();
    Some(render(
        "metrics",
        &MetricsView {
            before: outcome.previous_version,
            after: format_version(outcome.version),
            has_unjudged: outcome.previous_version.is_some() && metrics.iter().any(|metric| judged(metric).is_none()),
            metrics: metrics.iter().map(|metric| MetricView::new(metric, judged(metric))).collect(),
        },
    ))
}

/// Returns whether a greater value is better, for the metrics that gates judge.
fn directions(outcome: &Outcome) -> BTreeMap<&str, bool> {
    let verified = outcome.verification.iter().flat_map(|verification| &verification.verdicts);
    let scales = outcome.gates.iter().chain(verified).filter_map(|verdict| verdict.scale.as_deref());
    scales
        .filter_map(|Scale { quantity, greater_is_better, .. }| Some((quantity.as_str(), (*greater_is_better)?)))
        .collect()
}

impl MetricView {
    fn new(diff: &MetricDiff, greater_is_better: Option<bool>) -> Self {
        let MetricDiff { metric, dataset, value, previous_value, change_percent } = diff;
        let axis = Axis::from_zero(value.iter().chain(previous_value).copied());
        let zero = axis.map_or(0.0, |axis| axis.position(0.0));
        let bar = |value: Option<f64>| {
            let end = value.filter(|value| value.is_finite()).zip(axis);
            let end = end.map_or(zero, |(value, axis)| axis.position(value));
            let text = format_or_dash(value.map(format_significant));
            Bar { from: zero.min(end), width: (zero - end).abs(), text }
        };
        let direction = match (value.zip(*previous_value), greater_is_better) {
            (Some((new, old)), Some(greater)) if new != old && !new.is_nan() && !old.is_nan() => {
                if (new > old) == greater { "better" } else { "worse" }
            }
            _ => "same",
        };
        Self {
            name: dataset.as_ref().map_or_else(|| metric.clone(), |dataset| format!("{metric} ({dataset})")),
            before: bar(*previous_value),
            after: bar(*value),
            zero,
            direction,
            change: change_percent.map_or_else(|| "–".to_owned(), |change| format!("{change:+.2} %")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(value: f64, previous: f64, greater_is_better: Option<bool>) -> MetricView {
        MetricView::new(&MetricDiff::new("m".into(), None, Some(value), Some(previous)), greater_is_better)
    }

    #[test]
    fn a_change_is_better_only_where_a_gate_says_which_way() {
        let direction = |value, previous, greater| view(value, previous, greater).direction;
        assert_eq!(direction(0.3, 0.4, Some(false)), "better");
        assert_eq!(direction(0.3, 0.4, Some(true)), "worse");
        assert_eq!(direction(0.3, 0.4, None), "same");
        assert_eq!(direction(0.3, 0.3, Some(true)), "same");
        assert_eq!(direction(f64::NAN, 0.3, Some(true)), "same");
        assert_eq!(view(0.3, 0.4, None).change, "-25.00 %");
    }

    #[test]
    fn bars_begin_at_zero() {
        let up = view(4.0, 2.0, None);
        assert_eq!((up.before.width, up.after.width, up.zero), (50.0, 100.0, 0.0));
        let around = view(-1.0, 3.0, None);
        assert_eq!((around.zero, around.after.from, around.after.width), (25.0, 0.0, 25.0));
        let none = MetricView::new(&MetricDiff::new("m".into(), None, None, Some(f64::INFINITY)), None);
        assert_eq!((none.after.width, none.after.text.as_str(), none.before.text.as_str()), (0.0, "-", "Infinity"));
    }
}
