//! As much of the INI format as files with logins use.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use crate::secret::Secret;

/// The sections of a file, each with its keys in lower case. Any value may be a secret.
pub(super) type Sections = BTreeMap<String, BTreeMap<String, Secret>>;

/// Reads a file; returns none if it does not exist.
///
/// # Errors
/// What is wrong, to follow the path.
pub(super) fn read_if_exists(path: &Path) -> Result<Option<String>, String> {
    match crate::input_file::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}

/// Parses a text.
///
/// # Errors
/// What is wrong, without the line, which may hold a secret.
pub(super) fn parse(text: &str) -> Result<Sections, String> {
    let mut sections = Sections::new();
    let mut section = None;
    for (line, number) in text.trim_start_matches('\u{feff}').lines().map(str::trim).zip(1..) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if sections.insert(name.to_owned(), BTreeMap::new()).is_some() {
                return Err(format!("line {number} begins the section `{name}` again"));
            }
            section = sections.get_mut(name);
            continue;
        }
        let Some((key, value)) = line.split_once(['=', ':']) else {
            return Err(format!("line {number} is neither `[section]` nor `key = value`"));
        };
        let Some(section) = &mut section else {
            return Err(format!("line {number} comes before the first `[section]`"));
        };
        let key = key.trim().to_lowercase();
        let value = Secret::from_setting(&key, value.trim());
        if section.insert(key, value).is_some() {
            return Err(format!("line {number} gives a key again"));
        }
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_blanks_and_both_separators_are_read() {
        let text = "\u{feff}; mine\n[DEFAULT]\nHost = https://h\r\n\n[prod]\n  token: a=b:c # kept\n# x\nempty =\n";
        let read = parse(text).unwrap();
        assert_eq!(read["DEFAULT"]["host"].expose(), "https://h");
        assert_eq!(read["prod"]["token"].expose(), "a=b:c # kept");
        assert!(read["prod"]["empty"].is_empty());
    }

    #[test]
    fn an_error_names_the_line_and_does_not_show_it() {
        for (text, fault) in [
            ("[a]\nhunter2\n", "line 2 is neither"),
            ("token = hunter2\n", "line 1 comes before"),
            ("[a]\ntoken = x\nTOKEN = hunter2\n", "line 3 gives a key again"),
            ("[a]\n[a]\n", "line 2 begins the section `a` again"),
            ("[hunter2\n", "line 1 is neither"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(fault) && !error.contains("hunter2"), "{error}");
        }
    }
}
