//! Logins and queries of URLs, which may be secrets.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::secret_names::is_secret_name;
use super::secrets::REDACTED;

/// The shortest user name without a password that counts as a token, in bytes.
const MIN_TOKEN_LENGTH: usize = 8;

/// Characters that end a URL within a text.
const URL_END: [char; 6] = [' ', '\t', '\n', '"', '`', '>'];
/// Characters that may follow a `'` that ends a URL. Before any other, the `'` is a part of a password.
const AFTER_QUOTE: [char; 8] = [',', '.', ';', ':', ')', ']', '}', '\''];

/// Hides the `user:password@` of every URL in a text, and its query, which may be a token, unless it is a database's.
///
/// ```
/// let shown = runner::secret::redact_userinfo("http://me:hunter2@mlflow:5000/path");
/// assert_eq!(shown, "http://***@mlflow:5000/path");
/// ```
pub fn redact_userinfo(text: &str) -> String {
    hide_userinfo(text).into_owned()
}

/// Does the same as [`redact_userinfo`], and copies no text in which there is nothing to hide.
pub(super) fn hide_userinfo(text: &str) -> Cow<'_, str> {
    // A login ends in an `@` and a query begins with a `?`. Most texts have neither.
    match text.as_bytes().contains(&b'@') || text.as_bytes().contains(&b'?') {
        true => Cow::Owned(rewrite_urls(text)),
        false => Cow::Borrowed(text),
    }
}

fn rewrite_urls(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = next_authority(rest) {
        let (before, after) = rest.split_at(at);
        shown.push_str(before);
        let end = url_end(after);
        rest = match after[..end].rfind('@') {
            Some(at) if may_be_login(&after[..at]) => {
                shown.push_str(REDACTED);
                &after[at..]
            }
            _ => after,
        };
        let end = url_end(rest);
        if let Some(query) = rest[..end].find('?').filter(|_| !before.ends_with("sqlite://")) {
            shown.push_str(&rest[..=query]);
            shown.push_str(REDACTED);
            // Punctuation at the end belongs to the sentence.
            let end = rest[..end].trim_end_matches(AFTER_QUOTE).len().max(query + 1);
            rest = &rest[end..];
        }
    }
    shown.push_str(rest);
    shown
}

/// Returns where a URL at the start of a text ends.
fn url_end(text: &str) -> usize {
    let end = text.find(URL_END).unwrap_or(text.len());
    let closes = |at: &usize| text[at + 1..end].is_empty() || text[at + 1..].starts_with(AFTER_QUOTE);
    text[..end].match_indices('\'').map(|(at, _)| at).find(closes).unwrap_or(end)
}

/// Returns where the authority of the next URL in a text begins, even if the slashes before it are missing.
fn next_authority(text: &str) -> Option<usize> {
    text.match_indices(':').find_map(|(colon, _)| {
        let (before, after) = (&text[..colon], &text[colon + 1..]);
        let is_http = || before.ends_with("http") || before.ends_with("https");
        if after.starts_with("//") { Some(colon + "://".len()) } else { is_http().then_some(colon + 1) }
    })
}

/// Returns whether the text between `://` and an `@` may be a login, rather than a host with a path.
///
/// A password that is not percent-encoded may contain anything. A host is followed by its path, or by `:` and a port.
pub(super) fn may_be_login(text: &str) -> bool {
    let authority = text.find(['/', '?', '#', ' ']).map_or(text, |end| &text[..end]);
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    // With one slash too many, the host is missing and a login may follow: `http:///me:hunter2@host`.
    let has_extra_slash = authority.is_empty() && text.contains(':');
    let is_host = authority.len() < text.len()
        && !has_extra_slash
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()));
    !is_host
}

/// Returns the decoded user name and password of a URL; `None` where there is no password. A long user name without a
/// password may be a token, and is returned as the password.
pub(super) fn login_in_url(url: &str) -> Option<(String, String)> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (login, _) = rest.rsplit_once('@')?;
    if scheme.starts_with("http") && !login.contains([':', '/']) && login.len() >= MIN_TOKEN_LENGTH {
        return Some((String::new(), decode(login)));
    }
    let (username, password) = login.split_once(':').filter(|(_, password)| !password.is_empty())?;
    // A host with a port and a path that contains an `@` is not a login.
    let is_port = password.split('/').next().is_some_and(|port| port.bytes().all(|digit| digit.is_ascii_digit()));
    (!password.contains('/') || !is_port).then(|| (decode(username), decode(password)))
}

/// Returns the decoded values in the query of a URL that are named like secrets.
pub(super) fn secrets_in_query(url: &str) -> impl Iterator<Item = String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split(['&', ';', '#']).filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| is_secret_name(&decode(name))).map(|(_, value)| decode(value))
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_url_without_a_login_is_unchanged(
            parts in prop::collection::vec(
                prop::sample::select(vec!["http", "sqlite", ":", "//", "me", "@", "?", "'", " ", "\n", "é", "/h", "#"]),
                0..12,
            ),
        ) {
            let text = parts.concat();
            prop_assert_eq!(redact_userinfo(&text), rewrite_urls(&text));
        }

        #[test]
        fn an_authority_begins_after_the_first_scheme_with_or_without_slashes(
            parts in prop::collection::vec(prop::sample::select(vec!["http", "https", ":", "/", "s", "é", "@"]), 0..9),
        ) {
            let text = parts.concat();
            let begins = |end: &usize| {
                let (before, after) = text.split_at(*end);
                let slips = before.ends_with("http:") || before.ends_with("https:");
                before.ends_with("://") || slips && !after.starts_with("//")
            };
            let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
            prop_assert_eq!(next_authority(&text), ends.into_iter().find(begins));
        }
    }

    #[test]
    fn the_login_of_a_url_is_decoded() {
        let login = |address: &str| login_in_url(address).map(|(name, password)| format!("{name} {password}"));
        assert_eq!(login("http://me:p%40w@h:1/x").as_deref(), Some("me p@w"));
        assert_eq!(login("http://me:it's@h").as_deref(), Some("me it's"));
        assert_eq!(login("me:pw@h").as_deref(), Some("me pw"));
        assert_eq!(login("https://ghp_0123456789@h").as_deref(), Some(" ghp_0123456789"));
        for address in ["http://h:5000/a@b", "http://h/x", "me@h", "http://me@h", "http://me:@h"] {
            assert_eq!(login(address), None, "{address}");
        }
    }
}
