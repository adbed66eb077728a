//! Links between pages and to files of the project resolve.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use regex::Regex;

use super::pages::Page;
use super::{pages, root};

#[test]
fn every_link_resolves_to_a_file_and_a_heading() {
    let mut broken = vec![];
    for page in pages() {
        for target in links(&page) {
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let folder = Path::new(&page.path).parent().unwrap();
            let file = if path.is_empty() { PathBuf::from(&page.path) } else { normalize(&folder.join(path)) };
            let text = fs::read_to_string(root().join(&file)).unwrap_or_default();
            let is_there = root().join(&file).exists() && (anchor.is_empty() || anchors(&text).contains(anchor));
            if !is_there {
                broken.push(format!("{}: {target}", page.path));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_contents_link_every_page() {
    let pages = pages();
    let contents = pages.iter().find(|page| page.path == "docs/README.md").unwrap();
    let linked: BTreeSet<String> = links(contents).into_iter().collect();
    let names = pages.iter().filter_map(|page| page.path.strip_prefix("docs/")).filter(|name| *name != "README.md");
    let missing: Vec<&str> = names.filter(|name| !linked.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/README.md does not link {missing:?}");
}

#[test]
fn heading_anchors_match_github() {
    let anchors = anchors("# The codes of a verdict\n## `expect`, and what it guarantees\n### MLflow's own_key\n");
    assert_eq!(
        anchors,
        ["the-codes-of-a-verdict", "expect-and-what-it-guarantees", "mlflows-own_key"].map(str::to_owned).into()
    );
}

/// Lists the targets of a page's links, except web links.
fn links(page: &Page) -> Vec<String> {
    let prose = Regex::new("`[^`]*`").unwrap().replace_all(&page.prose(), "code").into_owned();
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let targets = link.captures_iter(&prose).map(|link| link[1].to_owned());
    targets.filter(|target| !target.starts_with("https://") && !target.starts_with("http://")).collect()
}

/// Returns the anchors of the headings, as GitHub generates them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut is_fenced = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        is_fenced ^= line.starts_with("```");
        if !is_fenced && line.starts_with('#') {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
            found.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
    }
    found
}

/// Resolves `..` lexically.
fn normalize(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut path, part| {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
        path
    })
}
