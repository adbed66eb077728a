//! YAML: every call of its parser is here.

use figment::value::{Dict, Tag, Value};
use serde_yaml::Value as Yaml;

use super::position::Positions;
use super::problem::{Fault, MOST_SHOWN, Place};
use super::tree::KeyPath;
use super::{budget, position, yaml_reader};

/// Parses one document.
pub(super) fn parse(text: &str) -> Result<Value, Vec<Fault>> {
    if let Some(place) = control_character(text) {
        return Err(vec![not_yaml(text, place, "control characters are not allowed")]);
    }
    budget::check(text, |place, told| not_yaml(text, place, told)).map_err(|fault| vec![*fault])?;
    let mut yaml = yaml_reader::read(text).map_err(|error| syntax(text, &error))?;
    yaml.apply_merge().map_err(|error| vec![bad_merge(text, &error)])?;
    let mut faults = Vec::new();
    let value = convert(yaml, &mut Vec::new(), &mut faults);
    if faults.is_empty() { Ok(value) } else { Err(faults) }
}

/// Converts a value. The path to it is one list for all values: a copy a value would take longer than the rest.
fn convert(yaml: Yaml, path: &mut Vec<String>, faults: &mut Vec<Fault>) -> Value {
    match yaml {
        Yaml::Null => Value::Empty(Tag::Default, figment::value::Empty::Unit),
        Yaml::Bool(truth) => truth.into(),
        Yaml::Number(number) => convert_number(&number),
        Yaml::String(text) => text.into(),
        Yaml::Sequence(items) => {
            let below = |(place, item): (usize, Yaml)| {
                path.push(place.to_string());
                let value = convert(item, path, faults);
                path.pop();
                value
            };
            items.into_iter().enumerate().map(below).collect::<Vec<_>>().into()
        }
        Yaml::Mapping(mapping) => {
            let mut dict = Dict::new();
            for (key, value) in mapping {
                match key {
                    Yaml::String(key) => {
                        path.push(key);
                        let value = convert(value, path, faults);
                        dict.extend(path.pop().map(|key| (key, value)));
                    }
                    other => faults.push(bad_key(&other, &KeyPath::from(path.clone()))),
                }
            }
            dict.into()
        }
        Yaml::Tagged(tagged) => {
            let message = format!("the YAML tag `{}` means nothing in a config", tagged.tag);
            let place = Place::Value(KeyPath::from(path.clone()));
            faults.push(Fault::new(place, message).help("remove the tag".to_owned()));
            Value::from("")
        }
    }
}

fn convert_number(number: &serde_yaml::Number) -> Value {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(number), ..) => number.into(),
        (_, Some(number), _) => number.into(),
        (.., number) => number.unwrap_or(f64::NAN).into(),
    }
}

fn bad_key(key: &Yaml, path: &KeyPath) -> Fault {
    let shown = match key {
        Yaml::Bool(truth) => truth.to_string(),
        Yaml::Number(number) => number.to_string(),
        Yaml::Null => "null".to_owned(),
        _ => return Fault::new(Place::Within(path.clone()), "a list or a mapping cannot be a key"),
    };
    let message = format!("the key {shown} is not text");
    Fault::new(Place::Key(path.child(&shown)), message).help(format!("write it in quotes: \"{shown}\""))
}

fn bad_merge(text: &str, error: &serde_yaml::Error) -> Fault {
    let place = Positions::of_yaml(text).find_key("<<").map_or(Place::Whole, Place::Key);
    Fault::new(place, format!("`<<` cannot merge this: {error}"))
        .help("`<<` takes an alias of a mapping, or a list of such".to_owned())
}

/// Says what is wrong with a text that the parser refuses.
fn syntax(text: &str, error: &serde_yaml::Error) -> Vec<Fault> {
    let positions = Positions::of_yaml(text);
    let repeated = positions.repeated_keys(MOST_SHOWN);
    if !repeated.is_empty() {
        return repeated;
    }
    let told = error.to_string();
    let place = place(text, error, &told);
    if told.contains("more than one document") {
        let place = position::second_document(text).unwrap_or(Place::Whole);
        let help = "keep one document a file; `jobs:` takes a list".to_owned();
        return vec![Fault::new(place, "a config is one YAML document, and here a second one starts").help(help)];
    }
    if told.contains("as u128") || told.contains("as i128") {
        let place = positions.at(&place).map_or(place, Place::Value);
        let message = "the whole number is larger than any field takes";
        return vec![Fault::new(place, message).help("if it is meant as text, write it in quotes".to_owned())];
    }
    if told.contains(yaml_reader::TOO_LARGE) {
        return vec![Fault::new(Place::Whole, yaml_reader::TOO_LARGE).help("repeat less".to_owned())];
    }
    vec![not_yaml(text, place, &told)]
}

