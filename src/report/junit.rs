//! The result for CI systems: JUnit XML, in the schema that Jenkins publishes.

use std::fmt::Write as _;

use crate::outcome::{BatchResult, JobResult, JobStatus, Labels, Outcome, Verdict};
use crate::text::{format_version, is_invisible};

/// Renders one test suite with a test case for each job.
pub fn junit(result: &BatchResult) -> String {
    let labels = Labels::from_results(&result.jobs);
    let count = |wanted: fn(&JobResult) -> bool| result.jobs.iter().filter(|job| wanted(job)).count();
    let (tests, failures, skipped) = (result.jobs.len(), count(is_failed), count(is_skipped));
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites name=\"runner\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" time=\"{:.3}\">\n  \
         <testsuite name=\"runner\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"{:.3}\">",
        result.seconds, result.seconds
    );
    for job in &result.jobs {
        case(&mut xml, job, &labels.for_job(job));
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

fn case(xml: &mut String, job: &JobResult, label: &str) {
    let (name, class) = (escape(label), escape(job.kind));
    let _ = write!(xml, "    <testcase name=\"{name}\" classname=\"{class}\" time=\"{:.3}\"", job.seconds);
    let body = match &job.error {
        Some(error) if is_failed(job) => {
            let state = job.describe_state();
            let verdicts = verdicts(job);
            let text = std::iter::once(error.message.as_str()).chain(verdicts.iter().map(String::as_str));
            let text = text.chain(state.as_deref()).chain(error.hint.as_deref());
            let text = escape(&text.collect::<Vec<_>>().join("\n"));
            let (message, kind) = (escape(&error.message), escape(job.status.name()));
            let output = last_lines(job).map(|lines| format!("      <system-out>{}</system-out>\n", escape(&lines)));
            let failure = format!("      <failure message=\"{message}\" type=\"{kind}\">{text}</failure>\n");
            failure + &output.unwrap_or_default()
        }
        _ if is_skipped(job) => {
            let why = match &job.error {
                Some(error) => error.message.clone(),
                None if job.status == JobStatus::Restored => summary(job),
                None => job.status.name().to_owned(),
            };
            format!("      <skipped message=\"{}\"/>\n", escape(&why))
        }
        _ => {
            let lines = std::iter::once(summary(job)).chain(last_lines(job)).collect::<Vec<_>>();
            format!("      <system-out>{}</system-out>\n", escape(&lines.join("\n")))
        }
    };
    let _ = writeln!(xml, ">\n{body}    </testcase>");
}

/// Returns a line for each verdict on the job's version. The report has no table for them.
fn verdicts(job: &JobResult) -> Vec<String> {
    let Outcome { gates, verification, .. } = &job.outcome;
    let line = |verdict: &Verdict| match verdict.passed {
        true => format!("{} passed: {}", verdict.label(), verdict.reason),
        false => format!("{} {} ({}): {}", verdict.label(), verdict.word(), verdict.code, verdict.reason),
    };
    gates.iter().chain(verification.iter().flat_map(|done| &done.verdicts)).map(line).collect()
}

/// Returns the last lines of the job's log; none if it has none.
fn last_lines(job: &JobResult) -> Option<String> {
    let log = &job.outcome.findings.as_ref()?.log;
    (!log.is_empty()).then(|| log.join("\n"))
}

/// Describes in one line what a job did.
fn summary(job: &JobResult) -> String {
    let (outcome, status) = (&job.outcome, job.status.name());
    if let Some(findings) = &outcome.findings {
        let summary = findings.summary.as_ref().map_or_else(String::new, |summary| format!(": {summary}"));
        return format!("{status}: {}{summary}", outcome.subject());
    }
    match (outcome.full_alias(), outcome.version) {
        (Some(alias), _) => format!("{status}: {alias}: {}", outcome.transition(job.status)),
        (None, version) => format!("{status}: {}: version {}", outcome.subject(), format_version(version)),
    }
}

/// Returns whether CI counts the job as failed. This includes blocked jobs, and jobs whose alias was not moved back.
fn is_failed(job: &JobResult) -> bool {
    !is_skipped(job) && job.error.is_some()
}

/// Returns whether CI counts the job as skipped. This includes successful jobs whose alias was moved back.
fn is_skipped(job: &JobResult) -> bool {
    let was_undone = job.status == JobStatus::Restored && job.error.is_none();
    was_undone || matches!(job.status, JobStatus::Skipped | JobStatus::Interrupted)
}

/// Escapes a text for XML. Characters that XML 1.0 cannot hold are replaced; invisible ones become references.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' => safe.push(c),
            c if is_invisible(c) => {
                let _ = write!(safe, "&#x{:x};", u32::from(c));
            }
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}
