//! The result for people: a table with a line a job, then what went wrong and what to do.

use std::fmt::Write as _;

use super::label::Labels;
use super::row::{HEADER, row};
use super::verdicts::{self, verdicts};
use crate::outcome::BatchResult;

/// Renders the result as a table, with the problem of each job that has one below it.
pub fn text(result: &BatchResult) -> String {
    let labels = Labels::of(&result.jobs);
    let mut rows = vec![HEADER.map(str::to_uppercase)];
    rows.extend(result.jobs.iter().map(|job| row(job, &labels)));
    let mut text = table(&rows);
    for job in result.jobs.iter().filter(|job| !job.outcome.gates.is_empty()) {
        let mut rows = vec![verdicts::HEADER.map(str::to_uppercase)];
        rows.extend(verdicts(job));
        let _ = write!(text, "\n{}\n{}", labels.of_job(job), table(&rows));
    }
    for job in &result.jobs {
        if let Some(error) = &job.error {
            let _ = write!(text, "\n{} {}: {}\n", labels.of_job(job), job.status.name(), error.message);
            if let Some(hint) = &error.hint {
                let _ = writeln!(text, "  hint: {hint}");
            }
        }
    }
    text
}

fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
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
