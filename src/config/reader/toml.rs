//! Reads TOML. Its parser refuses repeated keys and provides spans.

use std::collections::BTreeMap;
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::super::diagnostic::{Fault, Location, MOST_SHOWN};
use super::super::key_path::KeyPath;
use super::super::node::{Entry, Node, Number, SourceId, Span, Value};
use super::tree_builder::{DEEPEST, Parsed, too_deep};

/// Reads one document.
pub(super) fn read(text: &str, source: SourceId) -> Parsed {
    if let Some(span) = find_too_deep(text) {
        return Parsed { root: None, faults: vec![too_deep(span)] };
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let faults = errors.iter().take(MOST_SHOWN).map(syntax).collect();
        return Parsed { root: None, faults };
    }
    let mut reader = Reader { source, path: Vec::new(), faults: Vec::new() };
    let span = Span::new(table.span());
    let value = reader.table(table.into_inner());
    Parsed { root: Some(Node::new(value, span, source)), faults: reader.faults }
}

/// Finds the place where brackets are nested too deep, because the parser takes quadratic time for them.
fn find_too_deep(text: &str) -> Option<Span> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(next) = text[at..].find(['[', ']', '{', '}', '"', '\'', '#']) {
        at += next;
        let rest = &text[at..];
        at += match rest.as_bytes()[0] {
            b'#' => rest.find('\n').unwrap_or(rest.len()),
            b'"' | b'\'' => string_length(rest),
            opens => {
                depth = if matches!(opens, b'[' | b'{') { depth + 1 } else { depth.saturating_sub(1) };
                1
            }
        };
        if depth > DEEPEST {
            return Some(Span::new(at - 1..at));
        }
    }
    None
}

/// Returns the length of the string at the start of a text. A string that is not closed ends with its line or the text.
fn string_length(text: &str) -> usize {
    let quote = &text[..1];
    let triple = quote.repeat(3);
    let (open, end) = if text.starts_with(&triple) { (3, triple.as_str()) } else { (1, quote) };
    let mut at = open;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        match rest[0] {
            b'\\' if quote == "\"" => at += 2,
            b'\n' if open == 1 => return at,
            _ if rest.starts_with(end.as_bytes()) => return at + open,
            _ => at += 1,
        }
    }
    text.len()
}

fn syntax(error: &toml::de::Error) -> Fault {
    let location = error.span().map_or(Location::Whole, |span| Location::at(Span::new(span)));
    match error.message() {
        "duplicate key" => Fault::new(location, "this key is repeated").help("keep one of them".to_owned()),
        message => Fault::new(location, format!("this is not TOML: {}", message.replace('\n', ", "))),
    }
}

struct Reader {
    source: SourceId,
    path: Vec<String>,
    faults: Vec<Fault>,
}

impl Reader {
    fn table(&mut self, table: DeTable<'_>) -> Value {
        let mut map = BTreeMap::new();
        for (key, value) in table {
            let key_span = Span::new(key.span());
            self.path.push(key.into_inner().into_owned());
            let node = self.node(value);
            map.extend(self.path.pop().map(|key| (key, Entry { key_span, node })));
        }
        Value::Map(Rc::new(map.into()))
    }

    fn node(&mut self, value: Spanned<DeValue<'_>>) -> Node {
        let span = Span::new(value.span());
        let value = match value.into_inner() {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => Value::Number(to_integer(&number).unwrap_or_else(|| {
                let location = Location::Span(span, Some(KeyPath::from(self.path.clone())));
                let fault = Fault::new(location, "the whole number is larger than any field takes");
                self.faults.push(fault.help("if it is meant as text, quote it".to_owned()));
                Number::Unsigned(0)
            })),
            DeValue::Float(number) => Value::Number(Number::Float(number.as_str().parse().unwrap_or(f64::NAN))),
            DeValue::Boolean(truth) => Value::Bool(truth),
            DeValue::Datetime(time) => Value::Text(time.to_string()),
            DeValue::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (place, item) in items.into_iter().enumerate() {
                    self.path.push(place.to_string());
                    list.push(self.node(item));
                    self.path.pop();
                }
                Value::List(Rc::new(list))
            }
            DeValue::Table(table) => self.table(table),
        };
        Node::new(value, span, self.source)
    }
}

fn to_integer(number: &DeInteger<'_>) -> Option<Number> {
    let (digits, radix) = (number.as_str(), number.radix());
    match u64::from_str_radix(digits, radix) {
        Ok(number) => Some(Number::Unsigned(number)),
        Err(_) => i64::from_str_radix(digits, radix).ok().map(Number::Negative),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<Fault> {
        read(text, SourceId::default()).faults
    }

    #[test]
    fn dates_are_text_and_numbers_keep_their_radix() {
        let root = read("a = 2026-01-02\nb = 0x10\nc = 1_000\nd = -4\ne = inf", SourceId::default()).root.unwrap();
        let value = |key: &str| root.child(key).unwrap().value.clone();
        assert_eq!(value("a"), Value::Text("2026-01-02".to_owned()));
        assert_eq!(value("b"), Value::Number(Number::Unsigned(16)));
        assert_eq!(value("c"), Value::Number(Number::Unsigned(1000)));
        assert_eq!(value("d"), Value::Number(Number::Negative(-4)));
        assert_eq!(value("e"), Value::Number(Number::Float(f64::INFINITY)));
    }

    #[test]
    fn a_repeated_key_has_a_location() {
        let text = "[job]\nalias = \"a\"\nalias = \"b\"";
        let fault = faults(text).remove(0);
        let Location::Span(span, _) = fault.location else { panic!("{fault:?}") };
        assert_eq!(span.line_and_column(text), (3, 0));
        assert_eq!(fault.message, "this key is repeated");
    }

    #[test]
    fn a_number_beyond_64_bits_is_refused_at_its_key() {
        let fault = faults("[job]\nversion = 99999999999999999999").remove(0);
        assert_eq!(fault.location.path(), Some(&KeyPath::new(&["job", "version"])));
    }
}
