//! Finds the metric of the gate among the logged ones.

use std::collections::BTreeSet;

use super::gate::{MetricGate, RawMetricGate};
use crate::evidence::latest_points;
use crate::registry::Metric;
use crate::text::ForeignText;

/// How many other metrics an error names.
const MAX_NAMED: usize = 8;

impl MetricGate {
    /// Finds the metric among the latest metrics of a run.
    ///
    /// # Errors
    /// When it is missing, in words that follow the source.
    pub(super) fn find_in_run<'m>(&self, metrics: &'m [Metric]) -> Result<&'m Metric, String> {
        metrics.iter().find(|found| found.key == self.0.metric).ok_or_else(|| self.describe_missing(metrics))
    }

    /// Finds the latest point of the metric in a logged model, on the dataset of the gate or else on any.
    ///
    /// # Errors
    /// When it is missing, in words that follow the source.
    pub(super) fn find_in_model<'m>(&self, points: &'m [Metric]) -> Result<&'m Metric, String> {
        let matches = |point: &&Metric| {
            point.key == self.0.metric
                && self.0.dataset.as_ref().is_none_or(|name| point.dataset.as_ref() == Some(name))
        };
        latest_points(points.iter().filter(matches), |_| ())
            .into_values()
            .next()
            .ok_or_else(|| self.describe_missing(points))
    }

    fn describe_missing(&self, metrics: &[Metric]) -> String {
        let RawMetricGate { metric, dataset, .. } = &*self.0;
        let on = dataset.as_ref().map_or_else(String::new, |dataset| format!(" on the data set {dataset:?}"));
        let name = |metric: &Metric| match (&metric.dataset, dataset) {
            (Some(name), Some(_)) => format!("{} on {name:?}", ForeignText::new(&metric.key)),
            _ => ForeignText::new(&metric.key).to_string(),
        };
        let names: BTreeSet<String> = metrics.iter().map(name).collect();
        let more = if names.len() > MAX_NAMED { ", …" } else { "" };
        let names: Vec<String> = names.into_iter().take(MAX_NAMED).collect();
        let only = if names.is_empty() { String::new() } else { format!(", only {}{more}", names.join(", ")) };
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
    fn only_points_of_the_dataset_count() {
        let points = [point(0.1, 1, 1, Some("test")), point(0.2, 2, 1, Some("train")), point(0.3, 3, 1, None)];
        assert_eq!(gate(Some("test")).find_in_model(&points).unwrap().value, 0.1);
        let error = gate(Some("Test")).find_in_model(&points).unwrap_err();
        assert_eq!(error, r#"has no metric acc on the data set "Test", only acc, acc on "test", acc on "train""#);
    }

    #[test]
    fn the_error_about_a_missing_metric_names_some_others() {
        let metrics = |count: usize| -> Vec<Metric> {
            (0..count).map(|n| Metric { key: format!("m{n}\n"), ..point(1.0, 1, 1, None) }).collect()
        };
        assert_eq!(gate(None).find_in_run(&metrics(2)).unwrap_err(), r"has no metric acc, only m0\n, m1\n");
        assert!(gate(None).find_in_run(&metrics(9)).unwrap_err().ends_with(", …"));
        assert_eq!(gate(None).find_in_run(&[]).unwrap_err(), "has no metric acc");
    }
}
