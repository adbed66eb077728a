//! Reads the texts of configs, and parses them by their file extension.

use std::io::{self, Read};
use std::path::Path;

use super::diagnostic::{Fault, Location};
use super::key_path::KeyPath;
use super::messages::describe_value;
use super::node::{Node, SourceId, Span};
use super::reader::{self, Format, Parsed};
use crate::input_file;
use crate::text::nearest;

/// The maximum size of a config, in bytes.
const LARGEST: u64 = 16 << 20;
/// The maximum length of a key, in bytes. A key is part of the path of everything below it.
const LONGEST_KEY: usize = 1024;

/// The number of files of a folder that are looked at for the one that is probably meant.
const MOST_NAMES: usize = 10_000;

/// A source with its text.
#[derive(Debug)]
pub(super) struct Source {
    /// The name of the source in errors.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) format: Format,
}

/// The path that means standard input.
pub(super) const STDIN: &str = "-";

impl Source {
    /// Creates a source from a YAML text that is not in a file.
    pub(super) fn yaml(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), format: Format::Yaml }
    }

    /// Reads a config file, or standard input for `-`.
    pub(super) fn read(path: &Path, stdin: &mut dyn Read) -> Result<Self, Box<Fault>> {
        let (name, bytes, format) = if path == Path::new(STDIN) {
            let bytes = read_whole(stdin).map_err(|error| Box::new(unreadable(&error)))?;
            ("standard input".to_owned(), bytes, Format::Yaml)
        } else {
            // Reads before it looks at the extension, because the missing extension of a folder is not the problem.
            let bytes = input_file::read_up_to(path, LARGEST).map_err(|error| {
                let is_missing = error.kind() == io::ErrorKind::NotFound;
                Box::new(if is_missing { missing(path) } else { unreadable(&error) })
            })?;
            (path.display().to_string(), bytes, format(path)?)
        };
        let text = String::from_utf8(bytes).map_err(|error| Box::new(not_utf8(&error)))?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Ok(Self { name, text, format })
    }

    /// Parses the text. The root of a config must be a mapping.
    pub(super) fn parse(&self, id: SourceId) -> Parsed {
        if self.is_blank() {
            let help = "the smallest config is `job: {KIND: PromotionJob}`".to_owned();
            return Parsed { root: None, faults: vec![Fault::new(Location::Whole, "the config is empty").help(help)] };
        }
        let mut parsed = reader::read(&self.text, self.format, id);
        let Some(root) = parsed.root.as_ref().filter(|_| parsed.faults.is_empty()) else { return parsed };
        if let Some(above) = find_long_key(root) {
            let message = format!("a key here is longer than {LONGEST_KEY} characters");
            parsed.faults.push(Fault::new(Location::Within(above), message).help("is this a config?".to_owned()));
        } else if root.as_map().is_none() {
            let message = format!("a config is a mapping of keys, not {}", describe_value(&root.value, false));
            let top = Location::at(Span::new(0..1));
            parsed.faults.push(Fault::new(top, message).help("start with `job:` or `jobs:`".to_owned()));
        }
        parsed
    }

    fn is_blank(&self) -> bool {
        let comment = |line: &str| self.format != Format::Json && line.starts_with('#');
        let marker = |line: &str| self.format == Format::Yaml && matches!(line, "---" | "...");
        self.text.lines().map(str::trim).all(|line| line.is_empty() || comment(line) || marker(line))
    }
}

fn format(path: &Path) -> Result<Format, Box<Fault>> {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("yaml" | "yml") => Ok(Format::Yaml),
        Some("toml") => Ok(Format::Toml),
        Some("json") => Ok(Format::Json),
        _ => {
            let message = match extension {
                Some(extension) => format!("a config cannot have the extension `.{extension}`"),
                None => "a config needs an extension that names its language".to_owned(),
            };
            let help = "use `.yaml`, `.yml`, `.toml` or `.json`, or `-` to read YAML from standard input".to_owned();
            Err(Box::new(Fault::new(Location::Whole, message).help(help)))
        }
    }
}

/// Returns the path of a mapping with a key that is too long.
fn find_long_key(root: &Node) -> Option<KeyPath> {
    fn find(node: &Node, path: &mut Vec<String>) -> bool {
        let mut is_below = |key: String, node: &Node| {
            path.push(key);
            let is_found = find(node, path);
            if !is_found {
                path.pop();
            }
            is_found
        };
        if let Some(map) = node.as_map() {
            let below = |(key, entry): (&String, &super::node::Entry)| {
                entry.node.is_collection() && is_below(key.clone(), &entry.node)
            };
            return map.keys().any(|key| key.len() > LONGEST_KEY) || map.iter().any(below);
        }
        let items = node.as_list().unwrap_or_default().iter().enumerate();
        items.filter(|(_, item)| item.is_collection()).any(|(place, item)| is_below(place.to_string(), item))
    }
    let mut path = Vec::new();
    find(root, &mut path).then(|| path.into())
}

