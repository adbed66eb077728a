//! The result for summaries and merge requests: a table, and a section a job that did not succeed.

use std::fmt::Write as _;

use super::row::{HEADER, row};
use super::section::{Section, sections};
use crate::outcome::{BatchResult, JobResult, JobStatus, Labels};
use crate::text::{escape_line, format_seconds};

/// Renders the result as Markdown.
pub fn markdown(result: &BatchResult) -> String {
    let labels = Labels::of_results(&result.jobs);
    let mut text = format!("# runner: {}\n\n", heading(result));
    let _ = writeln!(text, "{}", top(&HEADER));
    for job in &result.jobs {
        let cells = row(job, &labels).map(|cell| escaped(&cell));
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    for job in &result.jobs {
        for section in sections(job) {
            table(&mut text, &labels.of_job(job), &section);
        }
    }
    for job in result.jobs.iter().filter(|job| !went_well(job)) {
        section(&mut text, job, &labels.of_job(job));
    }
    text
}

fn table(text: &mut String, label: &str, section: &Section) {
    let Section { title, head, rows, notes } = section;
    let _ = writeln!(text, "\n## {} {}", escaped(label), escaped(title));
    if !head.is_empty() {
        let _ = writeln!(text, "\n{}", top(head));
    }
    for cells in rows {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    for note in notes {
        let _ = writeln!(text, "\n{}", escaped(note));
    }
}

/// Returns the first two lines of a table.
fn top(head: &[impl AsRef<str>]) -> String {
    let cells: Vec<String> = head.iter().map(|cell| escaped(cell.as_ref())).collect();
    format!("| {} |\n|{}", cells.join(" | "), " --- |".repeat(head.len()))
}

fn heading(result: &BatchResult) -> String {
    let jobs = result.jobs.len();
    let succeeded = result.jobs.iter().filter(|job| went_well(job)).count();
    let noun = if jobs == 1 { "job" } else { "jobs" };
    let seconds = format_seconds(result.seconds);
    format!("{succeeded} of {jobs} {noun} succeeded in {seconds} (exit code {})", result.exit_code)
}

fn went_well(job: &JobResult) -> bool {
    job.error.is_none() && !matches!(job.status, JobStatus::Skipped | JobStatus::Restored)
}

fn section(text: &mut String, job: &JobResult, label: &str) {
    let _ = write!(text, "\n## {} {}\n\n", escaped(label), job.status.name());
    let Some(error) = &job.error else {
        text.push_str(match job.status {
            JobStatus::Restored => {
                "This job did what it was asked; another did not, or a signal came, so its alias was put back.\n"
            }
            _ => "An earlier job did not succeed, or a signal came; this one was never started.\n",
        });
        return;
    };
    let _ = writeln!(text, "{}", escaped(&error.message));
    if let Some(hint) = &error.hint {
        let _ = writeln!(text, "\nHint: {}", escaped(hint));
    }
}

/// Escapes what Markdown and HTML would read as markup, on one line; an `@` cannot mention anybody.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let line = text.replace(['\n', '\r', '\t'], " ");
    for c in escape_line(&line).chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '@' => safe.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    safe
}
