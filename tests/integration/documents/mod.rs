//! The manual matches the program: tables and outputs are generated, links and names are checked.
//!
//! A page marks generated sections: `<!-- fields: PromotionJob -->` … `<!-- end -->`. `sections` lists the markers,
//! `runs` runs the commands of a page. `UPDATE=1` writes the pages instead of comparing them.

mod configs;
mod links;
mod pages;
mod runs;
mod schema;
mod sections;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::harness::Runner;
use pages::{Page, pages};

#[test]
fn the_schema_of_the_examples_matches_the_printed_one() {
    let printed = Runner::new().arg("--schema").run();
    assert_eq!(printed.code, 0, "{printed}");
    assert_up_to_date("confs/schema.json", &printed.stdout);
}

#[cfg(unix)]
#[test]
fn generated_sections_of_the_pages_are_up_to_date() {
    let schema = runner::config::schema();
    for page in pages() {
        assert_up_to_date(&page.path, &page.fill(|marker, body| sections::make(&schema, marker, body)));
    }
}

#[test]
fn every_kind_and_every_code_has_a_table_in_the_manual() {
    let marked: BTreeSet<String> = pages().iter().flat_map(Page::markers).collect();
    let missing: Vec<String> =
        sections::required(&runner::config::schema()).into_iter().filter(|marker| !marked.contains(marker)).collect();
    assert!(missing.is_empty(), "no page has a place for {missing:?}, such as `<!-- {} -->`", missing[0]);
}

#[test]
fn the_readme_is_short() {
    let lines = fs::read_to_string(root().join("README.md")).unwrap().lines().count();
    assert!(lines <= 150, "README.md has {lines} lines; what is beyond 150 belongs to a page of docs/");
}

/// Returns the path of a folder and of everything below it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a file of the project with its expected text, or writes it.
pub(crate) fn assert_up_to_date(file: &str, expected: &str) {
    let path = root().join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, expected).unwrap();
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    if found != expected {
        let line = found.lines().zip(expected.lines()).position(|(found, expected)| found != expected).unwrap_or(0);
        let [found, expected] = [&found, expected].map(|text| text.lines().nth(line).unwrap_or_default());
        panic!(
            "{file} is out of date at line {}; write it anew with `just update`, and read the difference\n\
             is:        {found}\nshould be: {expected}",
            line + 1
        );
    }
}
