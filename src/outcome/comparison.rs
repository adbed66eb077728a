//! The metrics of two versions side by side.

use serde::{Serialize, Serializer};

use crate::text::non_finite_name;

/// A metric of the version that is planned, beside that of the version the alias points to now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The key of the metric.
    pub metric: String,
    /// The data set it was measured on, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The value of the planned version: a number, or a text where JSON has no such number (`NaN`, `Infinity`).
    #[serde(serialize_with = "number")]
    pub value: Option<f64>,
    /// The value of the version that is there now, in the same way.
    #[serde(serialize_with = "number")]
    pub previous_value: Option<f64>,
    /// The change, as a percentage of the value that is there now; none where there is no such number.
    pub change_percent: Option<f64>,
}

impl Comparison {
    /// Compares two values, each none where the version has no such metric.
    pub fn of(metric: String, dataset: Option<String>, value: Option<f64>, previous_value: Option<f64>) -> Self {
        let change = |(new, old): (f64, f64)| if new == old { 0.0 } else { (new - old) / old.abs() * 100.0 };
        let change_percent = value.zip(previous_value).map(change).filter(|change| change.is_finite());
        Self { metric, dataset, value, previous_value, change_percent }
    }
}

/// Writes what JSON cannot hold as a text.
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
        Comparison::of("rmse".into(), None, Some(value), Some(previous)).change_percent
    }

    #[test]
    fn a_change_is_a_percentage_of_what_is_there_now() {
        assert_eq!(change(0.2, 0.25).map(f64::round), Some(-20.0));
        assert_eq!(change(-1.0, -2.0), Some(50.0));
        assert_eq!(change(0.0, 0.0), Some(0.0));
        assert_eq!(change(5.0, 5.0), Some(0.0));
    }

    #[test]
    fn where_there_is_no_such_number_there_is_no_change() {
        for (value, previous) in [(1.0, 0.0), (f64::NAN, 1.0), (1.0, f64::NAN), (f64::INFINITY, 1.0)] {
            assert_eq!(change(value, previous), None, "{value} {previous}");
        }
        assert_eq!(Comparison::of("rmse".into(), None, Some(1.0), None).change_percent, None);
    }

    #[test]
    fn what_json_cannot_hold_is_a_text() {
        let compared = Comparison::of("rmse".into(), None, Some(f64::NAN), Some(f64::NEG_INFINITY));
        let expected = r#"{"metric":"rmse","value":"NaN","previous_value":"-Infinity","change_percent":null}"#;
        assert_eq!(serde_json::to_string(&compared).unwrap(), expected);
    }
}
