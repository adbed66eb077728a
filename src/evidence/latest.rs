//! Selects the latest point of a metric, and determines its value.

use std::collections::BTreeMap;

use crate::registry::Metric;

/// Returns the latest point of each key, in MLflow's order: by step, then by time, then by value.
pub fn latest_points<'m, K: Ord>(
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

/// Returns the value of a logged model's point, given the latest metrics of the run that logged it; `None` where it is
/// unknown.
///
/// MLflow's databases store a NaN of a logged model as 0, and keep the NaN only in the run. So a 0 counts only if the
/// run has the same point. A point with another time says nothing about it.
pub fn logged_value(point: &Metric, run: &[Metric]) -> Option<f64> {
    if !may_be_nan(point) {
        return Some(point.value);
    }
    let logged = run.iter().find(|logged| logged.key == point.key)?;
    let is_same = (logged.value, logged.step, logged.timestamp) == (0.0, point.step, point.timestamp);
    if logged.value.is_nan() { Some(f64::NAN) } else { is_same.then_some(0.0) }
}

/// Returns whether the value of a logged model's point may stand for a NaN, so that its run must be read.
pub fn may_be_nan(point: &Metric) -> bool {
    point.value == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(value: f64, step: i64, timestamp: i64) -> Metric {
        Metric { key: "acc".to_owned(), value, timestamp, step, dataset: None, run_id: Some("r1".to_owned()) }
    }

    #[test]
    fn the_latest_point_has_the_last_step_then_time_then_value() {
        let last = |points: &[Metric]| latest_points(points, |_| ())[&()].value;
        assert_eq!(last(&[point(0.1, 2, 1), point(0.2, 1, 9)]), 0.1);
        assert_eq!(last(&[point(0.1, 2, 1), point(0.2, 2, 9)]), 0.2);
        assert_eq!(last(&[point(0.3, 2, 9), point(0.2, 2, 9)]), 0.3);
        assert_eq!(last(&[point(0.1, -1, 0), point(0.2, -2, 0)]), 0.1);
        assert!(last(&[point(0.3, 2, 9), point(f64::NAN, 2, 9)]).is_nan());
    }

    #[test]
    fn points_are_grouped_by_their_key() {
        let points = [point(0.1, 1, 1), Metric { key: "loss".to_owned(), ..point(0.2, 2, 1) }, point(0.3, 3, 1)];
        let values: Vec<f64> =
            latest_points(&points, |point| point.key.clone()).values().map(|point| point.value).collect();
        assert_eq!(values, [0.3, 0.2]);
    }

    #[test]
    fn a_zero_is_used_only_if_the_run_has_the_same_point() {
        let value = |run: &[Metric]| logged_value(&point(0.0, 2, 5), run);
        assert_eq!(value(&[point(0.0, 2, 5)]), Some(0.0));
        assert!(value(&[point(f64::NAN, 2, 5)]).is_some_and(f64::is_nan));
        assert!(value(&[point(f64::NAN, 9, 9)]).is_some_and(f64::is_nan));
        for other in [point(0.0, 3, 5), point(0.0, 2, 6), point(0.5, 2, 5)] {
            assert_eq!(value(&[other]), None);
        }
        assert_eq!(value(&[]), None);
        assert_eq!(value(&[Metric { key: "loss".to_owned(), ..point(0.0, 2, 5) }]), None);
    }

    #[test]
    fn every_nonzero_value_is_used() {
        assert_eq!(logged_value(&point(0.5, 2, 5), &[point(f64::NAN, 2, 5)]), Some(0.5));
    }
}
