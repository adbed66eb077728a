//! What in a config may be secret, told by the names of keys.

use std::collections::BTreeSet;

use figment::value::Value;

use crate::secret::{REDACTED, SecretUri};

/// Parts of names that are given to secrets.
const SECRET: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "token",
    "secret",
    "key",
    "webhook",
    "url",
    "header",
    "credential",
    "pwd",
    "auth",
    "bearer",
    "cookie",
];
/// Words that name a secret where they stand alone, and are part of innocent ones.
const SECRET_WORDS: [&str; 9] = ["jwt", "otp", "pass", "pat", "pin", "sas", "session", "sig", "signature"];
/// Words that are near one of these and name none: `greater_is_better` is not a bearer.
const INNOCENT: [&str; 1] = ["better"];
/// A name that names none alone: it is the key of a tag.
const TAG_KEY: &str = "key";
/// A secret shorter than this is not looked for in other places: it would hide half the config.
const SHORTEST: usize = 4;

/// Returns whether a key by this name may hold a secret; also one that is mistyped.
pub(super) fn is_secretish(name: &str) -> bool {
    let name = name.to_lowercase();
    let near = |word: &str| {
        SECRET.iter().filter(|secret| secret.len() > 4).any(|secret| {
            let limit = if secret.len() > 5 { 2 } else { 1 };
            // Words of other lengths are further away, which is found out without a look at their letters.
            word.chars().count().abs_diff(secret.len()) <= limit && strsim::damerau_levenshtein(word, secret) <= limit
        })
    };
    name != TAG_KEY && SECRET.iter().any(|secret| name.contains(secret))
        || name.split(['_', '-', '.', ' ']).any(|word| {
            SECRET_WORDS.contains(&word) || word.ends_with("pass") || !INNOCENT.contains(&word) && near(word)
        })
}

/// Returns whether a value is an address with a part that is never shown. Where it has no scheme, nothing else tells.
pub(super) fn holds_login(key: &str, value: &Value) -> bool {
    let address = value.as_str().filter(|_| key.to_lowercase().ends_with("uri"));
    address.is_some_and(|address| SecretUri::new(address).to_string() != address)
}

/// Returns the texts that stand at secret keys, however they are written, and the parts of those over several lines.
pub(super) fn secrets(value: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, is_secret: bool, found: &mut BTreeSet<String>) {
        match value {
            Value::Dict(_, dict) => dict.iter().for_each(|(key, value)| {
                if is_secret {
                    found.extend(parts(key));
                }
                let address = value.as_str().filter(|_| key.to_lowercase().ends_with("uri")).map(SecretUri::new);
                // The rest of an address tells which one is meant.
                found.extend(address.iter().flat_map(SecretUri::hidden_parts).flat_map(parts));
                walk(value, is_secret || is_secretish(key), found);
            }),
            Value::Array(_, items) => items.iter().for_each(|value| walk(value, is_secret, found)),
            Value::String(_, text) if is_secret => found.extend(parts(text)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(value, false, &mut found);
    found
}

fn parts(text: &str) -> impl Iterator<Item = String> + '_ {
    [text].into_iter().chain(text.split_whitespace()).filter(|part| part.len() >= SHORTEST).map(str::to_owned)
}

/// Replaces every secret in a text.
pub(super) fn hide(text: &str, secrets: &BTreeSet<String>) -> String {
    secrets.iter().rev().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), REDACTED))
}

/// Returns whether a word of a line may name a secret.
pub(super) fn has_secret_word(line: &str) -> bool {
    line.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).any(is_secretish)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_also_when_mistyped() {
        for name in [
            "tracking_password",
            "trackin_pasword",
            "tokn",
            "API_KEY",
            "slack_webhok",
            "credentials",
            "PGPASS",
            "id_jwt",
            "x-sig",
        ] {
            assert!(is_secretish(name), "{name}");
        }
        for name in [
            "alias",
            "version",
            "message",
            "tracking_uri",
            "registry_name",
            "job",
            "greater_is_better",
            "key",
            "signal",
        ] {
            assert!(!is_secretish(name), "{name}");
        }
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_stands_again() {
        let value = Value::serialize(serde_json::json!({
            "mlflow": { "tracking_token": "hunter2 hunter3", "timeout": "hunter2", "passwords": { "hunter4": ["hunter5"] } },
        }));
        let found = secrets(&value.unwrap());
        assert_eq!(hide("hunter2 hunter3, hunter3, hunter4, hunter5, hunt", &found), "*** ***, ***, ***, ***, hunt");
    }

    #[test]
    fn an_address_that_carries_a_login_without_a_scheme_is_hidden() {
        let value = Value::serialize(serde_json::json!({
            "tracking_uri": "me:hunter2@host", "registry_uri": "file:x?token=hunter3", "uri": "./mlruns", "at": "a@b",
        }));
        let found = secrets(&value.unwrap());
        assert_eq!(
            hide("me:hunter2@host file:x?token=hunter3 ./mlruns a@b", &found),
            "***@host file:x?*** ./mlruns a@b"
        );
    }
}
