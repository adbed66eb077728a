//! Paths within a store. No name from a config leads out of it.

use std::path::{PathBuf, is_separator};

use crate::registry::local::LocalError;
use crate::registry::{Alias, ModelName, Version};

/// The prefix of a version's folder.
pub(super) const VERSION_PREFIX: &str = "version-";

/// The longest key of a tag that MLflow stores, in characters.
const MAX_KEY: usize = 250;

/// Returns the folder of a model.
pub(super) fn model_folder(name: &ModelName) -> Result<PathBuf, LocalError> {
    Ok(PathBuf::from("models").join(folder_name(name)?))
}

/// Returns the folder of a version.
pub(super) fn version_folder(name: &ModelName, version: Version) -> Result<PathBuf, LocalError> {
    Ok(model_folder(name)?.join(format!("{VERSION_PREFIX}{version}")))
}

/// Returns the file of an alias. The name of an alias contains only letters, digits, `_` and `-`, so it is safe.
pub(super) fn alias_file(name: &ModelName, alias: &Alias) -> Result<PathBuf, LocalError> {
    Ok(model_folder(name)?.join("aliases").join(alias.as_str()))
}

/// Returns the path of a tag below the folder of tags: each `/` of a key starts a folder.
pub(super) fn tag_path(key: &str) -> Result<PathBuf, LocalError> {
    let is_allowed =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '/') || (c == ':' && !cfg!(windows));
    let is_path = key.starts_with("..") || key.split('/').any(|part| matches!(part, "" | "." | ".."));
    if is_path || !key.chars().all(is_allowed) || key.chars().count() > MAX_KEY {
        let message = format!(
            "the key {key:?} of a tag cannot be a file: it is made of letters, digits, `_`, `-`, `.`, `:`, `/` and spaces, \
             is no path such as `../x`, and has at most {MAX_KEY} characters"
        );
        return Err(LocalError::invalid("set a tag", message));
    }
    Ok(key.split('/').collect())
}

/// Refuses the names that MLflow no longer accepts for a new model, although old stores contain them.
pub(super) fn check_new_name(name: &ModelName) -> Result<(), LocalError> {
    let text = folder_name(name)?;
    if text.contains(':') || text.starts_with("..") {
        let message =
            format!("the name \"{name}\" holds `:` or begins with `..`, which MLflow no longer lets a new model have");
        return Err(LocalError::invalid("create a model", message));
    }
    Ok(())
}

/// Returns whether a text is the name of one file or folder, and not a path.
pub(super) fn is_file_name(text: &str) -> bool {
    !text.contains(is_separator) && !text.contains(['/', '\0']) && !matches!(text, "" | "." | "..")
}

/// Returns the name of a model's folder.
///
/// Like MLflow's file store, it refuses path separators, and `%`, which MLflow would decode in an address.
fn folder_name(name: &ModelName) -> Result<&str, LocalError> {
    let text = name.as_str();
    if text.contains('%') || !is_file_name(text) {
        let message = format!(
            "the name \"{name}\" holds a path separator or `%`, or is a path, as no model in a file store does"
        );
        return Err(LocalError::invalid("look for a model", message));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ModelName {
        text.parse().unwrap()
    }

    fn is_refused<T>(result: Result<T, LocalError>) -> bool {
        matches!(result, Err(LocalError::Refused { .. }))
    }

    #[test]
    fn a_model_is_one_folder() {
        for good in ["bikes", "it's", "dq\"x", "two words", "日本", "a:b", "...", "..x", "a..b", ".x"] {
            assert_eq!(folder_name(&name(good)).ok(), Some(good));
        }
        for bad in ["a/b", "../bikes", "/etc", "..", ".", "100%", "%2e%2e", "a\0"] {
            assert!(is_refused(folder_name(&name(bad))), "{bad}");
        }
    }

    #[test]
    fn a_new_model_has_a_name_that_mlflow_accepts() {
        assert!(check_new_name(&name("bikes")).is_ok());
        for bad in ["a:b", "...", "..x", "a/b"] {
            assert!(is_refused(check_new_name(&name(bad))), "{bad}");
        }
    }

    #[test]
    fn the_key_of_a_tag_is_a_path_below_the_folder_of_tags() {
        for good in ["k", "a/b", "runner.history.Prod_é", "a key", ".hidden", "a..b", "x/..y", "a:b"] {
            assert_eq!(tag_path(good).unwrap(), good.split('/').collect::<PathBuf>());
        }
        let long = "k".repeat(251);
        for bad in
            ["", "/", "/a", "a/", "a//b", "./a", "a/../b", "..", "../a", "..x", "a\\b", "a\nb", "a,b", "a%", &long]
        {
            assert!(is_refused(tag_path(bad)), "{bad}");
        }
    }
}
