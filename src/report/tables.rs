//! The tables of a report: one with a row for each job, and the tables of each job.

use crate::outcome::{
    CurrentVersion, JobResult, JobStatus, Labels, MetricDiff, Outcome, Ranked, Ranking, Table, Verdict, WriteState,
};
use crate::text::{escape_line, format_or_dash, format_seconds, format_significant, format_version};

/// The number of versions of a ranking that are shown.
const SHOWN_VERSIONS: usize = 10;

/// The columns of the table of all jobs.
pub(super) const HEADER: [&str; 8] = ["job", "model", "alias", "before", "wanted", "now", "status", "time"];

/// Returns the row of a job in the table of all jobs, with a dash for what the job does not have.
pub(super) fn job_row(job: &JobResult, labels: &Labels<'_>) -> [String; 8] {
    let outcome = &job.outcome;
    let [before, wanted, now] = alias_cells(job);
    [
        labels.for_job(job),
        format_or_dash(outcome.name.as_deref().map(escape_line)),
        format_or_dash(outcome.alias.as_deref().map(escape_line)),
        before,
        wanted,
        now,
        job.status.name().to_owned(),
        format_seconds(job.seconds),
    ]
}

/// Returns where the alias of a job was, where it was to be, and where it is: a version, `none` where it does not exist, or
/// `?` where that is not known. A job without an alias has dashes.
pub(super) fn alias_cells(job: &JobResult) -> [String; 3] {
    let outcome = &job.outcome;
    let wanted = format_or_dash(outcome.version);
    let Some(CurrentVersion { current_version, current_known }) = outcome.current else {
        return [format_or_dash(outcome.previous_version), wanted, "-".to_owned()];
    };
    // Where nothing was written, the alias is where it was.
    let is_before_known = outcome.previous_version.is_some() || current_known || outcome.alias_written.is_some();
    let unwritten = current_version.filter(|_| outcome.alias_written.is_none());
    let cell = |version: Option<u64>, is_known| if is_known { format_version(version) } else { "?".to_owned() };
    let mut now = cell(current_version, current_known);
    if current_known && job.status == JobStatus::Unknown && outcome.alias_written == Some(WriteState::Sent) {
        now.push('?');
    }
    [cell(outcome.previous_version.or(unwritten), is_before_known), wanted, now]
}

/// Returns the tables of a job, in the order in which reports show them.
pub(super) fn job_tables(job: &JobResult) -> Vec<Table> {
    let outcome = &job.outcome;
    let verification = outcome.verification.as_ref();
    let tables = [
        outcome.ranking.as_deref().map(ranking_table),
        plan_table(job),
        verdict_table("gates", &outcome.gates),
        verification.and_then(|done| verdict_table("verification", &done.verdicts)),
    ];
    let findings = outcome.findings.iter().flat_map(|findings| findings.tables.iter().cloned());
    tables.into_iter().flatten().chain(findings).collect()
}

/// Returns the table of a planned move; none where the job planned none.
fn plan_table(job: &JobResult) -> Option<Table> {
    let Outcome { version, previous_version, metrics, verify, .. } = &job.outcome;
    // With `--plan`, a blocked job has a plan as well.
    let is_plan = job.status == JobStatus::Planned || job.status == JobStatus::Blocked && metrics.is_some();
    if !is_plan {
        return None;
    }
    let (alias, to) = (job.outcome.full_alias()?, (*version)?);
    let rows: Vec<Vec<String>> = metrics.iter().flatten().map(metric_row).collect();
    let from = previous_version.map_or_else(|| "no version".to_owned(), |from| format!("version {from}"));
    let head = ["metric".to_owned(), from, format!("version {to}"), "change".to_owned()];
    Some(Table {
        title: format!("{}: {}", escape_line(&alias), job.outcome.transition(JobStatus::Planned)),
        head: if rows.is_empty() { vec![] } else { head.to_vec() },
        rows,
        notes: verify.iter().map(|verify| format!("verified then by {verify}")).collect(),
    })
}

fn metric_row(compared: &MetricDiff) -> Vec<String> {
    let MetricDiff { metric, dataset, value, previous_value, change_percent } = compared;
    let set = dataset.as_ref().map(|set| format!(" ({set})")).unwrap_or_default();
    let number = |value: Option<f64>| format_or_dash(value.map(format_significant));
    let change = format_or_dash(change_percent.map(|change| format!("{change:+.2} %")));
    vec![format!("{metric}{set}"), number(*previous_value), number(*value), change]
}

/// Returns the table of a ranking, the best version first.
pub(super) fn ranking_table(ranking: &Ranking) -> Table {
    let head: Vec<String> =
        ["rank", "version"].into_iter().map(str::to_owned).chain(ranking.order_by.iter().cloned()).collect();
    let mut rows: Vec<Vec<String>> =
        ranking.versions.iter().take(SHOWN_VERSIONS).enumerate().map(ranking_row).collect();
    if let Some(more @ 1..) = ranking.versions.len().checked_sub(SHOWN_VERSIONS) {
        let mut rest = vec!["…".to_owned(), format!("and {more} more")];
        rest.resize(head.len(), String::new());
        rows.push(rest);
    }
    Table { title: "ranking".to_owned(), head, rows, notes: vec![] }
}

fn ranking_row((index, ranked): (usize, &Ranked)) -> Vec<String> {
    let rank = if ranked.eligible { (index + 1).to_string() } else { "-".to_owned() };
    let values = ranked.values.iter().map(|value| format_or_dash(*value));
    [rank, ranked.version.to_string()].into_iter().chain(values).collect()
}

/// Returns the table of verdicts; none where no gate was evaluated.
fn verdict_table(title: &str, verdicts: &[Verdict]) -> Option<Table> {
    (!verdicts.is_empty()).then(|| {
        let head = ["gate", "verdict", "code", "reason"].map(str::to_owned).to_vec();
        let warns = verdicts.iter().any(|verdict| !verdict.passed && !verdict.blocks());
        let notes = warns.then(|| "warned: the gate does not pass, and does not block".to_owned());
        let rows = verdicts.iter().map(verdict_row).collect();
        Table { title: title.to_owned(), head, rows, notes: notes.into_iter().collect() }
    })
}

fn verdict_row(verdict: &Verdict) -> Vec<String> {
    let Verdict { passed, code, reason, .. } = verdict;
    let code = if *passed { String::new() } else { code.to_string() };
    vec![verdict.label(), verdict.word().to_owned(), code, reason.clone()]
}
