//! One job as the cells of a table.

use crate::outcome::{JobResult, Labels};
use crate::text::{escape_line, format_or_dash, format_seconds};

pub(super) const HEADER: [&str; 7] = ["job", "model", "alias", "from", "to", "status", "time"];

/// Returns the cells of a job; what it does not have is a dash.
pub(super) fn row(job: &JobResult, labels: &Labels<'_>) -> [String; 7] {
    let outcome = &job.outcome;
    [
        labels.of_job(job),
        escape_line(&outcome.name).into_owned(),
        format_or_dash(outcome.alias.as_deref().map(escape_line)),
        format_or_dash(outcome.previous_version),
        format_or_dash(outcome.version),
        job.status.name().to_owned(),
        format_seconds(job.seconds),
    ]
}
