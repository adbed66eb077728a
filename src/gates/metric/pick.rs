//! The one value that counts among those that were logged.

use std::collections::BTreeSet;

use super::{MetricGate, latest};
use crate::registry::Metric;
use crate::text::ForeignText;

/// How many metrics are named where the right one is missing.
const NAMED: usize = 8;

impl MetricGate {
    /// Finds the metric among those of a run, which are the latest of each key.
    ///
    /// # Errors
    /// When it is not there, in words that follow the source.
    pub(crate) fn of_run<'m>(&self, metrics: &'m [Metric]) -> Result<&'m Metric, String> {
        metrics.iter().find(|found| found.key == self.metric).ok_or_else(|| self.lacks(metrics))
    }

    /// Finds the latest point among those of a logged model on the data set that is named, else on any.
    ///
    /// # Errors
    /// When there is none, in words that follow the source.
    pub(crate) fn of_model<'m>(&self, points: &'m [Metric]) -> Result<&'m Metric, String> {
        let is_meant = |point: &&Metric| {
            point.key == self.metric && self.dataset.as_ref().is_none_or(|name| point.dataset.as_ref() == Some(name))
        };
        latest(points.iter().filter(is_meant), |_| ()).into_values().next().ok_or_else(|| self.lacks(points))
    }

    fn lacks(&self, metrics: &[Metric]) -> String {
        let Self { metric, dataset, .. } = self;
        let on = dataset.as_ref().map_or_else(String::new, |dataset| format!(" on the data set {dataset:?}"));
        let there = |metric: &Metric| match (&metric.dataset, dataset) {
            (Some(name), Some(_)) => format!("{} on {name:?}", ForeignText::new(&metric.key)),
            _ => ForeignText::new(&metric.key).to_string(),
        };
        let there: BTreeSet<String> = metrics.iter().map(there).collect();
        let more = if there.len() > NAMED { ", …" } else { "" };
        let there: Vec<String> = there.into_iter().take(NAMED).collect();
        let only = if there.is_empty() { String::new() } else { format!(", only {}{more}", there.join(", ")) };
        format!("has no metric {}{on}{only}", ForeignText::new(metric))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn gate(dataset: Option<&str>) -> MetricGate {
        let gate = json!({ "metric": "acc", "greater_is_better": true, "threshold": 0, "dataset": dataset });
        serde_json::from_value(gate).unwrap()
    }

    fn point(value: f64, step: i64, timestamp: i64, dataset: Option<&str>) -> Metric {
        let (key, dataset) = ("acc".to_owned(), dataset.map(str::to_owned));
        Metric { key, value, timestamp, step, dataset, run_id: Some("r1".to_owned()) }
    }

    #[test]
    fn of_a_data_set_only_its_own_points_count() {
        let points = [point(0.1, 1, 1, Some("test")), point(0.2, 2, 1, Some("train")), point(0.3, 3, 1, None)];
        assert_eq!(gate(Some("test")).of_model(&points).unwrap().value, 0.1);
        let told = gate(Some("Test")).of_model(&points).unwrap_err();
        assert_eq!(told, r#"has no metric acc on the data set "Test", only acc, acc on "test", acc on "train""#);
    }

    #[test]
    fn a_metric_that_is_missing_is_told_with_some_that_are_there() {
        let named = |count: usize| -> Vec<Metric> {
            (0..count).map(|n| Metric { key: format!("m{n}\n"), ..point(1.0, 1, 1, None) }).collect()
        };
        assert_eq!(gate(None).of_run(&named(2)).unwrap_err(), r"has no metric acc, only m0\n, m1\n");
        assert!(gate(None).of_run(&named(9)).unwrap_err().ends_with(", …"));
        assert_eq!(gate(None).of_run(&[]).unwrap_err(), "has no metric acc");
    }
}
