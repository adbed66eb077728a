//! The differences between the metrics of two versions.

use serde::{Serialize, Serializer};

use crate::text::non_finite_name;

/// A metric of the planned version and of the current version of the alias.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricDiff {
    /// The key of the metric.
    pub metric: String,
    /// The dataset of the metric, if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The value of the planned version: a number, or a text such as `NaN` and `Infinity`, which JSON does not have.
    #[serde(serialize_with = "number")]
    pub value: Option<f64>,
    /// The value of the current version, in the same form.
    #[serde(serialize_with = "number")]
    pub previous_value: Option<f64>,
    /// The change as a percentage of the current value; `None` if it cannot be computed.
    pub change_percent: Option<f64>,
}

impl MetricDiff {
    /// Compares two values; each is `None` if the version has no such metric.
    pub fn new(metric: String, dataset: Option<String>, value: Option<f64>, previous_value: Option<f64>) -> Self {
        let change = |(new, old): (f64, f64)| if new == old { 0.0 } else { (new - old) / old.abs() * 100.0 };
        let change_percent = value.zip(previous_value).map(change).filter(|change| change.is_finite());
        Self { metric, dataset, value, previous_value, change_percent }
    }
}

/// Serializes a number; a number that JSON does not have becomes a text.
#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn number<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match *value {
        None => serializer.serialize_none(),
        Some(value) => match non_finite_name(value) {
            Some(name) => serializer.serialize_str(name),
            None => serializer.serialize_f64(value),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(value: f64, previous: f64) -> Option<f64> {
        MetricDiff::new("rmse".into(), None, Some(value), Some(previous)).change_percent
    }

    #[test]
    fn a_change_is_a_percentage_of_the_current_value() {
        assert_eq!(change(0.2, 0.25).map(f64::round), Some(-20.0));
        assert_eq!(change(-1.0, -2.0), Some(50.0));
        assert_eq!(change(0.0, 0.0), Some(0.0));
        assert_eq!(change(5.0, 5.0), Some(0.0));
    }

    #[test]
    fn without_a_finite_difference_there_is_no_change() {
        for (value, previous) in [(1.0, 0.0), (f64::NAN, 1.0), (1.0, f64::NAN), (f64::INFINITY, 1.0)] {
            assert_eq!(change(value, previous), None, "{value} {previous}");
        }
        assert_eq!(MetricDiff::new("rmse".into(), None, Some(1.0), None).change_percent, None);
    }

    #[test]
    fn non_finite_numbers_are_json_strings() {
        let compared = MetricDiff::new("rmse".into(), None, Some(f64::NAN), Some(f64::NEG_INFINITY));
        let expected = r#"{"metric":"rmse","value":"NaN","previous_value":"-Infinity","change_percent":null}"#;
        assert_eq!(serde_json::to_string(&compared).unwrap(), expected);
    }
}
