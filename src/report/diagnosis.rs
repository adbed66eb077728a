//! The diagnosis of `--doctor` as text.

use std::fmt::Write as _;

use crate::outcome::{Connection, Diagnosis, Health, Observation};
use crate::text::escape_line;

/// Renders every connection as a block with a line for each observation.
pub fn diagnosis(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for connection in &diagnosis.connections {
        let Connection { uri, configs, observations } = connection;
        let _ = writeln!(text, "{} ({})", escape_line(uri), escape_line(&configs.join(", ")));
        observations.iter().for_each(|seen| text.push_str(&lines(seen)));
        text.push('\n');
    }
    text + verdict(diagnosis) + "\n"
}

fn lines(seen: &Observation) -> String {
    let Observation { topic, status, message, hint } = seen;
    let mut text = format!("  {:<11}  {:<10}  {}\n", status.name(), topic.name(), escape_line(message));
    if let Some(hint) = hint {
        let _ = writeln!(text, "{:27}to do: {}", "", escape_line(hint));
    }
    text
}

fn verdict(diagnosis: &Diagnosis) -> &'static str {
    let mut seen = diagnosis.connections.iter().flat_map(|connection| &connection.observations);
    match diagnosis.exit_code {
        0 if seen.any(|seen| seen.status == Health::Warning) => "all is well, but for the warnings",
        0 => "all is well",
        _ => "not all is well: what failed says what to do",
    }
}
