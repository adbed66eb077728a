//! TOML, whose parser refuses repeated keys and knows where everything is.

use figment::value::{Dict, Value};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::budget::{self, DEEPEST};
use super::position::{Positions, Spot, Spots, TOP};
use super::problem::{Fault, MOST_SHOWN, Place};
use super::tree::KeyPath;

/// Parses one document.
pub(super) fn parse(text: &str) -> Result<Value, Vec<Fault>> {
    check_depth(text).map_err(|fault| vec![*fault])?;
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let lines = Lines::of(text);
        return Err(errors.iter().take(MOST_SHOWN).map(|error| syntax(&lines, error)).collect());
    }
    let mut faults = Vec::new();
    let value = convert_table(table.into_inner(), &KeyPath::default(), &mut faults);
    if faults.is_empty() { Ok(value) } else { Err(faults) }
}

/// Finds where every key and value is.
pub(super) fn positions(text: &str) -> Positions {
    let mut positions = Positions::default();
    if check_depth(text).is_err() {
        return positions.incomplete();
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    locate_table(table.get_ref(), TOP, &Lines::of(text), &mut positions);
    if errors.is_empty() { positions } else { positions.incomplete() }
}

/// Refuses a text that opens far more brackets than it closes, which takes the parser the square of its length.
fn check_depth(text: &str) -> Result<(), Box<Fault>> {
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
            let spot = Lines::of(text).spot(&(at - 1..at));
            return Err(Box::new(budget::too_deep(Place::Spot { line: spot.line, column: spot.column })));
        }
    }
    Ok(())
}

/// Returns how long the string is that a text begins with; one that is not closed ends with its line, or the text.
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

fn syntax(lines: &Lines<'_>, error: &toml::de::Error) -> Fault {
    let place = error.span().map_or(Place::Whole, |span| {
        let spot = lines.spot(&span);
        Place::Spot { line: spot.line, column: spot.column }
    });
    match error.message() {
        "duplicate key" => Fault::new(place, "this key is repeated").help("keep one of them".to_owned()),
        told => Fault::new(place, format!("this is not TOML: {}", told.replace('\n', ", "))),
    }
}

fn convert_table(table: DeTable<'_>, path: &KeyPath, faults: &mut Vec<Fault>) -> Value {
    let mut dict = Dict::new();
    for (key, value) in table {
        let key = key.into_inner().into_owned();
        let value = convert(value.into_inner(), &path.child(&key), faults);
        dict.insert(key, value);
    }
    dict.into()
}

fn convert(value: DeValue<'_>, path: &KeyPath, faults: &mut Vec<Fault>) -> Value {
    match value {
        DeValue::String(text) => text.into_owned().into(),
        DeValue::Integer(number) => whole(&number).unwrap_or_else(|| {
            let message = "the whole number is larger than any field takes";
            faults.push(
                Fault::new(Place::Value(path.clone()), message).help("if it is meant as text, quote it".to_owned()),
            );
            Value::from(0)
        }),
        DeValue::Float(number) => number.as_str().parse().unwrap_or(f64::NAN).into(),
        DeValue::Boolean(truth) => truth.into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(items) => {
            let numbered = items.into_iter().enumerate();
            let items = numbered.map(|(place, item)| convert(item.into_inner(), &path.child(place), faults));
            items.collect::<Vec<_>>().into()
        }
        DeValue::Table(table) => convert_table(table, path, faults),
    }
}

fn whole(number: &DeInteger<'_>) -> Option<Value> {
    let (digits, radix) = (number.as_str(), number.radix());
    match u64::from_str_radix(digits, radix) {
        Ok(number) => Some(number.into()),
        Err(_) => i64::from_str_radix(digits, radix).ok().map(Value::from),
    }
}

fn locate_table(table: &DeTable<'_>, above: usize, lines: &Lines<'_>, positions: &mut Positions) {
    for (key, value) in table {
        locate(value, (key.get_ref(), Some(lines.spot(&key.span()))), above, lines, positions);
    }
}

fn locate(
    value: &Spanned<DeValue<'_>>,
    (name, key): (&str, Option<Spot>),
    above: usize,
    lines: &Lines<'_>,
    positions: &mut Positions,
) {
    let is_scalar = !matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_));
    let here = positions.child(above, name, Some(Spots { key, value: lines.spot(&value.span()), is_scalar }));
    match value.get_ref() {
        DeValue::Table(table) => locate_table(table, here, lines, positions),
        DeValue::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                locate(item, (&place.to_string(), None), here, lines, positions);
            }
        }
        _ => {}
    }
}

/// Turns byte offsets into lines and columns.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// How many characters come before each [`STEP`]th byte: a line may be as long as the text.
    before: Vec<usize>,
}

const STEP: usize = 256;

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let count = |bytes: &[u8]| bytes.iter().filter(|byte| is_first(**byte)).count();
        let sums = text.as_bytes().chunks(STEP).scan(0, |sum, bytes| {
            *sum += count(bytes);
            Some(*sum)
        });
        Self { text, starts, before: std::iter::once(0).chain(sums).collect() }
    }

    /// Returns how many characters come before a byte.
    fn characters(&self, end: usize) -> usize {
        let (step, end) = (end / STEP, end.min(self.text.len()));
        let known = self.before.get(step).copied().unwrap_or_default();
        known + self.text.as_bytes()[(step * STEP).min(end)..end].iter().filter(|byte| is_first(**byte)).count()
    }

    fn spot(&self, span: &std::ops::Range<usize>) -> Spot {
        let line = self.starts.partition_point(|start| *start <= span.start);
        let start = self.starts[line.saturating_sub(1)];
        // On one line; what goes on over others is underlined to the end of its first one.
        let end = span.end.min(self.starts.get(line).map_or(self.text.len(), |next| next - 1)).max(span.start);
        let (first, last) = (self.characters(span.start), self.characters(end));
        Spot { line, column: first - self.characters(start), length: last - first }
    }
}

/// Returns whether a byte is the first one of its character.
const fn is_first(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_text_and_numbers_keep_their_radix() {
        let value = parse("a = 2026-01-02\nb = 0x10\nc = 1_000\nd = -4\ne = inf").unwrap();
        assert_eq!(value.find_ref("a").and_then(Value::as_str), Some("2026-01-02"));
        assert_eq!(value.find_ref("b").and_then(Value::to_u128), Some(16));
        assert_eq!(value.find_ref("c").and_then(Value::to_u128), Some(1000));
        assert_eq!(value.find_ref("d").and_then(Value::to_i128), Some(-4));
        assert_eq!(value.find_ref("e").and_then(Value::to_f64), Some(f64::INFINITY));
    }

    #[test]
    fn a_repeated_key_has_a_place() {
        let fault = parse("[job]\nalias = \"a\"\nalias = \"b\"").unwrap_err().remove(0);
        assert_eq!(fault.place, Place::Spot { line: 3, column: 0 });
        assert_eq!(fault.message, "this key is repeated");
    }

    #[test]
    fn a_number_beyond_64_bits_is_refused_at_its_key() {
        let fault = parse("[job]\nversion = 99999999999999999999").unwrap_err().remove(0);
        assert_eq!(fault.place, Place::Value(KeyPath::new(&["job", "version"])));
    }
}
