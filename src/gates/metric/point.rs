//! The points of a metric: which of them counts, and what its number is.

use crate::registry::Metric;

/// Returns what a number of a logged model is, given the latest metrics of the run that logged it; none where they do
/// not tell.
///
/// MLflow's databases keep a NaN of a logged model as 0, and the NaN itself only with the run. So a 0 counts only where
/// the run has the very same point: one that was logged at another time says nothing about it.
pub(crate) fn logged_number(point: &Metric, run: &[Metric]) -> Option<f64> {
    if !may_be_nan(point) {
        return Some(point.value);
    }
    let logged = run.iter().find(|logged| logged.key == point.key)?;
    let is_same = (logged.value, logged.step, logged.timestamp) == (0.0, point.step, point.timestamp);
    if logged.value.is_nan() { Some(f64::NAN) } else { is_same.then_some(0.0) }
}

/// Returns whether the number of a logged model's point may be another than it says, so that its run must be asked.
pub(crate) fn may_be_nan(point: &Metric) -> bool {
    point.value == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(value: f64, step: i64, timestamp: i64) -> Metric {
        Metric { key: "acc".to_owned(), value, timestamp, step, dataset: None, run_id: Some("r1".to_owned()) }
    }

    #[test]
    fn a_zero_is_believed_only_where_the_run_has_the_same() {
        let told = |run: &[Metric]| logged_number(&point(0.0, 2, 5), run);
        assert_eq!(told(&[point(0.0, 2, 5)]), Some(0.0));
        assert!(told(&[point(f64::NAN, 2, 5)]).is_some_and(f64::is_nan));
        assert!(told(&[point(f64::NAN, 9, 9)]).is_some_and(f64::is_nan));
        for other in [point(0.0, 3, 5), point(0.0, 2, 6), point(0.5, 2, 5)] {
            assert_eq!(told(&[other]), None);
        }
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[Metric { key: "loss".to_owned(), ..point(0.0, 2, 5) }]), None);
    }

    #[test]
    fn every_other_number_is_what_it_says() {
        assert_eq!(logged_number(&point(0.5, 2, 5), &[point(f64::NAN, 2, 5)]), Some(0.5));
    }
}
