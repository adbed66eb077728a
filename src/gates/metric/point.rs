//! The points of a metric: which of them counts, and what its number is.

use std::collections::BTreeMap;

use crate::registry::Metric;

/// Keeps the latest of the points that share a key, as MLflow does: by step, then by time, then the largest.
pub(crate) fn latest<'m, K: Ord>(
    points: impl IntoIterator<Item = &'m Metric>,
    key: impl Fn(&Metric) -> K,
) -> BTreeMap<K, &'m Metric> {
    let is_later = |one: &Metric, other: &Metric| {
        let by_time = (one.step, one.timestamp).cmp(&(other.step, other.timestamp));
        by_time.then(one.value.total_cmp(&other.value)).is_gt()
    };
    let mut latest: BTreeMap<K, &Metric> = BTreeMap::new();
    for point in points {
        let known = latest.entry(key(point)).or_insert(point);
        if is_later(point, known) {
            *known = point;
        }
    }
    latest
}

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
    fn the_latest_point_is_that_of_the_last_step_then_time_then_value() {
        let last = |points: &[Metric]| latest(points, |_| ())[&()].value;
        assert_eq!(last(&[point(0.1, 2, 1), point(0.2, 1, 9)]), 0.1);
        assert_eq!(last(&[point(0.1, 2, 1), point(0.2, 2, 9)]), 0.2);
        assert_eq!(last(&[point(0.3, 2, 9), point(0.2, 2, 9)]), 0.3);
        assert_eq!(last(&[point(0.1, -1, 0), point(0.2, -2, 0)]), 0.1);
        assert!(last(&[point(0.3, 2, 9), point(f64::NAN, 2, 9)]).is_nan());
    }

    #[test]
    fn points_are_told_apart_by_their_key() {
        let points = [point(0.1, 1, 1), Metric { key: "loss".to_owned(), ..point(0.2, 2, 1) }, point(0.3, 3, 1)];
        let values: Vec<f64> = latest(&points, |point| point.key.clone()).values().map(|point| point.value).collect();
        assert_eq!(values, [0.3, 0.2]);
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
