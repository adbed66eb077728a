//! What a plan changes: the move in one line, and the metrics of both versions.

use super::section::Section;
use crate::outcome::{Comparison, JobResult, JobStatus, Outcome};
use crate::text::{escape_line, format_or_dash, format_significant, format_version};

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
        title: format!("{}@{alias}: {} -> {to}", escape_line(name), format_version(*previous_version)).into(),
        head: if rows.is_empty() { vec![] } else { head.to_vec() },
        rows,
        notes: verify.iter().map(|verify| format!("verified then by {verify}")).collect(),
    })
}

fn row(compared: &Comparison) -> Vec<String> {
    let Comparison { metric, dataset, value, previous_value, change_percent } = compared;
    let set = dataset.as_ref().map(|set| format!(" ({set})")).unwrap_or_default();
    let number = |value: Option<f64>| format_or_dash(value.map(format_significant));
    let change = format_or_dash(change_percent.map(|change| format!("{change:+.2} %")));
    vec![format!("{metric}{set}"), number(*previous_value), number(*value), change]
}
