//! What of a written config is no part of a plan.

use figment::value::Value;

use crate::config::fields::Field;
use crate::config::interpolate::own_words;
use crate::config::sensitive::{holds_login, is_secretish};
use crate::redact::repeats_secret;
use crate::secret::{REDACTED, SecretUri, redact_userinfo};

/// What says which model and alias a job is about.
const IDENTITIES: [&str; 4] = ["KIND", "name", "alias", "registry_name"];

/// What may stand in front of the token in a header, and is none.
const SCHEMES: [&str; 4] = ["", "bearer", "basic", "token"];

/// Returns whether a text, as it is written under a key, may hold a secret. What only names the variable or file that
/// a secret is in holds none.
pub(super) fn is_secret(key: &str, text: &str, field: Option<Field<'_>>) -> bool {
    let words = own_words(text);
    // What a variable stands for whole may be a mapping with secrets in it, and so may its default.
    let is_collection = field.is_some_and(|field| field.accepts("object") || field.accepts("array"));
    if field.is_some_and(Field::is_secret) || is_collection {
        return !SCHEMES.contains(&words.trim().to_ascii_lowercase().as_str());
    }
    // What a job is about is written as it is, whoever has the same word for a password.
    has_login(key, &words) || !IDENTITIES.contains(&key) && repeats_secret(&words)
}

/// Returns whether a key that the schema does not know may hold a secret. `key` alone names many things, and a secret
/// among them.
pub(super) fn names_secret(name: &str) -> bool {
    name.eq_ignore_ascii_case("key") || is_secretish(name)
}

/// Returns whether a text is more than what comes in from elsewhere.
pub(super) fn says_something(text: &str) -> bool {
    is_said(&own_words(text))
}

/// Returns whether an argument of a program is a secret: it holds one, or the argument before it says that one follows.
pub(super) fn given_to(before: &str, text: &str) -> bool {
    let words = own_words(text);
    let last = |words: &str| words.rsplit_once(':').is_some_and(|(_, last)| is_said(last));
    let follows = match before {
        "-H" | "--header" => last(&words),
        before if is_user(before) => last(&words),
        flag if flag.starts_with('-') && !flag.contains('=') => names_secret(bare(flag)) && is_said(&words),
        _ => false,
    };
    follows || holds_credential(text)
}

/// Returns whether a text holds a secret beside its name, as in `--token=x`, `password: x` or `Authorization: Bearer x`.
pub(super) fn holds_credential(text: &str) -> bool {
    let words = own_words(text).replace(['"', '\''], "");
    let (mut follows, mut before) = (false, "");
    for word in words.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '&' | '?' | '{' | '}' | '(' | ')')) {
        if word.is_empty() || follows && SCHEMES.contains(&word.to_ascii_lowercase().as_str()) {
            continue;
        }
        let (name, value) = word.split_once(['=', ':']).unwrap_or((word, ""));
        let is_named = names_secret(bare(name));
        // `-u me:x`, also in one.
        let login =
            if is_user(before) { Some(word) } else { word.strip_prefix("-u").or_else(|| word.strip_prefix("--user=")) };
        let has_login = login.and_then(|login| login.split_once(':')).is_some_and(|(_, password)| is_said(password));
        if is_said(word) && follows || is_named && is_said(value) || has_login {
            return true;
        }
        before = word;
        let opens = word.starts_with('-') || word.ends_with(':');
        follows = is_named && value.is_empty() && opens || word.eq_ignore_ascii_case("bearer");
    }
    false
}

/// Returns whether what follows an argument is a name and, behind a colon, a password.
fn is_user(argument: &str) -> bool {
    matches!(argument, "-u" | "--user" | "--proxy-user" | "-U")
}

fn bare(name: &str) -> &str {
    name.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Returns whether a value is written out: neither nothing, nor the way to log in, nor a variable of a shell.
fn is_said(value: &str) -> bool {
    let value = value.trim();
    let is_variable = value
        .strip_prefix('$')
        .is_some_and(|name| name.bytes().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'{' | b'}')));
    !is_variable && !SCHEMES.contains(&value.to_ascii_lowercase().as_str())
}

