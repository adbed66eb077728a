//! Lines of a config as they may be shown: never with a secret in them.

use super::document::{Document, Format};
use super::position::Spot;
use super::problem::ShownLine;
use crate::secret::{REDACTED, redact_userinfo};

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
/// How many characters behind a spot are kept.
const BEHIND: usize = 200;

/// Returns whether a key by this name may hold a secret; also one that is mistyped.
pub(super) fn is_secretish(name: &str) -> bool {
    let name = name.to_lowercase();
    let near = |word: &str| {
        SECRET.iter().filter(|secret| secret.len() > 4).any(|secret| {
            let limit = if secret.len() > 5 { 2 } else { 1 };
            strsim::damerau_levenshtein(word, secret) <= limit
        })
    };
    SECRET.iter().any(|secret| name.contains(secret)) || name.split(['_', '-', '.', ' ']).any(near)
}

/// Shows the line of a spot, with what may be secret masked and the spot underlined.
pub(super) fn shown_line(document: &Document, spot: Spot) -> Option<ShownLine> {
    let lines: Vec<&str> = document.text.lines().take(spot.line).collect();
    let whole = lines.last().filter(|_| lines.len() == spot.line)?;
    let line = masked(document.format, &lines);
    let is_masked = line != **whole;
    // The renderer cuts what is before the spot; what is far behind it would only take time.
    let shown: String = line.chars().take(spot.column + BEHIND).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let last = shown.char_indices().last().map_or(0, |(at, _)| at);
    let start = if is_masked { byte_at(&shown, spot.column).min(last) } else { byte_at(&shown, spot.column) };
    let length = if is_masked { 1 } else { spot.length };
    let end = byte_at(&shown, shown[..start].chars().count() + length);
    Some(ShownLine { number: spot.line, text: shown, caret: (start, end) })
}

/// Masks the last of these lines.
fn masked(format: Format, lines: &[&str]) -> String {
    let Some((line, above)) = lines.split_last() else { return String::new() };
    if continues_a_secret(format, line, above) {
        return REDACTED.to_owned();
    }
    let Some(end) = first_secret(format, line) else { return redact_userinfo(line) };
    let rest = &line[end..];
    // A value that opens a mapping or stands on the next line hides nothing here.
    let harmless = rest.trim().is_empty() || matches!(rest.trim(), "{" | "[" | "|" | ">" | "|-" | ">-");
    if harmless { redact_userinfo(line) } else { format!("{} {REDACTED}", redact_userinfo(&line[..end])) }
}

/// Returns where the value of the first secret key of a line starts.
fn first_secret(format: Format, line: &str) -> Option<usize> {
    let separators: &[char] = if format == Format::Toml { &['=', '.', ']'] } else { &[':'] };
    line.char_indices().filter(|(_, c)| separators.contains(c)).map(|(at, c)| (at, at + c.len_utf8())).find_map(
        |(at, end)| {
            let key = line[..at].trim_end().trim_end_matches(['"', '\'']);
            let name = key.rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).next()?;
            is_secretish(name).then_some(end)
        },
    )
}

/// Returns whether a line belongs to a secret value that started above it.
fn continues_a_secret(format: Format, line: &str, above: &[&str]) -> bool {
    let triple = |quotes: &str| above.iter().map(|line| line.matches(quotes).count()).sum::<usize>() % 2 == 1;
    if format == Format::Toml {
        return triple("\"\"\"") || triple("'''");
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut depth = indent(line);
    let mut has_key = line.contains(':');
    for line in above.iter().rev().filter(|line| !line.trim().is_empty()) {
        let is_parent = indent(line) < depth;
        if is_parent || !has_key {
            if first_secret(format, line).is_some() {
                return true;
            }
            has_key |= line.contains(':');
        }
        depth = depth.min(indent(line));
        if depth == 0 && has_key {
            break;
        }
    }
    false
}

fn byte_at(text: &str, column: usize) -> usize {
    text.char_indices().nth(column).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(format: Format, text: &str) -> String {
        let text = text.to_owned();
        let line = text.lines().count();
        let document = Document { name: "a".into(), text, format };
        shown_line(&document, Spot { line, column: 0, length: 1 }).unwrap().text
    }

    #[test]
    fn a_login_in_front_of_a_masked_value_is_hidden_too() {
        let line = shown(Format::Yaml, "mlflow: { tracking_ur: \"http://me:hunter2@x\", password: hunter3 }");
        assert_eq!(line, "mlflow: { tracking_ur: \"http://***@x\", password: ***");
    }

    #[test]
    fn names_of_secrets_are_known_also_when_mistyped() {
        for name in ["tracking_password", "trackin_pasword", "tokn", "API_KEY", "slack_webhok", "credentials"] {
            assert!(is_secretish(name), "{name}");
        }
        for name in ["alias", "version", "message", "tracking_uri", "registry_name", "job"] {
            assert!(!is_secretish(name), "{name}");
        }
    }

    #[test]
    fn no_way_to_write_a_secret_shows_it() {
        let yaml = [
            "tracking_password: hunter2",
            "mlflow: {tracking_username: me, tracking_token: \"hunter2\", x: 1}",
            "tracking_pasword: hunter2",
            "'my token': hunter2",
            "uri: http://me:hunter2@host/",
            "tracking_password:\n  hunter2",
            "tracking_password: |\n  x\n  hunter2",
            "tracking_password: |\n  a: hunter2",
            "tracking_password: \"x\n  y\n  hunter2",
            "{\n  \"tracking_token\":\n  \"hunter2\"",
        ];
        for text in yaml {
            assert!(!shown(Format::Yaml, text).contains("hunter2"), "{text}");
        }
        let toml = [
            "tracking_password = 'hunter2'",
            "m = {a = 1, token = 'hunter2'}",
            "token = \"\"\"\nabc==\nhunter2",
            "services.mlflow.\"tracking_token\" = 'hunter2'",
            "webhook.x = 'hunter2'",
        ];
        for text in toml {
            assert!(!shown(Format::Toml, text).contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        assert_eq!(shown(Format::Yaml, "services:\n  mlflow: {}\njob: {alias: x}"), "job: {alias: x}");
        assert_eq!(shown(Format::Yaml, "a:\n  tracking_token: x\n  alias: y"), "  alias: y");
    }

    #[test]
    fn a_long_line_is_cut_behind_the_spot() {
        let text = format!("{}X{}", "a".repeat(1000), "b".repeat(1000));
        let document = Document { name: "a".into(), text, format: Format::Yaml };
        let line = shown_line(&document, Spot { line: 1, column: 1000, length: 1 }).unwrap();
        assert_eq!(&line.text[line.caret.0..line.caret.1], "X");
        assert!(line.text.len() == 1000 + BEHIND);
    }
}
