//! Reads the import graph of the source files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The source files by their paths below `src`, and what each imports.
pub(super) struct SourceTree {
    files: BTreeMap<String, SourceFile>,
    /// The files that define the items a file names. A re-export counts for its users, not for its `mod.rs`.
    pub(super) imports: BTreeMap<String, BTreeSet<String>>,
}

struct SourceFile {
    /// The module that the file holds: `["config", "load"]`.
    module: Vec<String>,
    /// The modules that it declares.
    children: Vec<String>,
    /// Re-exports of the file: the public name, and its path.
    reexports: Vec<(String, Vec<String>)>,
    /// Every other path that starts with `crate`, `super` or a child module.
    paths: Vec<Vec<String>>,
}

impl SourceTree {
    /// Reads the sources of this program.
    pub(super) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                    files.insert(name.clone(), SourceFile::parse(&name, &fs::read_to_string(&path).unwrap()));
                }
            }
        }
        let mut tree = Self { files, imports: BTreeMap::new() };
        tree.imports = tree.files.iter().map(|(name, file)| (name.clone(), tree.imported_by(name, file))).collect();
        tree
    }

    /// Returns the files that no module declares, which the compiler ignores.
    pub(super) fn undeclared(&self) -> Vec<&str> {
        let is_declared = |file: &SourceFile| {
            let Some((name, parent)) = file.module.split_last() else { return true };
            self.file_of(parent).is_some_and(|parent| self.files[&parent].children.contains(name))
        };
        self.files.iter().filter(|(_, file)| !is_declared(file)).map(|(name, _)| name.as_str()).collect()
    }

    fn imported_by(&self, name: &str, file: &SourceFile) -> BTreeSet<String> {
        let mut targets: BTreeSet<String> =
            file.paths.iter().filter_map(|path| self.defining_file(&absolute(&file.module, path)?, 0)).collect();
        targets.remove(name);
        // `main.rs` is a crate of its own.
        if name == "main.rs" { BTreeSet::new() } else { targets }
    }

    /// Returns the file that defines the item of a path from the crate root.
    fn defining_file(&self, path: &[String], depth: usize) -> Option<String> {
        assert!(depth < 20, "{path:?} is re-exported in a circle");
        let (mut module, mut rest) = (vec![], path);
        while let [first, after @ ..] = rest {
            let child = [module.clone(), vec![first.clone()]].concat();
            if self.file_of(&child).is_none() {
                break;
            }
            (module, rest) = (child, after);
        }
        let name = self.file_of(&module)?;
        let Some(item) = rest.first() else { return Some(name) };
        let reexport = self.files[&name].reexports.iter().find(|(known, _)| known == item);
        match reexport.and_then(|(_, behind)| absolute(&module, behind)) {
            Some(behind) => self.defining_file(&behind, depth + 1),
            None => Some(name),
        }
    }

    fn file_of(&self, module: &[String]) -> Option<String> {
        let path = module.join("/");
        let names = if module.is_empty() {
            vec!["lib.rs".into()]
        } else {
            vec![format!("{path}.rs"), format!("{path}/mod.rs")]
        };
        names.into_iter().find(|name| self.files.contains_key(name))
    }
}

impl SourceFile {
    fn parse(name: &str, text: &str) -> Self {
        let module = name.trim_end_matches(".rs").trim_end_matches("/mod").split('/').map(str::to_owned);
        let module: Vec<String> = module.filter(|part| part != "lib" && part != "main").collect();
        let code = without_tests_and_comments(text);
        let children: Vec<String> = code
            .split(';')
            .filter_map(|statement| {
                let words: Vec<&str> = statement.split_whitespace().collect();
                let [.., "mod", child] = words[..] else { return None };
                Some(child.to_owned())
            })
            .collect();
        // Paths that start with a child module are written as if they started with `self`.
        let mut code = code;
        for child in &children {
            code = qualify(&code, child);
        }
        let (mut reexports, mut rest) = (vec![], String::new());
        for statement in code.split_inclusive(';') {
            let handed_on = statement.trim_start().strip_prefix("pub").and_then(|after| {
                let after = after.trim_start();
                let after = if after.starts_with('(') { after.split_once(')')?.1 } else { after };
                after.trim_start().strip_prefix("use ")
            });
            match handed_on {
                Some(tree) => {
                    for path in paths_in(tree) {
                        reexports.push((path.last().unwrap().clone(), path));
                    }
                }
                None => rest.push_str(statement),
            }
        }
        Self { module, children, reexports, paths: paths_in(&rest) }
    }
}

