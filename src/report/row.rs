//! One job as the cells of a table.

use crate::outcome::{JobResult, Labels};
use crate::printable::on_one_line;

pub(super) const HEADER: [&str; 7] = ["job", "model", "alias", "from", "to", "status", "time"];

/// Returns the cells of a job; what it does not have is a dash.
pub(super) fn row(job: &JobResult, labels: &Labels<'_>) -> [String; 7] {
    let outcome = &job.outcome;
    let dash = || "-".to_owned();
    let number = |version: Option<u64>| version.map_or_else(dash, |version| version.to_string());
    [
        labels.of_job(job),
        on_one_line(&outcome.name),
        outcome.alias.as_deref().map_or_else(dash, on_one_line),
        number(outcome.previous_version),
        number(outcome.version),
        job.status.name().to_owned(),
        format!("{:.3} s", job.seconds),
    ]
}
