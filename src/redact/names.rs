//! Names that say that their values are secrets, and logins in addresses.

use percent_encoding::percent_decode_str;

/// Words that name a secret, also as a part of a longer name.
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

/// Words that name a secret where they are the last of a name.
const LAST: [&str; 10] = ["key", "pwd", "pass", "pat", "sas", "sig", "jwt", "auth", "webhook", "otp"];

/// Last words of a name that tell that the value is about a secret, and none.
const ABOUT: [&str; 14] = [
    "file", "path", "id", "url", "uri", "type", "name", "audience", "endpoint", "lifetime", "expiry", "version",
    "enabled", "required",
];

/// Words that name an alias, a stage or a setting, and are no secret in whatever variable they stand.
const PLAIN: [&str; 8] =
    ["challenger", "champion", "default", "development", "disabled", "latest", "production", "staging"];

/// Variables of every shell that hold a folder, whatever their names sound like.
const FOLDERS: [&str; 2] = ["PWD", "OLDPWD"];

/// The shortest value of a variable that counts as a secret because of the variable's name alone, in characters.
const SHORTEST_VALUE: usize = 6;

/// The shortest name of a user without a password that is taken for a token, in bytes.
const SHORTEST_TOKEN: usize = 8;

/// Returns whether a variable, header, parameter or field by this name holds a secret.
pub fn names_secret(name: &str) -> bool {
    let name = plain(name);
    let last = name.rsplit('_').next().unwrap_or_default();
    !ABOUT.contains(&last) && (has_word(&name) || LAST.contains(&last))
}

fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '.', ' '], "_")
}

fn has_word(name: &str) -> bool {
    WORDS.iter().any(|word| name.contains(word))
}

/// Returns whether a variable holds a secret, as far as its name and its value tell.
///
/// A name that only ends in a word such as `KEY` may as well name an alias or a model, which is to be seen.
pub(super) fn is_secret_variable(name: &str, value: &str) -> bool {
    let is_word = || value.bytes().all(|byte| byte.is_ascii_alphabetic());
    value.chars().count() >= SHORTEST_VALUE
        && !FOLDERS.contains(&name)
        && !PLAIN.contains(&value.to_ascii_lowercase().as_str())
        && names_secret(name)
        && (has_word(&plain(name)) || !is_word())
}

/// Returns the login of an address, as it is meant; none where there is no password. A long name without one may be a
/// token.
pub(super) fn login_in(address: &str) -> Option<(String, String)> {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let (login, _) = rest.rsplit_once('@')?;
    if scheme.starts_with("http") && !login.contains([':', '/']) && login.len() >= SHORTEST_TOKEN {
        return Some((String::new(), decoded(login)));
    }
    let (username, password) = login.split_once(':').filter(|(_, password)| !password.is_empty())?;
    // A host that is followed by its port and a path with an `@` is no login.
    let is_port = password.split('/').next().is_some_and(|port| port.bytes().all(|digit| digit.is_ascii_digit()));
    (!password.contains('/') || !is_port).then(|| (decoded(username), decoded(password)))
}

/// Returns what the query of an address gives under names of secrets, as it is meant.
pub(super) fn secrets_in_query(address: &str) -> impl Iterator<Item = String> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split(['&', ';', '#']).filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| names_secret(&decoded(name))).map(|(_, value)| decoded(value))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
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
            assert!(names_secret(name), "{name}");
        }
        for name in ["PATH", "MONKEY_BARS", "aws_access_key_id", "region", "TOKEN_FILE", "host", "Accept", "stage"] {
            assert!(!names_secret(name), "{name}");
        }
    }

    #[test]
    fn the_login_of_an_address_is_read_as_it_is_meant() {
        let login = |address: &str| login_in(address).map(|(name, password)| format!("{name} {password}"));
        assert_eq!(login("http://me:p%40w@h:1/x").as_deref(), Some("me p@w"));
        assert_eq!(login("http://me:it's@h").as_deref(), Some("me it's"));
        assert_eq!(login("me:pw@h").as_deref(), Some("me pw"));
        assert_eq!(login("https://ghp_0123456789@h").as_deref(), Some(" ghp_0123456789"));
        for address in ["http://h:5000/a@b", "http://h/x", "me@h", "http://me@h", "http://me:@h"] {
            assert_eq!(login(address), None, "{address}");
        }
    }
}
