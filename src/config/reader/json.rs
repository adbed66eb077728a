//! Reads JSON. serde_json checks the syntax, then a scanner emits events with spans.

use serde::de::IgnoredAny;

use super::super::diagnostic::{Fault, Location};
use super::super::node::{Number, SourceId, Span, Value};
use super::tree_builder::{Parsed, TreeBuilder};

/// Reads one document.
pub(super) fn read(text: &str, source: SourceId) -> Parsed {
    let mut scanner = Scanner { text, at: 0, builder: TreeBuilder::new(text, source) };
    let end = check_syntax(text).and_then(|()| scanner.read());
    scanner.builder.finish(end)
}

/// Checks the syntax, so that the scanner can rely on it.
fn check_syntax(text: &str) -> Result<(), Fault> {
    // Errors of serde_json are clearer when it builds a value.
    let checked = serde_json::from_str::<IgnoredAny>(text).map(drop);
    checked.or_else(|_| serde_json::from_str::<serde_json::Value>(text).map(drop)).map_err(|error| {
        let start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        // serde_json's column counts bytes.
        let at = (start + error.column().saturating_sub(1)).min(text.len());
        syntax(Span::new(at..at), &error)
    })
}

fn syntax(span: Span, error: &serde_json::Error) -> Fault {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    Fault::new(Location::at(span), format!("this is not JSON: {message}"))
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    builder: TreeBuilder<'t>,
}

impl Scanner<'_> {
    fn read(&mut self) -> Result<(), Fault> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            let start = self.at;
            self.at += 1;
            match byte {
                b'{' => self.builder.open_map(0, Span::new(start..self.at))?,
                b'[' => self.builder.open_list(0, Span::new(start..self.at))?,
                b'}' | b']' => self.builder.close()?,
                b'"' => {
                    self.skip_string();
                    let text = self.decode(start)?;
                    self.builder.scalar(Value::Text(text), 0, false, Span::new(start..self.at))?;
                }
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => {}
                _ => {
                    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                    self.at += bytes[self.at..].iter().take_while(|byte| is_part(byte)).count();
                    let value = self.literal(start)?;
                    self.builder.scalar(value, 0, false, Span::new(start..self.at))?;
                }
            }
        }
        Ok(())
    }

    /// Moves past the closing quote of a string.
    fn skip_string(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'"' => return,
                _ => {}
            }
        }
    }

    fn decode<'de, T: serde::Deserialize<'de>>(&'de self, start: usize) -> Result<T, Fault> {
        serde_json::from_str(self.text.get(start..self.at).unwrap_or_default())
            .map_err(|error| syntax(Span::new(start..self.at), &error))
    }

    fn literal(&self, start: usize) -> Result<Value, Fault> {
        Ok(match &self.text[start..self.at] {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => {
                let number: serde_json::Number = self.decode(start)?;
                Value::Number(match (number.as_u64(), number.as_i64()) {
                    (Some(number), _) => Number::Unsigned(number),
                    (_, Some(number)) => Number::Negative(number),
                    _ => Number::Float(number.as_f64().unwrap_or(f64::NAN)),
                })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::node::Node;
    use super::*;

    fn faults(text: &str) -> Vec<Fault> {
        read(text, SourceId::default()).faults
    }

    fn root(text: &str) -> Node {
        let parsed = read(text, SourceId::default());
        assert_eq!(parsed.faults, [], "{text}");
        parsed.root.unwrap()
    }

    #[test]
    fn repeated_keys_are_refused_at_every_depth() {
        assert_eq!(faults(r#"{"a": [{"b": 1, "b": 2}], "c": 1, "c": 2}"#).len(), 2);
    }

    #[test]
    fn a_syntax_error_has_a_location() {
        let text = "{\n  \"a\": }";
        let fault = faults(text).remove(0);
        let Location::Span(span, _) = fault.location else { panic!("{fault:?}") };
        assert_eq!(span.line_and_column(text), (2, 7));
        assert!(!fault.message.contains("line"), "{}", fault.message);
    }

    #[test]
    fn invalid_json_is_refused() {
        for text in ["{a: 1}", "[1,]", "{\"a\": 1} x", "\"\\ud83d\"", "[01]", "[1e999]", "// x\n1", "'x'", "\"\n\""] {
            assert_eq!(faults(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn keys_and_values_have_spans_in_any_json() {
        let text = "{\n\t\"a\": {\"\\ud83d\\ude00\": [1, {\"b\": \"\\\"x}\"}]},\n\t\"long\": true}";
        let root = root(text);
        let at = |keys: &[&str]| root.get(keys).map(|node| node.span.line_and_column(text));
        assert_eq!(at(&["a", "\u{1f600}", "1", "b"]), Some((2, 33)));
        assert_eq!(at(&["long"]), Some((3, 9)));
        assert_eq!(root.as_map().unwrap().get("a").unwrap().key_span.line_and_column(text), (2, 1));
    }
}
