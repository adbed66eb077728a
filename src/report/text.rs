//! Results for people: the jobs of a run, the valid jobs of `--check`, and the diagnosis of `--doctor`.

use std::fmt::Write as _;

use super::answers::{answers, count};
use super::tables::{HEADER, job_row, job_tables};
use crate::config::{JobSpec, SetValue};
use crate::outcome::{BatchResult, Connection, Diagnosis, Health, Labels, Observation, Table};
use crate::text::escape_line;

/// Renders the result as a table, with the tables of each job and the three answers about each problem below it.
pub fn text(result: &BatchResult) -> String {
    let labels = Labels::from_results(&result.jobs);
    let mut text = align(&HEADER.map(str::to_uppercase), result.jobs.iter().map(|job| job_row(job, &labels)));
    for job in &result.jobs {
        for Table { title, head, rows, notes } in job_tables(job) {
            let rows =
                rows.into_iter().map(|row| row.iter().map(|cell| escape_line(cell).into_owned()).collect::<Vec<_>>());
            let head: Vec<String> = head.iter().map(|cell| escape_line(cell).into_owned()).collect();
            let _ = write!(text, "\n{} {}\n{}", labels.for_job(job), escape_line(&title), align(&head, rows));
            for note in notes {
                let _ = writeln!(text, "{}", escape_line(&note));
            }
        }
    }
    for answers in answers(result, &labels) {
        let _ = writeln!(text, "\n{}: {}", answers.title, escape_line(&answers.cause));
        for (label, answer) in answers.labelled() {
            let _ = writeln!(text, "  {:<5} {}", format!("{label}:"), escape_line(answer));
        }
    }
    if let Some(count) = count(result) {
        let _ = writeln!(text, "\n{count}");
    }
    text
}

/// Renders the output of `--check` for valid configs: a line for each job, with its config and its `KIND`, and the values that
/// it keeps, each with where it comes from.
pub fn checked(specs: &[JobSpec]) -> String {
    let mut text = String::new();
    for spec in specs {
        let _ = writeln!(text, "{}: {} is valid", spec.config, spec.job.kind());
        let values = spec.provenance.as_ref().map_or(&[][..], |provenance| &provenance.values);
        let rows = values.iter().map(|SetValue { path, value, source }| {
            [format!("  {path}"), value.clone(), source.clone()].map(|cell| escape_line(&cell).into_owned())
        });
        if !values.is_empty() {
            text += &align(&["  KEY", "VALUE", "FROM"].map(str::to_owned), rows);
        }
    }
    text
}

/// Renders every connection as a block with a line for each observation.
pub fn diagnosis(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for connection in &diagnosis.connections {
        let Connection { uri, configs, observations } = connection;
        let _ = writeln!(text, "{} ({})", escape_line(uri), escape_line(&configs.join(", ")));
        observations.iter().for_each(|observation| text.push_str(&observation_lines(observation)));
        text.push('\n');
    }
    text + diagnosis_summary(diagnosis) + "\n"
}

fn observation_lines(observation: &Observation) -> String {
    let Observation { topic, status, message, hint } = observation;
    let mut text = format!("  {status:<11}  {topic:<10}  {}\n", escape_line(message));
    if let Some(hint) = hint {
        let _ = writeln!(text, "{:27}to do: {}", "", escape_line(hint));
    }
    text
}

fn diagnosis_summary(diagnosis: &Diagnosis) -> &'static str {
    let mut observations = diagnosis.connections.iter().flat_map(|connection| &connection.observations);
    match diagnosis.exit_code {
        0 if observations.any(|observation| observation.status == Health::Warning) => {
            "all is well, but for the warnings"
        }
        0 => "all is well",
        _ => "not all is well: do what stands after `to do`",
    }
}

/// Renders a table with aligned columns.
fn align<R: AsRef<[String]>>(head: &[String], rows: impl IntoIterator<Item = R>) -> String {
    let rows: Vec<R> = rows.into_iter().collect();
    let lines = || std::iter::once(head).filter(|head| !head.is_empty()).chain(rows.iter().map(AsRef::as_ref));
    let width = |column: usize| lines().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    for cells in lines().filter(|cells| !cells.is_empty()) {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', 2 + width.saturating_sub(cell.chars().count())));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
