//! From the parts of a file to its text.

use std::fmt::Write as _;

use super::{Mapping, Node};

impl Mapping {
    /// Writes the document.
    pub(in crate::registry::file) fn to_yaml(&self) -> String {
        let mut yaml = String::new();
        self.write(0, &mut yaml);
        yaml
    }

    fn write(&self, indent: usize, yaml: &mut String) {
        for (key, value) in &self.0 {
            let _ = write!(yaml, "{:indent$}{}:", "", key.on_a_line());
            value.write(indent, yaml);
        }
    }
}

impl Node {
    /// Writes what stands behind `key:` or `-`, to the end of the line and below it.
    fn write(&self, indent: usize, yaml: &mut String) {
        match self {
            Self::Mapping(mapping) if !mapping.0.is_empty() => {
                yaml.push('\n');
                mapping.write(indent + 2, yaml);
            }
            Self::List(items) if !items.is_empty() => {
                yaml.push('\n');
                for item in items {
                    let _ = write!(yaml, "{:1$}-", "", indent + 2);
                    item.write(indent + 2, yaml);
                }
            }
            _ => {
                let _ = writeln!(yaml, " {}", self.on_a_line());
            }
        }
    }

    fn on_a_line(&self) -> String {
        match self {
            Self::Mapping(_) => "{}".to_owned(),
            Self::List(_) => "[]".to_owned(),
            Self::Scalar { text, plain: true } if text.is_empty() => "null".to_owned(),
            Self::Scalar { text, plain: true } if !text.contains('\n') => text.clone(),
            Self::Scalar { text, .. } => quoted(text),
        }
    }
}

/// Returns whether a text is read as that text where it stands without quotes, by YAML 1.1 and later.
pub(super) fn is_surely_text(text: &str) -> bool {
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
        for odd in
            ["yes", "No", "null", "1", "1:30", "2026-11-23", "1e5", "~", "", "- a", "a: b", "#", "{", "ä", ".inf"]
        {
            assert!(Node::text(odd).on_a_line().starts_with('"'), "{odd}");
        }
        for plain in ["bikes", "READY", "s3-bucket/a_b.c", "None", "/srv/x"] {
            assert_eq!(Node::text(plain).on_a_line(), plain);
        }
        assert_eq!(
            Node::text("a\t\u{85}\u{2028}\u{feff}\r\0b").on_a_line(),
            r#""a\u0009\u0085\u2028\ufeff\u000d\u0000b""#
        );
    }
}
