//! Who moved an alias.

use super::section::{Section, cut};
use crate::outcome::{AliasHistory, Move, Records};
use crate::text::{format_or_dash, format_version};

/// Shows the moves of an alias, newest first.
pub(super) fn history(name: &str, history: &AliasHistory) -> Section {
    let AliasHistory { alias, version, moves, .. } = history;
    let at = version.map_or_else(|| "which does not exist now".to_owned(), |version| format!("at version {version}"));
    let head = ["time (UTC)", "by", "kind", "from", "to", "message"].map(str::to_owned).to_vec();
    let rows = moves.iter().map(row).collect();
    let title = format!("history of {}@{}, {at}", cut(name), cut(alias)).into();
    let head = if moves.is_empty() { vec![] } else { head };
    Section { title, head, rows, notes: notes(history) }
}

fn row(one: &Move) -> Vec<String> {
    let text = |text: Option<&String>| format_or_dash(text.map(|text| cut(text)));
    let time = format_or_dash(one.time.map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string()));
    let mark = if one.time_is_doubtful { " ?" } else { "" };
    vec![
        format!("{time}{mark}"),
        text(one.actor.as_ref()),
        one.kind.to_owned(),
        format_version(one.previous_version),
        format_version(one.version),
        text(one.message.as_ref()),
    ]
}

fn notes(history: &AliasHistory) -> Vec<String> {
    let AliasHistory { records, moves, omitted, aside, .. } = history;
    let any = |holds: fn(&Move) -> bool| moves.iter().any(holds);
    let mut notes = vec![];
    match records {
        Records::None => notes.push("nothing is recorded".to_owned()),
        Records::Unreadable => {
            notes.push("the tag with the records is damaged, or somebody else's: it is left as it is".to_owned());
        }
        Records::Current | Records::Outdated => {}
    }
    if any(|one| one.kind == "unrecorded") {
        notes.push("unrecorded: somebody moved the alias without leaving a record".to_owned());
    }
    if any(|one| one.time_is_doubtful) {
        notes.push("?: this time cannot be right, for clocks differ; the order is that of the records".to_owned());
    }
    if *omitted > 0 {
        notes.push(format!("… and {omitted} older"));
    }
    if !aside.is_empty() {
        notes.push(format!("what was no history is kept in: {}", aside.join(", ")));
    }
    notes
}
