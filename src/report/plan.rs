//! What a plan changes: the move in one line, and the metrics of both versions as rows.

use crate::outcome::{Comparison, JobResult, JobStatus, Outcome};
use crate::printable::on_one_line;

/// Returns the move that a job plans in one line: `bikes@Champion: 2 -> 3`.
pub(super) fn diff(job: &JobResult) -> Option<String> {
    let Outcome { name, alias, version, previous_version, .. } = &job.outcome;
    // One that is blocked is planned as well, where only the plan is wanted.
    let is_plan = job.status == JobStatus::Planned || job.outcome.metrics.is_some();
    let (alias, to) = (alias.as_ref().filter(|_| is_plan)?, (*version)?);
    Some(format!("{}@{alias}: {} -> {to}", on_one_line(name), number(*previous_version)))
}

/// Returns the head of the table of metrics.
pub(super) fn head(outcome: &Outcome) -> [String; 4] {
    let version = |version: Option<u64>| version.map_or_else(|| "nothing".to_owned(), |one| format!("version {one}"));
    ["metric".to_owned(), version(outcome.previous_version), version(outcome.version), "change".to_owned()]
}

/// Returns a row a metric.
pub(super) fn metrics(outcome: &Outcome) -> impl Iterator<Item = [String; 4]> {
    outcome.metrics.iter().flatten().map(|compared| {
        let Comparison { metric, dataset, value, previous_value, change_percent } = compared;
        let set = dataset.as_ref().map(|set| format!(" ({})", on_one_line(set))).unwrap_or_default();
        let change = change_percent.map_or_else(dash, |change| format!("{change:+.2} %"));
        [format!("{}{set}", on_one_line(metric)), shown(*previous_value), shown(*value), change]
    })
}

fn number(version: Option<u64>) -> String {
    version.map_or_else(|| "none".to_owned(), |version| version.to_string())
}

fn dash() -> String {
    "-".to_owned()
}

/// Shows a value with at most six digits that count; whole numbers whole.
fn shown(value: Option<f64>) -> String {
    let Some(value) = value else { return dash() };
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() };
    }
    let is_whole = value.fract() == 0.0 && value.abs() < 1e15;
    let short = if is_whole { value } else { format!("{value:.5e}").parse().unwrap_or(value) };
    // The shorter of both forms: neither a row of zeros nor an exponent without need.
    if is_whole { format!("{short}") } else { format!("{short:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_as_short_as_it_can_be_told() {
        let told = [0.1 + 0.2, 3.0, 123_456_789.0, 1234.5678, 1e-10, 1e300, -0.25, f64::NAN, f64::NEG_INFINITY];
        let expected = ["0.3", "3", "123456789", "1234.57", "1e-10", "1e300", "-0.25", "NaN", "-Infinity"];
        assert_eq!(told.map(|value| shown(Some(value))), expected);
        assert_eq!(shown(None), "-");
    }
}
