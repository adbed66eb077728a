//! The result for summaries and merge requests: a table, and a section for each job that did not succeed.

use std::fmt::Write as _;

use super::answers::{answers, count};
use super::tables::{HEADER, job_row, job_tables};
use crate::outcome::{BatchResult, JobResult, JobStatus, Labels, Table};
use crate::text::{escape_line, format_seconds};

/// Renders the result as Markdown.
pub fn markdown(result: &BatchResult) -> String {
    let labels = Labels::from_results(&result.jobs);
    let mut text = format!("# runner: {}\n\n", heading(result));
    let _ = writeln!(text, "{}", top(&HEADER));
    for job in &result.jobs {
        let cells = job_row(job, &labels).map(|cell| escape(&cell));
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    for job in &result.jobs {
        for found in job_tables(job) {
            table(&mut text, &labels.for_job(job), &found);
        }
    }
    for answers in answers(result, &labels) {
        let _ = writeln!(text, "\n## {}\n\n{}", escape(&answers.title), escape(&answers.cause));
        for (label, answer) in answers.labelled() {
            let _ = writeln!(text, "\n{label}: {}", escape(answer));
        }
    }
    if let Some(count) = count(result) {
        let _ = writeln!(text, "\n{}", escape(&count));
    }
    text
}

fn table(text: &mut String, label: &str, table: &Table) {
    let Table { title, head, rows, notes } = table;
    let _ = writeln!(text, "\n## {} {}", escape(label), escape(title));
    if !head.is_empty() {
        let _ = writeln!(text, "\n{}", top(head));
    }
    for cells in rows {
        let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    for note in notes {
        let _ = writeln!(text, "\n{}", escape(note));
    }
}

/// Renders the first two lines of a table.
fn top(head: &[impl AsRef<str>]) -> String {
    let cells: Vec<String> = head.iter().map(|cell| escape(cell.as_ref())).collect();
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

/// Escapes a text for Markdown and HTML, on one line. An `@` is escaped so that it mentions nobody.
fn escape(text: &str) -> String {
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
