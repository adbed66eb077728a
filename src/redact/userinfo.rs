//! The logins of addresses in a text, whether anybody registered them or not.

use std::borrow::Cow;

use super::{REDACTED, redact};

/// What cannot stand in a URL that is part of a text.
const ENDS_A_URL: [char; 6] = [' ', '\t', '\n', '"', '`', '>'];
/// What may follow a `'` that ends a URL; before anything else, it is a letter of a password.
const FOLLOWS_A_QUOTE: [char; 8] = [',', '.', ';', ':', ')', ']', '}', '\''];

/// Hides the secrets of this process in a text, and the logins of addresses.
pub fn redact_message(text: &str) -> String {
    hide_all(text).into_owned()
}

/// Does the same as [`redact_message`] in place: a batch keeps thousands of texts, of which hardly one has to change.
pub fn redact_in_place(text: &mut String) {
    if let Cow::Owned(redacted) = hide_all(text) {
        *text = redacted;
    }
}

fn hide_all(text: &str) -> Cow<'_, str> {
    match redact(text) {
        Cow::Borrowed(text) => hide_userinfo(text),
        Cow::Owned(text) => Cow::Owned(redact_userinfo(&text)),
    }
}

/// Replaces the `user:password@` of every URL in a text and, but for a database's, its query, which may be a token:
/// `http://me:hunter2@mlflow:5000/path` becomes `http://***@mlflow:5000/path`.
pub fn redact_userinfo(text: &str) -> String {
    hide_userinfo(text).into_owned()
}

fn hide_userinfo(text: &str) -> Cow<'_, str> {
    // Only a login, which ends in an `@`, and a query change anything, and most texts have neither.
    match text.as_bytes().contains(&b'@') || text.as_bytes().contains(&b'?') {
        true => Cow::Owned(rewrite_urls(text)),
        false => Cow::Borrowed(text),
    }
}

fn rewrite_urls(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = authority_of_next(rest) {
        let (before, after) = rest.split_at(at);
        shown.push_str(before);
        let end = end_of_url(after);
        rest = match after[..end].rfind('@') {
            Some(at) if may_be_login(&after[..at]) => {
                shown.push_str(REDACTED);
                &after[at..]
            }
            _ => after,
        };
        let end = end_of_url(rest);
        if let Some(query) = rest[..end].find('?').filter(|_| !before.ends_with("sqlite://")) {
            shown.push_str(&rest[..=query]);
            shown.push_str(REDACTED);
            // A sentence goes on behind it.
            let end = rest[..end].trim_end_matches(FOLLOWS_A_QUOTE).len().max(query + 1);
            rest = &rest[end..];
        }
    }
    shown.push_str(rest);
    shown
}

/// Returns where a URL ends that is part of a text.
fn end_of_url(text: &str) -> usize {
    let end = text.find(ENDS_A_URL).unwrap_or(text.len());
    let closes = |at: &usize| text[at + 1..end].is_empty() || text[at + 1..].starts_with(FOLLOWS_A_QUOTE);
    text[..end].match_indices('\'').map(|(at, _)| at).find(closes).unwrap_or(end)
}

/// Returns where what follows the scheme of the next URL begins, also of one whose slashes were left out.
fn authority_of_next(text: &str) -> Option<usize> {
    text.match_indices(':').find_map(|(colon, _)| {
        let (before, after) = (&text[..colon], &text[colon + 1..]);
        let is_slip = || before.ends_with("http") || before.ends_with("https");
        if after.starts_with("//") { Some(colon + "://".len()) } else { is_slip().then_some(colon + 1) }
    })
}

/// Returns whether what stands between `://` and an `@` may be a login, rather than a host with a path behind it.
///
/// A password that was not percent-encoded may hold anything. A host is followed by its path, or by `:` and a port.
pub(crate) fn may_be_login(text: &str) -> bool {
    let authority = text.find(['/', '?', '#', ' ']).map_or(text, |end| &text[..end]);
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    // Where a slash stands first, a host is missing, and what was meant for one may follow: `http:///me:hunter2@host`.
    let is_slip = authority.is_empty() && text.contains(':');
    let is_host = authority.len() < text.len()
        && !is_slip
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()));
    !is_host
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_that_is_not_rewritten_has_nothing_to_hide(
            parts in prop::collection::vec(
                prop::sample::select(vec!["http", "sqlite", ":", "//", "me", "@", "?", "'", " ", "\n", "é", "/h", "#"]),
                0..12,
            ),
        ) {
            let text = parts.concat();
            prop_assert_eq!(redact_userinfo(&text), rewrite_urls(&text));
            let mut message = text.clone();
            redact_in_place(&mut message);
            prop_assert_eq!(message, redact_message(&text));
        }

        #[test]
        fn a_url_begins_after_the_first_scheme_with_its_slashes_or_without(
            parts in prop::collection::vec(prop::sample::select(vec!["http", "https", ":", "/", "s", "é", "@"]), 0..9),
        ) {
            let text = parts.concat();
            let begins = |end: &usize| {
                let (before, after) = text.split_at(*end);
                let slips = before.ends_with("http:") || before.ends_with("https:");
                before.ends_with("://") || slips && !after.starts_with("//")
            };
            let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
            prop_assert_eq!(authority_of_next(&text), ends.into_iter().find(begins));
        }
    }
}
