//! The pages of the manual, and their structure.

use std::fs;
use std::sync::LazyLock;

use regex::Regex;

use super::{files, root};

/// A Markdown file of the project.
pub(super) struct Page {
    /// The path from the root of the project.
    pub(super) path: String,
    pub(super) text: String,
}

/// A fenced block of a page.
pub(super) struct Block<'p> {
    pub(super) language: &'p str,
    pub(super) text: String,
}

/// Lists the pages for users and contributors.
pub(super) fn pages() -> Vec<Page> {
    let mut paths = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    paths.extend(files(&root().join("docs")).into_iter().filter(|path| path.extension().is_some_and(|it| it == "md")));
    let page = |path: &std::path::PathBuf| Page {
        path: path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"),
        text: fs::read_to_string(path).unwrap(),
    };
    paths.iter().map(page).collect()
}

static SECTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?ms)^<!-- ([^>\n]+?) -->\n(.*?)^<!-- end -->$").unwrap());

impl Page {
    /// Lists the markers of the page.
    pub(super) fn markers(&self) -> Vec<String> {
        SECTION.captures_iter(&self.text).map(|section| section[1].to_owned()).collect()
    }

    /// Generates each marked section from its marker and its current text.
    pub(super) fn fill(&self, make: impl Fn(&str, &str) -> String) -> String {
        let lines = self.text.lines().filter(|line| line.starts_with("<!-- ")).count();
        assert_eq!(lines, 2 * self.markers().len(), "{}: a marker has no `<!-- end -->`", self.path);
        let section = |section: &regex::Captures<'_>| {
            let (marker, body) = (&section[1], &section[2]);
            format!("<!-- {marker} -->\n{}<!-- end -->", make(marker, body))
        };
        SECTION.replace_all(&self.text, section).into_owned()
    }

    /// Lists the fenced blocks.
    pub(super) fn blocks(&self) -> Vec<Block<'_>> {
        let mut found = vec![];
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            if let Some(language) = line.strip_prefix("```") {
                let text = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
                found.push(Block { language, text });
            }
        }
        found
    }

    /// Returns the text without fenced blocks, markers and their end.
    pub(super) fn prose(&self) -> String {
        let mut is_fenced = false;
        let mut prose = String::new();
        for line in self.text.lines().filter(|line| !line.starts_with("<!-- ")) {
            let is_fence = line.starts_with("```");
            is_fenced ^= is_fence;
            if !is_fenced && !is_fence {
                prose = prose + line + "\n";
            }
        }
        prose
    }

    /// Lists the text between backticks.
    pub(super) fn code_spans(&self) -> Vec<String> {
        let prose = self.prose();
        prose.split("\n\n").flat_map(|paragraph| paragraph.split('`').skip(1).step_by(2).map(str::to_owned)).collect()
    }
}
