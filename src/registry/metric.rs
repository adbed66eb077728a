//! Metrics: what gates and rankings compare versions by.

/// One logged value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its key.
    pub key: String,
    /// Its value, which may be NaN or infinite.
    pub value: f64,
    /// When it was logged, in milliseconds since 1970 UTC.
    pub timestamp: i64,
    /// The step of the training it belongs to.
    pub step: i64,
    /// The name of the data set it was measured on.
    pub dataset: Option<String>,
    /// The run that logged it.
    pub run_id: Option<String>,
}

/// Returns the value that was logged where a registry holds this one: MLflow's databases have no infinity and keep the
/// largest number instead.
pub(super) fn logged(value: f64) -> f64 {
    if value.abs() == f64::MAX { f64::INFINITY.copysign(value) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_number_stands_for_infinity() {
        assert_eq!(logged(f64::MAX), f64::INFINITY);
        assert_eq!(logged(f64::MIN), f64::NEG_INFINITY);
        assert_eq!(logged(-1.5), -1.5);
        assert!(logged(f64::NAN).is_nan());
    }
}
