//! How a model is.

use serde_json::Value;

use super::section::{Section, cut};
use crate::outcome::{Overview, VersionOverview};
use crate::text::{format_or_dash, format_significant};

/// The units of an age, longest first, in seconds.
const UNITS: [(&str, i64); 4] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

/// What MLflow's own tags begin with, which say nothing to people.
const MLFLOW: &str = "mlflow.";

/// Shows the versions of a model, newest first.
pub(super) fn overview(name: &str, overview: &Overview) -> Section {
    let Overview { metrics, versions, omitted, .. } = overview;
    let head = ["version", "aliases", "status", "age"].into_iter().map(str::to_owned);
    let head = head.chain(metrics.iter().map(|key| cut(key))).chain(["tags".to_owned()]).collect::<Vec<_>>();
    let rows = versions.iter().map(|version| row(version, metrics)).collect();
    let head = if versions.is_empty() { vec![] } else { head };
    let mut notes = vec![];
    if versions.is_empty() {
        notes.push("there is no version yet".to_owned());
    }
    if *omitted > 0 {
        notes.push(format!("… and {omitted} older"));
    }
    Section { title: format!("versions of {}", cut(name)).into(), head, rows, notes }
}

fn row(version: &VersionOverview, metrics: &[String]) -> Vec<String> {
    let tags = version.tags.iter().filter(|(key, _)| !key.starts_with(MLFLOW));
    let first = [
        version.version.to_string(),
        listed(version.aliases.iter().cloned()),
        version.status.as_deref().map_or_else(|| "missing".to_owned(), cut),
        format_or_dash(version.age.map(age)),
    ];
    let values = metrics.iter().map(|key| format_or_dash(version.metrics.get(key).map(number)));
    first.into_iter().chain(values).chain([listed(tags.map(|(key, value)| format!("{key}={value}")))]).collect()
}

fn listed(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() { "-".to_owned() } else { cut(&texts.join(", ")) }
}

/// Shows a number, or the word that stands for one.
fn number(value: &Value) -> String {
    value.as_str().map_or_else(|| format_or_dash(value.as_f64().map(format_significant)), str::to_owned)
}

/// Shows an age in its longest unit, rounded down.
fn age(seconds: i64) -> String {
    let (unit, size) = UNITS.into_iter().find(|(_, size)| seconds >= *size).unwrap_or(("s", 1));
    format!("{} {unit}", seconds / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_its_longest_unit() {
        let ages = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 40_000_000].map(age);
        assert_eq!(ages, ["0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "1 d", "462 d"]);
    }
}