/// Says that a text is no YAML, in the words of a parser.
fn not_yaml(text: &str, place: Place, told: &str) -> Fault {
    let help = advice(text, &place, told).map(str::to_owned);
    Fault::new(place, format!("this is not YAML: {}", without_places(told))).help(help)
}

/// Says what to look at, of the slips that the parser's words leave to guess.
fn advice(text: &str, place: &Place, told: &str) -> Option<&'static str> {
    let line = match place {
        Place::Spot { line, .. } => text.lines().nth(line - 1).unwrap_or_default(),
        _ => "",
    };
    if line.trim_start_matches(' ').starts_with('\t') {
        return Some("YAML is indented with spaces, never with tabs");
    }
    if told.contains("cannot start any token") || told.contains("unexpected character") {
        return Some("a text that begins with this character goes in quotes, such as \"@Challenger\"");
    }
    let is_shape = told.contains("expected") || told.contains("not allowed in this context");
    is_shape.then_some("check the indentation, the quotes and the brackets of this line and of those around it")
}

/// Finds a character that YAML does not allow: some readers take one for the end of the text.
fn control_character(text: &str) -> Option<Place> {
    let is_bad = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}');
    let (line, shown) = text.split('\n').enumerate().find(|(_, line)| line.contains(is_bad))?;
    Some(Place::Spot { line: line + 1, column: shown.chars().take_while(|c| !is_bad(*c)).count() })
}

/// Finds the place to show: the first of those that the parser tells which is in the text at all.
fn place(text: &str, error: &serde_yaml::Error, told: &str) -> Place {
    let first = error.location().map(|at| (at.line(), at.column()));
    let others = told.split(" at line ").skip(1).filter_map(|part| {
        let mut numbers = part.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok());
        Some((numbers.next()?, numbers.next()?))
    });
    let lines = text.lines().count();
    let mut places = first.into_iter().chain(others).filter(|(line, column)| (1..=lines).contains(line) && *column > 0);
    // What ends too early is told behind the last line.
    let end = (lines, text.lines().last().map_or(0, |line| line.chars().count()).max(1));
    let (line, column) = places.next().unwrap_or(end);
    Place::Spot { line, column: column - 1 }
}

/// Cuts the ` at line 3 column 5` out of what the parser tells, which comes in its own place.
fn without_places(told: &str) -> String {
    let is_place = |c: char| c.is_ascii_digit() || c == ' ' || "column".contains(c);
    let mut parts = told.split(" at line ").map(|part| part.split(" at position ").next().unwrap_or_default());
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + part.trim_start_matches(is_place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        parse(text).unwrap_err().into_iter().map(|fault| fault.message).collect()
    }

    #[test]
    fn merge_keys_and_aliases_are_expanded() {
        let value = parse("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}").unwrap();
        assert_eq!(value.find_ref("b.x").and_then(Value::to_u128), Some(1));
        assert_eq!(value.find_ref("b.y").and_then(Value::to_u128), Some(3));
    }

    #[test]
    fn scalars_keep_the_meaning_that_yaml_1_2_gives_them() {
        let value = parse("{a: 007, b: yes, c: 1_000, d: ~, e: 0x10, f: -3, g: 1.5}").unwrap();
        assert_eq!(value.find_ref("a").and_then(Value::as_str), Some("007"));
        assert_eq!(value.find_ref("b").and_then(Value::as_str), Some("yes"));
        assert_eq!(value.find_ref("c").and_then(Value::as_str), Some("1_000"));
        assert!(matches!(value.find_ref("d"), Some(Value::Empty(..))));
        assert_eq!(value.find_ref("e").and_then(Value::to_u128), Some(16));
        assert_eq!(value.find_ref("f").and_then(Value::to_i128), Some(-3));
        assert_eq!(value.find_ref("g").and_then(Value::to_f64), Some(1.5));
    }

    #[test]
    fn what_yaml_allows_and_a_config_does_not_is_refused() {
        assert!(faults("a: !x 1")[0].contains("`!x`"));
        assert!(faults("1: x\ntrue: y").len() == 2);
        assert!(faults("a: 1\n---\nb: 2")[0].contains("second"));
        assert!(faults("a: {b: 1, b: 2}\nc: 1\nc: 2").len() == 2);
        assert!(faults("a: 99999999999999999999")[0].contains("larger"));
        assert!(faults("a: &a [*a]").len() == 1);
    }

    #[test]
    fn a_syntax_error_is_told_without_its_place() {
        let told = &faults("a: [1\nb: 2")[0];
        assert!(!told.contains("line") && !told.contains("column"), "{told}");
    }
}
