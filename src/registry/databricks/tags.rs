//! The keys of tags in Unity Catalog, which may hold none of `. , - = / :`.

/// How the keys of alias histories begin, elsewhere and in Unity Catalog.
const HISTORY: (&str, &str) = ("runner.history.", "runner_history_");

/// Returns the key that Unity Catalog keeps a tag under. A key that is not the program's own is left as it is.
pub(in crate::registry) fn stored(key: &str) -> String {
    match key.strip_prefix(HISTORY.0) {
        // An alias holds neither `+` nor `@`, so that two aliases never share a key.
        Some(alias) => format!("{}{}", HISTORY.1, alias.replace('-', "+").replace('.', "@")),
        None => key.to_owned(),
    }
}

/// Returns the key that a tag has elsewhere.
pub(super) fn known(stored: String) -> String {
    match stored.strip_prefix(HISTORY.1) {
        Some(alias) => format!("{}{}", HISTORY.0, alias.replace('+', "-").replace('@', ".")),
        None => stored,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_found_under_the_key_it_was_kept_under() {
        for alias in ["Champion", "my_alias", "my-alias", "-_-", "my-alias.aside.2"] {
            let key = format!("runner.history.{alias}");
            assert!(!stored(&key).contains(['.', ',', '-', '=', '/', ':']), "{alias}");
            assert_eq!(known(stored(&key)), key);
        }
        assert_ne!(stored("runner.history.a-b"), stored("runner.history.a_b"));
    }

    #[test]
    fn other_keys_are_left_alone() {
        assert_eq!((stored("owner.team"), known("runner_x".into())), ("owner.team".to_owned(), "runner_x".to_owned()));
    }
}
