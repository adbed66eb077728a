//! Modules import lower layers only, and no files import each other cyclically.

mod imports;

use std::collections::{BTreeMap, BTreeSet};

use imports::{SourceTree, paths_in};

/// The top-level modules, highest layer first. A module imports from lower lines, or to its right on its line.
const LAYERS: [&[&str]; 9] = [
    &["main", "lib", "app", "cli"],
    &["report"],
    &["batch"],
    &["plan_file", "config"],
    &["jobs"],
    &["services"],
    &["gates", "notify", "history", "evidence", "registry"],
    &["http", "process"],
    &["exit", "outcome", "shutdown", "writer", "text", "secret", "input_file"],
];

#[test]
fn modules_import_only_lower_layers() {
    let order: Vec<&str> = LAYERS.concat();
    let rank = |room: &str| {
        order
            .iter()
            .position(|known| *known == room)
            .unwrap_or_else(|| panic!("the room {room} is in no line of LAYERS"))
    };
    let tree = SourceTree::read();
    let mut violations = vec![];
    for (file, imported) in &tree.imports {
        let room = module_of(file);
        for target in imported.iter().map(|target| module_of(target)) {
            if rank(target) < rank(room) {
                violations.push(format!("{file} imports {target}, which is above it"));
            }
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn every_source_file_is_part_of_the_program() {
    assert_eq!(SourceTree::read().undeclared(), Vec::<&str>::new());
}

#[test]
fn no_files_import_each_other_cyclically() {
    let cycles = find_cycles(&SourceTree::read().imports);
    let listed: Vec<String> = cycles.iter().map(|cycle| cycle.join(" -> ")).collect();
    assert!(cycles.is_empty(), "{} cycles:\n{}", cycles.len(), listed.join("\n"));
}

/// Returns the first part of a path below `src`.
fn module_of(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Returns the import cycles, each sharing no import with an earlier one, as lists of files.
fn find_cycles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let mut imports = imports.clone();
    let mut cycles: Vec<Vec<String>> = vec![];
    let all: Vec<(String, String)> = imports
        .iter()
        .flat_map(|(file, targets)| targets.iter().map(|target| (file.clone(), target.clone())))
        .collect();
    for (file, target) in all {
        if !imports[&file].contains(&target) {
            continue;
        }
        if let Some(back) = shortest_path(&imports, &target, &file) {
            let cycle = [vec![file], back].concat();
            for step in cycle.windows(2) {
                imports.get_mut(&step[0]).unwrap().remove(&step[1]);
            }
            cycles.push(cycle);
        }
    }
    cycles
}

/// Returns the files of the shortest chain of imports from one file to another, both included.
fn shortest_path(imports: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![from.to_owned()]];
    let mut visited = BTreeSet::from([from.to_owned()]);
    while !ways.is_empty() {
        let mut longer = vec![];
        for way in ways {
            let last = way.last().unwrap();
            if last == to {
                return Some(way);
            }
            for next in imports.get(last).into_iter().flatten() {
                if visited.insert(next.clone()) {
                    longer.push([way.clone(), vec![next.clone()]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

#[test]
fn a_cycle_of_three_files_is_found() {
    let imports = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")];
    let imports = imports.map(|(file, target)| (file.to_owned(), BTreeSet::from([target.to_owned()])));
    let cycles = find_cycles(&BTreeMap::from(imports));
    assert_eq!(cycles, [["a", "b", "c", "a"]]);
}

#[test]
fn every_path_of_a_nested_group_is_read() {
    let paths =
        paths_in("use crate::{\n    batch::{Batch, self, run as go},\n    cli,\n};\nlet x = super::wire::parse(1);");
    let expected = ["crate::batch::Batch", "crate::batch", "crate::batch::run", "crate::cli", "super::wire::parse"];
    assert_eq!(paths, expected.map(|path| path.split("::").map(str::to_owned).collect::<Vec<_>>()));
}

#[test]
fn the_imports_of_the_program_are_read() {
    let tree = SourceTree::read();
    let batch: BTreeSet<&str> = tree
        .imports
        .iter()
        .filter(|(file, _)| file.starts_with("batch/"))
        .flat_map(|(_, to)| to)
        .map(|to| module_of(to))
        .collect();
    assert!(batch.contains("jobs") && batch.contains("outcome"), "{batch:?}");
}
