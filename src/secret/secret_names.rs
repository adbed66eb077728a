//! Decides from a name whether its value is a secret.

/// Words that mark a secret anywhere in a name.
const WORDS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "token",
    "secret",
    "credential",
    "authorization",
    "cookie",
    "apikey",
    "api_key",
    "access_key",
    "private_key",
    "signature",
];

/// Words that mark a secret at the end of a name.
const LAST_WORDS: [&str; 10] = ["key", "pwd", "pass", "pat", "sas", "sig", "jwt", "auth", "webhook", "otp"];

/// Words at the end of a name whose value only describes a secret, such as its path.
const DESCRIBING_WORDS: [&str; 14] = [
    "file", "path", "id", "url", "uri", "type", "name", "audience", "endpoint", "lifetime", "expiry", "version",
    "enabled", "required",
];

/// Values that are never secrets, because they name an alias, a stage or a setting.
const HARMLESS_VALUES: [&str; 8] =
    ["challenger", "champion", "default", "development", "disabled", "latest", "production", "staging"];

/// Variables that contain a directory, although their names end like that of a password.
const DIRECTORY_VARIABLES: [&str; 2] = ["PWD", "OLDPWD"];

/// The minimum length of a value that counts as a secret because of its name alone, in characters.
const MIN_VALUE_LENGTH: usize = 6;

/// Returns whether a variable, header, parameter or field of this name holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = normalize(name);
    let last = name.rsplit('_').next().unwrap_or_default();
    !DESCRIBING_WORDS.contains(&last) && (has_word(&name) || LAST_WORDS.contains(&last))
}

fn normalize(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '.', ' '], "_")
}

fn has_word(name: &str) -> bool {
    WORDS.iter().any(|word| name.contains(word))
}

/// Returns whether an environment variable contains a secret, judged by its name and its value.
///
/// A value with a name that only ends in a word such as `KEY` may be an alias or a model name, which must stay visible.
pub(super) fn is_secret_variable(name: &str, value: &str) -> bool {
    let is_word = || value.bytes().all(|byte| byte.is_ascii_alphabetic());
    value.chars().count() >= MIN_VALUE_LENGTH
        && !DIRECTORY_VARIABLES.contains(&name)
        && !HARMLESS_VALUES.contains(&value.to_ascii_lowercase().as_str())
        && is_secret_name(name)
        && (has_word(&normalize(name)) || !is_word())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_recognised() {
        for name in [
            "MLFLOW_TRACKING_PASSWORD",
            "token",
            "X-Api-Key",
            "Authorization",
            "client_secret",
            "AWS_SESSION_TOKEN",
            "aws_secret_access_key",
            "X-Goog-Signature",
            "sig",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["PATH", "MONKEY_BARS", "aws_access_key_id", "region", "TOKEN_FILE", "host", "Accept", "stage"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
