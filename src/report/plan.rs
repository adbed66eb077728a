//! What a plan changes: the move in one line, and the metrics of both versions.

use super::section::Section;
use crate::outcome::{Comparison, JobResult, JobStatus, Outcome};
use crate::printable::on_one_line;

/// Shows the move that a job plans; none where it is not only a plan.
pub(super) fn plan(job: &JobResult) -> Option<Section> {
    let Outcome { name, alias, version, previous_version, metrics, verify, .. } = &job.outcome;
    // One that is blocked is planned as well, where only the plan is wanted.
    let is_plan = job.status == JobStatus::Planned || metrics.is_some();
    let (alias, to) = (alias.as_ref().filter(|_| is_plan)?, (*version)?);
    let rows: Vec<Vec<String>> = metrics.iter().flatten().map(row).collect();
    let from = previous_version.map_or_else(|| "no version".to_owned(), |from| format!("version {from}"));
    let head = ["metric".to_owned(), from, format!("version {to}"), "change".to_owned()];
    Some(Section {
        title: format!("{}@{alias}: {} -> {to}", on_one_line(name), number(*previous_version)).into(),
        head: if rows.is_empty() { vec![] } else { head.to_vec() },
        rows,
        notes: verify.iter().map(|verify| format!("verified then by {verify}")).collect(),
    })
}

fn row(compared: &Comparison) -> Vec<String> {
    let Comparison { metric, dataset, value, previous_value, change_percent } = compared;
    let set = dataset.as_ref().map(|set| format!(" ({set})")).unwrap_or_default();
    let change = change_percent.map_or_else(dash, |change| format!("{change:+.2} %"));
    vec![format!("{metric}{set}"), shown(*previous_value), shown(*value), change]
}

fn number(version: Option<u64>) -> String {
    version.map_or_else(|| "none".to_owned(), |version| version.to_string())
}

fn dash() -> String {
    "-".to_owned()
}

/// Shows a value with at most six digits that count; whole numbers whole.
pub(super) fn shown(value: Option<f64>) -> String {
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
