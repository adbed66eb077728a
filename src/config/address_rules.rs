//! Refuses texts that cannot be the address of a registry, channel or endpoint, such as one with a variable that was
//! not filled in.

use super::diagnostic::Problem;
use crate::secret::unencoded_in_login;

/// Checks that a text, already trimmed, can be an address.
///
/// # Errors
/// Describes what no address contains. The error does not repeat the text, because it may contain a secret.
pub(super) fn check(text: &str) -> Result<(), Problem> {
    let refuse = |message: &str, help: &str| Err(Problem::new(message, help));
    if text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']) {
        return refuse(
            "the quotes around the address are part of it",
            "remove them: the files of `docker --env-file` and most CI systems keep quotes as they are",
        );
    }
    if text.chars().any(char::is_control) {
        return refuse("the address holds a line break or another control character", "write it on one line");
    }
    let lower = text.to_ascii_lowercase();
    let is_slip = ["http", "https"].iter().any(|scheme| {
        let rest = lower.strip_prefix(scheme).filter(|rest| rest.starts_with([':', '/', ';', '\\']));
        rest.is_some_and(|rest| !rest.starts_with("://"))
    });
    if is_slip {
        return refuse(
            "the address begins with `http` without `://` behind it",
            "write it as `http://host:5000` or `https://host/path`",
        );
    }
    if let Some(letter) = unencoded_in_login(text) {
        let code = format!("%{:02X}", u32::from(letter));
        return refuse(
            &format!("the password in the address holds a `{letter}`, which ends the name of a host"),
            &format!(
                "write `{code}` for it; or give the login in fields or variables of its own, where nothing is encoded"
            ),
        );
    }
    // The login and the query are skipped: they may contain any character.
    let rest = match text.split_once("://") {
        Some((_, rest)) => rest.rsplit_once('@').map_or(rest, |(_, rest)| rest),
        None => text,
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !host.is_ascii() && ["http://", "https://", "smtp://", "smtps://"].iter().any(|scheme| lower.starts_with(scheme))
    {
        return refuse(
            "the name of the host holds letters beyond ASCII, which are not supported",
            "write its ASCII form, whose parts begin with `xn--`",
        );
    }
    let rest = rest.split('?').next().unwrap_or_default();
    match rest.find(['"', '\'', '$', '<', '>', '{', '}']).map(|at| rest.as_bytes()[at]) {
        None => Ok(()),
        Some(b'"' | b'\'') => refuse(
            "the address holds a quote, which no address does",
            "remove it, or write `%22` for `\"` and `%27` for `'`",
        ),
        Some(b'$') => refuse(
            "the address holds a `$`: a variable in it was not filled in",
            "write `${env:NAME}` in a config; in a variable, nothing is filled in",
        ),
        Some(_) => refuse(
            "the address holds `<`, `>`, `{` or `}`: a placeholder in it was not filled in",
            "write the address itself",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_address_is_refused_and_not_repeated() {
        for (text, words) in [
            ("\"http://hunter2:5000\"", "quotes around"),
            ("'http://hunter2:5000'", "quotes around"),
            ("http://hunter2:5000\"", "quotes around"),
            ("http://hun\"ter2:5000", "a quote"),
            ("http://$HUNTER2:5000", "`$`"),
            ("${HUNTER2}", "`$`"),
            ("http://<hunter2>:5000", "placeholder"),
            ("http://{{ hunter2 }}:5000", "placeholder"),
            ("http//hunter2:5000", "without `://`"),
            ("http:/hunter2:5000", "without `://`"),
            ("https:hunter2", "without `://`"),
            ("HTTP;//hunter2", "without `://`"),
            ("http:\\\\hunter2", "without `://`"),
            ("http://a\nhunter2", "line break"),
            ("http://user:hunter2#x@127.0.0.1:5000", "holds a `#`"),
            ("https://user:hunter2/x@host/path", "holds a `/`"),
            ("https://user:hunter2@bücher.example/path", "beyond ASCII"),
            ("smtps://日本.example:465", "beyond ASCII"),
        ] {
            let refused = check(text).unwrap_err();
            assert!(refused.message.contains(words), "{text}: {refused:?}");
            assert!(!format!("{refused:?}").to_lowercase().contains("hunter2"), "{refused:?}");
        }
    }

    #[test]
    fn a_plausible_address_is_accepted() {
        for text in [
            "http://mlflow:5000",
            "https://xn--bcher-kva.example/bücher?q=ü",
            "https://ü:ü@host",
            "databricks://prüfung",
            "https://user:p$a'{s}s@host/ml",
            "https://host/hook?$filter=a&b={c}",
            "https://host/path@v2",
            "sqlite:///mlflow.db?timeout=5",
            "sqlite:////srv/a b.db",
            "file:./mlruns",
            "./mlruns",
            "/srv/a@b:c#d",
            "httpd/mlruns",
            "databricks-uc://prod",
            "smtps://me%40corp:pw@mail:465",
            "",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }
}
