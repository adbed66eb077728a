//! What of a written config is no part of a plan.

use figment::value::Value;

use crate::config::fields::Field;
use crate::config::interpolate::own_words;
use crate::config::sensitive::holds_login;
use crate::secret::{REDACTED, redact_userinfo};

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
    has_login(key, &words)
}

/// Returns whether an address in a text carries a login, or, where it is nothing but an address, a query.
fn has_login(key: &str, text: &str) -> bool {
    // What is left of a login that comes from variables.
    let text = text.replace("://:@", "://").replace("://@", "://");
    let is_prose = text.contains(char::is_whitespace);
    let shown = redact_userinfo(&text);
    let logins = |text: &str| text.matches(&format!("://{REDACTED}@")).count();
    if is_prose { logins(&shown) > logins(&text) } else { shown != text || holds_login(key, &Value::from(text)) }
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
        for text in ["http://me:pw@h", "http://${env:U}:pw@h", "${env:X,http://u:p@h}", "http://h?sig=x", "me:pw@h"] {
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
    fn the_default_of_a_whole_mapping_may_be_secret() {
        let headers = ["services", "alerts", "channels"];
        assert!(secret(&headers, "${env:X,token: hunter2}"));
        assert!(!secret(&headers, "${env:X}"));
    }
}
