//! Names in Unity Catalog: models have three levels, and the keys of tags must not contain any of `. , - = / :`.

use crate::registry::ModelName;
use crate::registry::error::{Error, Result};

/// The prefix of the keys of alias histories, elsewhere and in Unity Catalog.
const HISTORY: (&str, &str) = ("runner.history.", "runner_history_");

/// Checks that a name has all three levels.
///
/// # Errors
/// [`Error::Misconfigured`] when one is missing.
pub(in crate::registry) fn validate_model_name(name: &ModelName) -> Result<()> {
    let levels: Vec<&str> = name.as_str().split('.').collect();
    if levels.len() == 3 && levels.iter().all(|level| !level.trim().is_empty() && !level.contains('/')) {
        return Ok(());
    }
    Err(Error::Misconfigured {
        reason: format!("\"{name}\" is not the whole name of a model in Unity Catalog"),
        hint: "write it with its catalog and schema, as `catalog.schema.model`".into(),
    })
}

/// Returns the key under which Unity Catalog stores a tag. Only the program's own keys are changed.
pub(in crate::registry) fn to_stored_key(key: &str) -> String {
    match key.strip_prefix(HISTORY.0) {
        // An alias contains neither `+` nor `@`, so that two aliases never share a key.
        Some(alias) => format!("{}{}", HISTORY.1, alias.replace('-', "+").replace('.', "@")),
        None => key.to_owned(),
    }
}

/// Returns the key of a tag elsewhere, from the one in Unity Catalog.
pub(super) fn from_stored_key(stored: String) -> String {
    match stored.strip_prefix(HISTORY.1) {
        Some(alias) => format!("{}{}", HISTORY.0, alias.replace('+', "-").replace('@', ".")),
        None => stored,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_with_catalog_and_schema() {
        let is_whole = |name: &str| validate_model_name(&name.parse().unwrap()).is_ok();
        assert!(is_whole("main.ml-team.bikes_2"));
        for bad in ["bikes", "ml.bikes", "a.b.c.d", "a..c", ".b.c", "a.b.", "a. .c", "a/b.c.d"] {
            assert!(!is_whole(bad), "{bad}");
        }
    }

    #[test]
    fn the_key_of_a_history_survives_the_round_trip() {
        for alias in ["Champion", "my_alias", "my-alias", "-_-", "my-alias.aside.2"] {
            let key = format!("runner.history.{alias}");
            assert!(!to_stored_key(&key).contains(['.', ',', '-', '=', '/', ':']), "{alias}");
            assert_eq!(from_stored_key(to_stored_key(&key)), key);
        }
        assert_ne!(to_stored_key("runner.history.a-b"), to_stored_key("runner.history.a_b"));
    }

    #[test]
    fn other_keys_are_not_changed() {
        assert_eq!(
            (to_stored_key("owner.team"), from_stored_key("runner_x".into())),
            ("owner.team".to_owned(), "runner_x".to_owned())
        );
    }
}
