//! The table of a plan: the move in its title, and the metrics of both versions.

use crate::outcome::{JobResult, JobStatus, MetricDiff, Outcome, Table};
use crate::text::{escape_line, format_or_dash, format_significant};

/// Returns the table of a planned move; none where the job planned none.
pub(super) fn plan_table(job: &JobResult) -> Option<Table> {
    let Outcome { version, previous_version, metrics, verify, .. } = &job.outcome;
    // With `--plan`, a blocked job has a plan as well.
    let is_plan = job.status == JobStatus::Planned || metrics.is_some();
    let (alias, to) = (job.outcome.full_alias().filter(|_| is_plan)?, (*version)?);
    let rows: Vec<Vec<String>> = metrics.iter().flatten().map(row).collect();
    let from = previous_version.map_or_else(|| "no version".to_owned(), |from| format!("version {from}"));
    let head = ["metric".to_owned(), from, format!("version {to}"), "change".to_owned()];
    Some(Table {
        title: format!("{}: {}", escape_line(&alias), job.outcome.transition(JobStatus::Planned)),
        head: if rows.is_empty() { vec![] } else { head.to_vec() },
        rows,
        notes: verify.iter().map(|verify| format!("verified then by {verify}")).collect(),
    })
}

fn row(compared: &MetricDiff) -> Vec<String> {
    let MetricDiff { metric, dataset, value, previous_value, change_percent } = compared;
    let set = dataset.as_ref().map(|set| format!(" ({set})")).unwrap_or_default();
    let number = |value: Option<f64>| format_or_dash(value.map(format_significant));
    let change = format_or_dash(change_percent.map(|change| format!("{change:+.2} %")));
    vec![format!("{metric}{set}"), number(*previous_value), number(*value), change]
}
