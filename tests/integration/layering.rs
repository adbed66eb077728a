//! Imports point down only.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, highest first. A room imports from rooms below its own line, or to its right on the same line.
const ROOMS: [&[&str]; 9] = [
    &["main", "lib", "rehearsal", "doctor", "publish", "terminal", "cli"],
    &["report"],
    &["batch"],
    &["config"],
    &["jobs"],
    &["services"],
    &["gates", "notify", "history", "evidence", "registry"],
    &["http", "process"],
    &["exit", "outcome", "shutdown", "sink", "printable", "foreign_text", "secret", "redact", "boxed", "input_file"],
];

#[test]
fn imports_point_down_only() {
    let order: Vec<&str> = ROOMS.concat();
    let place = |room: &str| order.iter().position(|known| *known == room);
    let mut wrong = vec![];
    let mut seen = BTreeSet::new();
    for (room, file) in sources() {
        let from = place(&room).unwrap_or_else(|| panic!("the room {room} is in no line of ROOMS"));
        for target in imported(&fs::read_to_string(&file).unwrap()) {
            seen.insert(target.clone());
            let to = place(&target).unwrap_or_else(|| panic!("{}: {target} is no room", file.display()));
            if to < from {
                wrong.push(format!("{} imports {target}, which is above it", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen.contains("registry") && seen.contains("jobs"), "the imports were not read: {seen:?}");
}

/// Lists every source file with its room: the first part of its path below `src`.
fn sources() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = vec![];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let first = path.strip_prefix(&root).unwrap().iter().next().unwrap().to_string_lossy().into_owned();
                found.push((first.trim_end_matches(".rs").to_owned(), path));
            }
        }
    }
    found
}

/// Returns the rooms that a source names after `crate::`, doc comments left out; groups may span lines.
fn imported(text: &str) -> BTreeSet<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.concat();
    let mut rooms = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let names: Vec<&str> = match part.strip_prefix('{') {
            Some(group) => outermost(group),
            None => vec![part],
        };
        for name in names {
            let name = name.trim();
            let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            if name.starts_with(char::is_lowercase) {
                rooms.insert(name[..end].to_owned());
            }
        }
    }
    rooms
}

/// Splits a group at its own commas, up to its closing brace.
fn outermost(group: &str) -> Vec<&str> {
    let (mut depth, mut from, mut names) = (0, 0, vec![]);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(&group[from..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(&group[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn a_group_over_several_lines_is_read_whole() {
    let rooms = imported("use crate::{\n    batch::{Batch, run},\n    cli,\n};\nuse crate::exit::Exit;");
    assert_eq!(rooms, ["batch", "cli", "exit"].map(str::to_owned).into());
}
