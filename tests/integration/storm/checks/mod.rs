//! Invariants after every run: report, exit code, history and registry agree.

mod history;
mod job;
mod restore;

use serde_json::Value;

use self::job::View;
use super::case::Case;
use super::program::Report;
use super::server::Record;
use crate::support::fake_mlflow::Store;

/// Returns the violations, each a sentence that begins with the rule.
pub(super) fn check(case: &Case, initial: &Store, record: &Record, report: &Report) -> Vec<String> {
    let mut faults: Vec<String> = record
        .complaints
        .iter()
        .map(|complaint| format!("understood: MLflow would not understand {complaint}"))
        .collect();
    let views: Vec<View<'_>> =
        case.jobs.iter().zip(report.jobs()).map(|(job, report)| View::new(job, report, &record.log)).collect();
    for view in &views {
        let of_job = |fault: String| format!("{fault} (job {}, {})", view.job.id, view.report.status());
        faults.extend(view.check().into_iter().map(of_job));
        faults.extend(restore::check(view, case, report).into_iter().map(of_job));
        faults.extend(history::check_recorded(view, &record.store).into_iter().map(of_job));
    }
    faults.extend(history::check(initial, record, &views));
    faults.extend(check_exit(report));
    faults
}

/// Checks the exit code against the outcome.
fn check_exit(report: &Report) -> Option<String> {
    let jobs: Vec<_> = report.jobs().collect();
    let any = |status: &str| jobs.iter().any(|job| job.status() == status);
    let any_failed = ["failed", "unknown", "not_restored", "notice_failed"].iter().any(|status| any(status));
    let has_error = jobs.iter().any(|job| job.code().is_some());
    let is_outage = |code: Option<&str>| matches!(code, Some("UNREACHABLE" | "LOGIN_REFUSED"));
    let holds = match report.exit() {
        0 => !has_error && !any_failed && !any("blocked") && !any("skipped"),
        1 => has_error,
        3 => any("blocked") && !any_failed,
        4 => jobs.iter().any(|job| is_outage(job.code())),
        _ => false,
    };
    (!holds).then(|| format!("exit: the code {} does not fit the jobs", report.exit()))
}

/// Returns the value of a tag as JSON.
fn json_tag(store: &Store, model: &str, key: &str) -> Vec<Value> {
    store.tag(model, key).and_then(|tag| serde_json::from_str(&tag).ok()).unwrap_or_default()
}
