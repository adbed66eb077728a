//! What may become a path: nothing that a config names leads out of the store.

use std::path::{PathBuf, is_separator};

use super::fault::Fault;
use crate::registry::ModelName;
use crate::registry::model::LONGEST_MODEL_TAG;

/// The longest key of a tag that MLflow stores, in characters.
const MAX_KEY: usize = 250;

/// Returns the name of a model's folder.
///
/// MLflow's file store refuses separators, which would lead elsewhere, and `%`, which its addresses would decode.
pub(super) fn folder(name: &ModelName) -> Result<&str, Fault> {
    let text = name.as_str();
    if text.contains(is_separator) || text.contains(['/', '%', '\0']) || text == "." || text == ".." {
        let message = format!(
            "the name \"{name}\" holds a path separator or `%`, or is a path, as no model in a file store does"
        );
        return Err(Fault::Refused { action: "look for a model", message });
    }
    Ok(text)
}

/// Returns the name of a new model's folder; MLflow no longer makes a few that old stores hold.
pub(super) fn new_folder(name: &ModelName) -> Result<&str, Fault> {
    let text = folder(name)?;
    if text.contains(':') || text.starts_with("..") {
        let message =
            format!("the name \"{name}\" holds `:` or begins with `..`, which MLflow no longer lets a new model have");
        return Err(Fault::Refused { action: "create a model", message });
    }
    Ok(text)
}

/// Returns the path of a tag below the folder of tags: each `/` of a key begins a folder.
pub(super) fn tag(key: &str) -> Result<PathBuf, Fault> {
    let fits =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '/') || (c == ':' && !cfg!(windows));
    let is_path = key.starts_with("..") || key.split('/').any(|part| matches!(part, "" | "." | ".."));
    if is_path || !key.chars().all(fits) || key.chars().count() > MAX_KEY {
        let message = format!(
            "the key {key:?} of a tag cannot be a file: it is made of letters, digits, `_`, `-`, `.`, `:`, `/` and spaces, \
             is no path such as `../x`, and has at most {MAX_KEY} characters"
        );
        return Err(Fault::Refused { action: "set a tag", message });
    }
    Ok(key.split('/').collect())
}

/// Refuses the values of tags that MLflow does, because a file holds any.
pub(super) fn value(key: &str, value: &str) -> Result<(), Fault> {
    if value.chars().count() <= LONGEST_MODEL_TAG {
        return Ok(());
    }
    let message = format!("the value of the tag {key:?} has more than {LONGEST_MODEL_TAG} characters");
    Err(Fault::Refused { action: "set a tag", message })
}

/// Returns whether a text is the name of one thing in a folder, and leads nowhere else.
pub(super) fn is_plain(text: &str) -> bool {
    !text.contains(is_separator) && !text.contains(['/', '\0']) && !matches!(text, "" | "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ModelName {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_of_a_model_is_one_folder() {
        for good in ["bikes", "it's", "dq\"x", "two words", "日本", "a:b", "...", "..x", "a..b", ".x"] {
            assert_eq!(folder(&name(good)).ok(), Some(good));
        }
        for bad in ["a/b", "../bikes", "/etc", "..", ".", "100%", "%2e%2e", "a\0"] {
            assert!(matches!(folder(&name(bad)), Err(Fault::Refused { .. })), "{bad}");
        }
    }

    #[test]
    fn a_new_model_has_a_name_that_mlflow_makes() {
        assert!(new_folder(&name("bikes")).is_ok());
        for bad in ["a:b", "...", "..x", "a/b"] {
            assert!(matches!(new_folder(&name(bad)), Err(Fault::Refused { .. })), "{bad}");
        }
    }

    #[test]
    fn a_key_of_a_tag_is_a_path_that_stays_below() {
        for good in ["k", "a/b", "runner.history.Prod_é", "a key", ".hidden", "a..b", "x/..y", "a:b"] {
            assert_eq!(tag(good).unwrap(), good.split('/').collect::<PathBuf>());
        }
        let long = "k".repeat(251);
        for bad in
            ["", "/", "/a", "a/", "a//b", "./a", "a/../b", "..", "../a", "..x", "a\\b", "a\nb", "a,b", "a%", &long]
        {
            assert!(matches!(tag(bad), Err(Fault::Refused { .. })), "{bad}");
        }
    }
}
