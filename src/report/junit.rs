//! The result for CI systems: JUnit XML, as the schema that Jenkins publishes has it.

use std::fmt::Write as _;

use crate::outcome::{BatchResult, JobResult, JobStatus, Labels};
use crate::text::{format_version, is_invisible};

/// Renders one test suite with a test case a job.
pub fn junit(result: &BatchResult) -> String {
    let labels = Labels::of_results(&result.jobs);
    let count = |wanted: fn(&JobResult) -> bool| result.jobs.iter().filter(|job| wanted(job)).count();
    let (tests, failures, skipped) = (result.jobs.len(), count(failed), count(skipped));
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites name=\"runner\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" time=\"{:.3}\">\n  \
         <testsuite name=\"runner\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"{:.3}\">",
        result.seconds, result.seconds
    );
    for job in &result.jobs {
        case(&mut xml, job, &labels.of_job(job));
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

fn case(xml: &mut String, job: &JobResult, label: &str) {
    let (name, class) = (escaped(label), escaped(job.kind));
    let _ = write!(xml, "    <testcase name=\"{name}\" classname=\"{class}\" time=\"{:.3}\"", job.seconds);
    let said = match &job.error {
        Some(error) if failed(job) => {
            let text = [Some(error.message.as_str()), error.hint.as_deref()].into_iter().flatten();
            let text = escaped(&text.collect::<Vec<_>>().join("\n"));
            let (message, kind) = (escaped(&error.message), escaped(job.status.name()));
            format!("      <failure message=\"{message}\" type=\"{kind}\">{text}</failure>\n")
        }
        _ if skipped(job) => {
            let why = match &job.error {
                Some(error) => error.message.clone(),
                None if job.status == JobStatus::Restored => summary(job),
                None => job.status.name().to_owned(),
            };
            format!("      <skipped message=\"{}\"/>\n", escaped(&why))
        }
        _ => format!("      <system-out>{}</system-out>\n", escaped(&summary(job))),
    };
    let _ = writeln!(xml, ">\n{said}    </testcase>");
}

/// Says what a job did, in a line.
fn summary(job: &JobResult) -> String {
    let outcome = &job.outcome;
    let (name, to) = (&outcome.name, format_version(outcome.version));
    let from = format_version(outcome.previous_version);
    if outcome.history.is_some() || outcome.overview.is_some() {
        return format!("{}: {name}", job.status.name());
    }
    match &outcome.alias {
        Some(alias) if job.status == JobStatus::Restored => {
            format!("restored: {name}@{alias}: {from} -> {to} -> {from}")
        }
        Some(alias) => format!("{}: {name}@{alias}: {from} -> {to}", job.status.name()),
        None => format!("{}: {name}: version {to}", job.status.name()),
    }
}

/// Returns whether CI is to count a job as failed: also one that was blocked, or whose alias was not put back.
fn failed(job: &JobResult) -> bool {
    !skipped(job) && job.error.is_some()
}

/// Returns whether CI is to count a job as not done: also one that went well, and whose alias was put back.
fn skipped(job: &JobResult) -> bool {
    let was_undone = job.status == JobStatus::Restored && job.error.is_none();
    was_undone || matches!(job.status, JobStatus::Skipped | JobStatus::Interrupted)
}

/// Escapes a text for XML; characters that XML 1.0 cannot hold are replaced, and those that act unseen are references.
fn escaped(text: &str) -> String {
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
