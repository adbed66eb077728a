//! The metrics of runs and logged models, which gates and rankings compare.

/// One logged value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its key.
    pub key: String,
    /// Its value. It may be NaN or infinite.
    pub value: f64,
    /// When it was logged, in milliseconds since 1970 UTC.
    pub timestamp: i64,
    /// The training step at which it was logged.
    pub step: i64,
    /// The name of the data set on which it was measured.
    pub dataset: Option<String>,
    /// The run that logged it.
    pub run_id: Option<String>,
}

/// Converts a value of MLflow's databases to the one that was logged. They store the largest number for infinity.
pub(super) fn restore_infinity(value: f64) -> f64 {
    if value.abs() == f64::MAX { f64::INFINITY.copysign(value) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_number_means_infinity() {
        assert_eq!(restore_infinity(f64::MAX), f64::INFINITY);
        assert_eq!(restore_infinity(f64::MIN), f64::NEG_INFINITY);
        assert_eq!(restore_infinity(-1.5), -1.5);
        assert!(restore_infinity(f64::NAN).is_nan());
    }
}
