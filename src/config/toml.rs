//! TOML, whose parser refuses repeated keys and knows where everything is.

use figment::value::{Dict, Value};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::position::{Positions, Spot, Spots};
use super::problem::{Fault, Place};
use super::tree::KeyPath;

/// Parses one document.
pub(super) fn parse(text: &str) -> Result<Value, Vec<Fault>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let lines = Lines::of(text);
        return Err(errors.iter().map(|error| syntax(&lines, error)).collect());
    }
    let mut faults = Vec::new();
    let value = convert_table(table.into_inner(), &KeyPath::default(), &mut faults);
    if faults.is_empty() { Ok(value) } else { Err(faults) }
}

/// Finds where every key and value is.
pub(super) fn positions(text: &str) -> Positions {
    let (table, _) = DeTable::parse_recoverable(text);
    let mut positions = Positions::default();
    locate_table(table.get_ref(), &KeyPath::default(), &Lines::of(text), &mut positions);
    positions
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

fn locate_table(table: &DeTable<'_>, path: &KeyPath, lines: &Lines<'_>, positions: &mut Positions) {
    for (key, value) in table {
        let path = path.child(key.get_ref());
        locate(value, Some(lines.spot(&key.span())), &path, lines, positions);
    }
}

fn locate(
    value: &Spanned<DeValue<'_>>,
    key: Option<Spot>,
    path: &KeyPath,
    lines: &Lines<'_>,
    positions: &mut Positions,
) {
    let is_scalar = !matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_));
    positions.insert(path.clone(), Spots { key, value: lines.spot(&value.span()), is_scalar });
    match value.get_ref() {
        DeValue::Table(table) => locate_table(table, path, lines, positions),
        DeValue::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                locate(item, None, &path.child(place), lines, positions);
            }
        }
        _ => {}
    }
}

/// Turns byte offsets into lines and columns.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    fn spot(&self, span: &std::ops::Range<usize>) -> Spot {
        let line = self.starts.partition_point(|start| *start <= span.start);
        let start = self.starts[line.saturating_sub(1)];
        let chars = |range: std::ops::Range<usize>| self.text.get(range).map_or(0, |text| text.chars().count());
        let length =
            self.text.get(span.clone()).map_or(1, |text| text.lines().next().unwrap_or_default().chars().count());
        Spot { line, column: chars(start..span.start), length }
    }
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