/// Puts `self::` before a child module's name wherever a path starts with it.
fn qualify(code: &str, child: &str) -> String {
    let needle = format!("{child}::");
    let mut qualified = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(&needle) {
        let before = &rest[..at];
        let starts = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        qualified.push_str(before);
        if starts {
            qualified.push_str("self::");
        }
        qualified.push_str(&needle);
        rest = &rest[at + needle.len()..];
    }
    qualified + rest
}

/// Returns the code without tests and comments. In an inline module `super` is the file itself.
fn without_tests_and_comments(text: &str) -> String {
    let mut code = String::new();
    let mut for_tests = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        if start.starts_with("//") || start.starts_with("#[") {
            for_tests |= start.starts_with("#[cfg(test)]") || start.starts_with("#[cfg(all(test");
            continue;
        }
        let words: Vec<&str> = start.split_whitespace().collect();
        if let [.., "mod", _, "{"] = words[..] {
            let end = format!("{}}}", &line[..line.len() - start.len()]);
            let inner: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            if !for_tests {
                code += &without_tests_and_comments(&inner.join("\n")).replace("super::", "self::");
            }
        } else if for_tests && words.contains(&"use") {
            // An import of tests ends with its statement.
        } else {
            code += line;
            code.push('\n');
        }
        for_tests = false;
    }
    code
}

/// Returns a path from the crate root, or none if it leaves the crate.
fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut at = module.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => (at, rest) = (vec![], &path[1..]),
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|part| part == "super") {
                at.pop()?;
                rest = &rest[1..];
            }
        }
        _ => return None,
    }
    Some([at, rest.to_vec()].concat())
}

/// Returns every path that starts with `crate`, `super` or `self`, with groups expanded.
pub(super) fn paths_in(code: &str) -> Vec<Vec<String>> {
    let mut paths = vec![];
    let mut at = 0;
    while at < code.len() {
        let rest = &code[at..];
        let starts = ["crate::", "super::", "self::"].iter().any(|start| rest.starts_with(start));
        let inside_a_word = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        if starts && !inside_a_word {
            at += read_path(rest, &[], &mut paths);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    paths
}

/// Parses one path, or the paths of a group, and returns the bytes consumed.
fn read_path(code: &str, before: &[String], paths: &mut Vec<Vec<String>>) -> usize {
    let (mut path, mut at) = (before.to_vec(), 0);
    loop {
        let rest = &code[at..];
        if rest.starts_with('{') {
            at += 1;
            while !code[at..].starts_with('}') && at < code.len() {
                let skipped = code[at..].find(|c: char| !c.is_whitespace() && c != ',').unwrap_or(code.len() - at);
                at += skipped;
                if !code[at..].starts_with('}') {
                    at += read_path(&code[at..], &path, paths);
                }
            }
            return at + 1;
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let word = &rest[..end];
        at += end.max(1);
        if word == "self" && !path.is_empty() {
            // `a::{self}` is `a`.
        } else if !word.is_empty() {
            path.push(word.to_owned());
        }
        if code[at..].starts_with("::") && !word.is_empty() {
            at += 2;
            continue;
        }
        let renamed = code[at..].strip_prefix(" as ");
        if let Some(name) = renamed {
            at += 4 + name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
        }
        paths.push(path);
        return at;
    }
}
