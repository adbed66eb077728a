//! The result for people: a table with a line a job, then what went wrong and what to do.

use std::fmt::Write as _;

use crate::outcome::{BatchResult, JobResult};

const HEADER: [&str; 7] = ["JOB", "MODEL", "ALIAS", "FROM", "TO", "STATUS", "TIME"];

/// Renders the result as a table, with the problem of each job that has one below it.
pub fn text(result: &BatchResult) -> String {
    let mut rows = vec![HEADER.map(str::to_owned)];
    rows.extend(result.jobs.iter().map(|job| row(job, several(result, job))));
    let mut text = table(&rows);
    for job in &result.jobs {
        if let Some(error) = &job.error {
            let _ = write!(text, "\n{} {}: {}\n", label(job, several(result, job)), job.status.name(), error.message);
            if let Some(hint) = &error.hint {
                let _ = writeln!(text, "  hint: {hint}");
            }
        }
    }
    text
}

/// Returns whether the config file of a job holds others too.
fn several(result: &BatchResult, job: &JobResult) -> bool {
    job.index > 0 || result.jobs.iter().any(|other| other.config == job.config && other.index > 0)
}

fn label(job: &JobResult, several: bool) -> String {
    if several { format!("{}[{}]", job.config, job.index) } else { job.config.clone() }
}

fn row(job: &JobResult, several: bool) -> [String; 7] {
    let outcome = job.outcome.as_ref();
    let number = |version: Option<u64>| version.map_or_else(|| "-".to_owned(), |version| version.to_string());
    [
        label(job, several),
        outcome.map_or_else(|| "-".to_owned(), |outcome| on_one_line(&outcome.name)),
        outcome.and_then(|outcome| outcome.alias.clone()).unwrap_or_else(|| "-".to_owned()),
        number(outcome.and_then(|outcome| outcome.previous_version)),
        number(outcome.and_then(|outcome| outcome.version)),
        job.status.name().to_owned(),
        format!("{:.3} s", job.seconds),
    ]
}

/// Escapes what could break or forge a line, and nothing else.
fn on_one_line(name: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    name.chars().map(shown).collect()
}

fn table(rows: &[[String; 7]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 7] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_as_it_is_and_cannot_forge_a_line() {
        assert_eq!(on_one_line("it's \"Fahrräder\" 日本\\"), "it's \"Fahrräder\" 日本\\");
        assert_eq!(on_one_line("bikes\nother\u{1b}[2J"), "bikes\\nother\\u{1b}[2J");
    }
}
