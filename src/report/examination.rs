//! What was seen of the registries of a run.

use std::fmt::Write as _;

use super::json::document;
use crate::outcome::{Connection, Examination, Health, Observation};
use crate::text::escape_line;

/// Renders every connection as a block with a line for each thing that was looked at.
pub fn examination(examination: &Examination) -> String {
    let mut text = String::new();
    for connection in &examination.connections {
        let Connection { uri, configs, observations } = connection;
        let _ = writeln!(text, "{} ({})", escape_line(uri), escape_line(&configs.join(", ")));
        observations.iter().for_each(|seen| text.push_str(&lines(seen)));
        text.push('\n');
    }
    text + verdict(examination) + "\n"
}

/// Renders it as one indented JSON document, which ends with a newline.
pub fn examination_json(examination: &Examination) -> String {
    document(examination)
}

fn lines(seen: &Observation) -> String {
    let Observation { topic, status, message, hint } = seen;
    let mut text = format!("  {:<11}  {:<10}  {}\n", status.name(), topic.name(), escape_line(message));
    if let Some(hint) = hint {
        let _ = writeln!(text, "{:27}to do: {}", "", escape_line(hint));
    }
    text
}

fn verdict(examination: &Examination) -> &'static str {
    let mut seen = examination.connections.iter().flat_map(|connection| &connection.observations);
    match examination.exit_code {
        0 if seen.any(|seen| seen.status == Health::Warning) => "all is well, but for the warnings",
        0 => "all is well",
        _ => "not all is well: what failed says what to do",
    }
}
