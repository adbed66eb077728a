//! Writing texts so that YAML 1.1 and later read them back unchanged.

use std::fmt::Write as _;

/// Formats a text on one line, with quotes if it could be read as another type.
pub(super) fn format_scalar(text: &str) -> String {
    if is_surely_text(text) { text.to_owned() } else { quote(text) }
}

fn is_surely_text(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(fits)
        && !words.contains(&text.to_ascii_lowercase().as_str())
}

/// Quotes a text, and escapes the characters that PyYAML refuses or takes for line breaks.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'.. => {
                quoted.push(c);
            }
            _ => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_yaml_reads_as_another_type_are_quoted() {
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
            assert!(format_scalar(odd).starts_with('"'), "{odd}");
        }
        for plain in ["bikes", "READY", "s3-bucket/a_b.c", "None", "/srv/x"] {
            assert_eq!(format_scalar(plain), plain);
        }
        assert_eq!(format_scalar("a\t\u{85}\u{2028}\u{feff}\r\0b"), r#""a\u0009\u0085\u2028\ufeff\u000d\u0000b""#);
    }
}