/// Returns whether an address in a text carries a login, or, where it is nothing but an address, a query.
fn has_login(key: &str, text: &str) -> bool {
    // What is left of a login that comes from variables.
    let text = text.replace("://:@", "://").replace("://@", "://");
    let is_prose = text.contains(char::is_whitespace);
    let shown = redact_userinfo(&text);
    let parts = || text.contains("://") && SecretUri::new(text.as_str()).to_string() != text;
    let logins = |text: &str| text.matches(&format!("://{REDACTED}@")).count();
    if is_prose {
        logins(&shown) > logins(&text)
    } else {
        shown != text || parts() || holds_login(key, &Value::from(text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(path: &[&str], text: &str) -> bool {
        let schema = crate::config::schema();
        let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        let field = Field::top(&schema).at(&path, &Value::from(0));
        is_secret(path.last().unwrap(), text, field)
    }

    #[test]
    fn what_is_written_into_a_secret_field_is_secret_and_what_comes_in_is_not() {
        let token = ["services", "mlflow", "tracking_token"];
        for text in ["hunter2", "${env:TOKEN,hunter2}", "a${env:TOKEN}", "Bearer hunter2", "$${env:TOKEN}"] {
            assert!(secret(&token, text), "{text}");
        }
        for text in ["", "${env:TOKEN}", "${file:/run/token}", "${env:TOKEN,}", "Bearer ${env:TOKEN}"] {
            assert!(!secret(&token, text), "{text}");
        }
    }

    #[test]
    fn a_login_in_an_address_is_secret_wherever_it_stands() {
        for text in [
            "http://me:pw@h",
            "http://${env:U}:pw@h",
            "${env:X,http://u:p@h}",
            "http://h?sig=x",
            "http://h/x#sig=x",
            "me:pw@h",
        ] {
            assert!(secret(&["services", "mlflow", "tracking_uri"], text), "{text}");
        }
        for text in ["http://h:5000", "http://${env:U}:${env:P}@h", "${env:URI}", "sqlite:///a.db?timeout=5"] {
            assert!(!secret(&["services", "mlflow", "tracking_uri"], text), "{text}");
        }
        assert!(secret(&["job", "message"], "see http://me:pw@h/x"));
        assert!(!secret(&["job", "message"], "see http://h/x?run=3 and me@h"));
        assert!(secret(&["job", "source"], "https://store/model?sig=hunter2"));
    }

    #[test]
    fn a_secret_beside_its_name_is_known_and_one_that_comes_in_is_none() {
        for text in [
            "--password=x",
            "TOKEN=x",
            "Authorization: Bearer x",
            "Bearer x",
            "curl --token x",
            "{\"a\": 1, \"api_key\": \"x\"}",
            "curl -H 'X-Token: x' http://h",
            "http://h/a?token=x&b=1",
            "--key=${env:X,x}",
            "curl -u me:x http://h",
            "-ume:x",
            "curl --user=me:x",
            "PGPASS=x psql",
        ] {
            assert!(holds_credential(text), "{text}");
        }
        for text in [
            "--password=${env:X}",
            "--password=",
            "Authorization: Bearer ${env:X}",
            "curl --token $TOKEN",
            "--out=x",
            "http://h/a",
            "Content-Type: text/csv",
            "sh -c 'echo token'",
            "curl -u me:${env:X} http://h",
            "sort -u a b:c",
            "-unbuffered",
        ] {
            assert!(!holds_credential(text), "{text}");
        }
    }

    #[test]
    fn the_argument_behind_a_name_is_secret() {
        for (before, text) in
            [("--password", "x"), ("-H", "X-A: x"), ("-u", "me:x"), ("--api-key", "x:"), ("--key", "x")]
        {
            assert!(given_to(before, text), "{before} {text}");
        }
        for (before, text) in [
            ("--out", "x"),
            ("--password", "${env:X}"),
            ("-H", "Authorization: Basic ${env:X}"),
            ("-u", "me:${env:X}"),
            ("echo", "x"),
        ] {
            assert!(!given_to(before, text), "{before} {text}");
        }
    }

    #[test]
    fn the_default_of_a_whole_mapping_may_be_secret() {
        let headers = ["services", "alerts", "channels"];
        assert!(secret(&headers, "${env:X,token: hunter2}"));
        assert!(!secret(&headers, "${env:X}"));
    }
}
