//! The screens as they are kept, and the list of them.

use std::fs;
use std::path::Path;

use regex::Regex;

use super::stage::CURTAIN;
use crate::documents::assert_up_to_date;

const FOLDER: &str = "tests/integration/screens";

/// A screen as it is kept.
pub(super) struct Kept {
    /// The file of its test.
    pub(super) group: String,
    pub(super) name: String,
    /// The commands, what the terminal shows, and the exit codes.
    pub(super) screen: String,
    situation: String,
}

impl Kept {
    /// Reads all screens, sorted by group and name.
    pub(super) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join("snapshots");
        let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut all: Vec<Self> = paths
            .filter(|path| path.extension().is_some_and(|it| it == "snap"))
            .map(|path| Self::read(&path))
            .collect();
        all.sort_by(|one, other| (&one.group, &one.name).cmp(&(&other.group, &other.name)));
        all
    }

    fn read(path: &Path) -> Self {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (group, name) = stem.split_once("__").unwrap();
        let text = fs::read_to_string(path).unwrap();
        let (screen, situation) = text.split_once("\n---\n").unwrap().1.split_once(CURTAIN).unwrap();
        let [group, name] = [group, name].map(str::to_owned);
        Self { group, name, screen: screen.to_owned(), situation: situation.lines().next().unwrap().to_owned() }
    }

    /// Returns the exit code of the last command.
    fn exit_code(&self) -> &str {
        self.screen.trim_end().lines().next_back().unwrap()
    }
}

#[test]
fn the_index_lists_every_screen() {
    let mut index =
        "# Staged situations\n\nWhat a terminal shows in each of them. `just update` writes this list.\n".to_owned();
    let mut group = String::new();
    for kept in Kept::all() {
        if kept.group != group {
            group.clone_from(&kept.group);
            index += &format!(
                "\n## {}\n\n| screen | situation | exit code |\n| --- | --- | --- |\n",
                group.replace('_', " ")
            );
        }
        let file = format!("snapshots/{}__{}.snap", kept.group, kept.name);
        let name = kept.name.replace('_', " ");
        index += &format!("| [{name}]({file}) | {} | {} |\n", kept.situation, kept.exit_code());
    }
    assert_up_to_date(&format!("{FOLDER}/INDEX.md"), &index);
}

#[test]
fn every_screen_belongs_to_a_test() {
    for kept in Kept::all() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(format!("{}.rs", kept.group));
        let tests = fs::read_to_string(file).unwrap_or_default();
        let test = Regex::new(&format!(r"(?m)^fn {}\(\)", kept.name)).unwrap();
        assert!(test.is_match(&tests), "no test in {}.rs is named {}; delete its snapshot", kept.group, kept.name);
    }
}
