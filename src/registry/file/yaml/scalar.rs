//! Texts as YAML 1.1 and later read them back.

use std::fmt::Write as _;

/// Writes a text on one line, in quotes wherever it could be read as something else.
pub(super) fn scalar(text: &str) -> String {
    if is_surely_text(text) { text.to_owned() } else { quoted(text) }
}

fn is_surely_text(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(fits)
        && !words.contains(&text.to_ascii_lowercase().as_str())
}

/// Quotes a text. What PyYAML refuses in a file, or takes for the end of a line, is escaped.
fn quoted(text: &str) -> String {
    let mut shown = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => shown.extend(['\\', c]),
            '\n' => shown.push_str("\\n"),
            ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'.. => {
                shown.push(c);
            }
            _ => {
                let _ = write!(shown, "\\u{:04x}", u32::from(c));
            }
        }
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_yaml_reads_as_something_else_are_quoted() {
        for odd in [
            "yes",
            "No",
            "null",
            "1",
            "1:30",
            "2026-11-23",
            "1e5",
            "~",
            "",
            "- a",
            "a: b",
            "#",
            "{",
            "ä",
            ".inf",
            "---",
        ] {
            assert!(scalar(odd).starts_with('"'), "{odd}");
        }
        for plain in ["bikes", "READY", "s3-bucket/a_b.c", "None", "/srv/x"] {
            assert_eq!(scalar(plain), plain);
        }
        assert_eq!(scalar("a\t\u{85}\u{2028}\u{feff}\r\0b"), r#""a\u0009\u0085\u2028\ufeff\u000d\u0000b""#);
    }
}