fn read_whole(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// Says that there is no such file: names the file of its folder that is probably meant, else the working folder.
fn missing(path: &Path) -> Fault {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .take(MOST_NAMES)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| format(Path::new(name)).is_ok())
        .collect();
    let near = nearest(&name, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let help = match (near, std::env::current_dir()) {
        (Some(near), _) => format!("did you mean `{}`?", path.with_file_name(near).display()),
        (None, Ok(here)) if path.is_relative() => {
            format!("the path is relative to the working folder {}", here.display())
        }
        _ => "check the path".to_owned(),
    };
    Fault::new(Location::Whole, "there is no such config file").help(help)
}

fn unreadable(error: &io::Error) -> Fault {
    let (message, help) = match error.kind() {
        io::ErrorKind::IsADirectory => ("this is a folder, not a config file".to_owned(), "name the file in it"),
        io::ErrorKind::PermissionDenied => {
            ("the config file cannot be read: permission denied".to_owned(), "check who may read it")
        }
        io::ErrorKind::FileTooLarge => {
            (format!("the config is larger than {} MiB", LARGEST >> 20), "is this the right file?")
        }
        _ => (format!("the config cannot be read: {error}"), "check the path"),
    };
    Fault::new(Location::Whole, message).help(help.to_owned())
}

fn not_utf8(error: &std::string::FromUtf8Error) -> Fault {
    let valid = error.utf8_error().valid_up_to();
    let line = error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
    let message = format!("the config is not UTF-8 text: line {line} holds a byte that cannot be read");
    Fault::new(Location::Whole, message).help("save the file as UTF-8".to_owned())
}

/// Parses a text in the format of a file with this name.
#[cfg(test)]
pub(crate) fn read_values(name: &str, text: &str) -> Result<serde_json::Value, Vec<String>> {
    let format = format(Path::new(name)).map_err(|fault| vec![fault.message])?;
    let parsed = reader::read(text, format, SourceId::default());
    match parsed.root.filter(|_| parsed.faults.is_empty()) {
        Some(root) => Ok(root.to_json()),
        None => Err(parsed.faults.into_iter().map(|fault| fault.message).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        match Source::read(&path, &mut io::empty()) {
            Err(fault) => fault.message,
            Ok(source) => source.parse(SourceId::default()).faults.remove(0).message,
        }
    }

    #[test]
    fn an_unsuitable_file_is_refused_before_it_is_parsed() {
        assert_eq!(refused("a.ini", b"x=1"), "a config cannot have the extension `.ini`");
        assert_eq!(refused("a", b"x=1"), "a config needs an extension that names its language");
        assert!(refused("a.yaml", b"a: 1\nb: \xff\n").contains("line 2"));
        for (name, text) in [("a.yaml", ""), ("a.yml", "# no\n---\n\n"), ("a.toml", "# no"), ("a.json", " \n")] {
            assert_eq!(refused(name, text.as_bytes()), "the config is empty", "{name}");
        }
        let huge = vec![b' '; usize::try_from(LARGEST).unwrap() + 1];
        assert_eq!(refused("a.yaml", &huge), "the config is larger than 16 MiB");
    }

    #[test]
    fn a_folder_and_a_missing_file_have_different_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        let missing = Source::read(&path, &mut io::empty()).unwrap_err();
        assert_eq!(missing.message, "there is no such config file");
        std::fs::create_dir(&path).unwrap();
        let directory = Source::read(&path, &mut io::empty()).unwrap_err();
        assert_eq!(directory.message, "this is a folder, not a config file");
    }

    #[test]
    fn the_top_of_a_config_is_a_mapping() {
        assert_eq!(refused("a.yaml", b"- 1"), "a config is a mapping of keys, not a list");
        assert_eq!(refused("a.json", b"3"), "a config is a mapping of keys, not a number");
    }

    #[test]
    fn a_byte_order_mark_is_stripped() {
        let source = Source::read(Path::new("-"), &mut &b"\xef\xbb\xbfa: 1"[..]).unwrap();
        let root = source.parse(SourceId::default()).root.unwrap();
        assert_eq!(root.as_map().unwrap().keys().collect::<Vec<_>>(), ["a"]);
    }
}
