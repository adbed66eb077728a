//! Reads YAML. Only this file calls the YAML parser.

use std::borrow::Cow;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::super::diagnostic::{Fault, Location};
use super::super::node::{Number, SourceId, Span, Value};
use super::tree_builder::{Parsed, TreeBuilder, too_deep};

/// The prefix of the tags of YAML's core schema.
const CORE: &str = "tag:yaml.org,2002:";
/// The tags of the core schema for scalars.
const SCALAR_TAGS: [&str; 5] = ["str", "int", "float", "bool", "null"];

/// Reads one document.
pub(super) fn read(text: &str, source: SourceId) -> Parsed {
    let mut reader =
        Reader { text, builder: TreeBuilder::new(text, source), has_document: false, open: Vec::new(), is_yaml: true };
    let end = match find_refused_character(text) {
        Some((span, message)) => Err(reader.syntax(span, message)),
        None => reader.read(),
    };
    let parsed = reader.builder.finish(end);
    Parsed { root: parsed.root.filter(|_| reader.is_yaml), ..parsed }
}

/// Finds a character that YAML does not allow, or that only some readers treat as a line end.
fn find_refused_character(text: &str) -> Option<(Span, &'static str)> {
    let is_line_end = |c: char| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    let is_refused = |c: char| is_line_end(c) || c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let (at, found) = text.char_indices().find(|(_, c)| is_refused(*c))?;
    let message = match is_line_end(found) {
        true => "only some readers end a line at this character; write it as `\\u2028` between double quotes",
        false => "control characters are not allowed",
    };
    Some((Span::new(at..at + found.len_utf8()), message))
}

struct Reader<'t> {
    text: &'t str,
    builder: TreeBuilder<'t>,
    has_document: bool,
    /// Where the lists and mappings begin that are not closed so far.
    open: Vec<u32>,
    /// Whether the text was valid YAML so far.
    is_yaml: bool,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), Fault> {
        let options = granit_parser::options! {
            bom_inside_document_as_content: false,
            block_scalar_eof_without_line_feed: true,
            emit_comments: false,
        };
        for event in Parser::new_from_str_with_options(self.text, options) {
            let (event, span) = event.map_err(|error| {
                let at = offset(error.marker());
                self.syntax(Span::new(at..at), &error.info())
            })?;
            self.add(event, Span::new(offset(&span.start)..offset(&span.end)))?;
        }
        Ok(())
    }

    fn add(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(..) => self.start_document(span),
            Event::Alias(anchor) => self.builder.alias(anchor, span),
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let is_merge = is_plain && tag.is_none() && text == "<<";
                let value = self.scalar(text, is_plain, tag.as_deref(), span);
                self.builder.scalar(value, anchor, is_merge, span)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open.push(span.start);
                self.check_tag(tag.as_deref(), &["seq"], span);
                self.builder.open_list(anchor, span)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open.push(span.start);
                self.check_tag(tag.as_deref(), &["map"], span);
                self.builder.open_map(anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
                self.builder.close()
            }
            _ => Ok(()),
        }
    }

    fn start_document(&mut self, span: Span) -> Result<(), Fault> {
        if std::mem::replace(&mut self.has_document, true) {
            let message = "a config is one YAML document, and here a second one starts";
            let help = "keep one document a file; `jobs:` takes a list".to_owned();
            return Err(Fault::new(Location::at(span), message).help(help));
        }
        Ok(())
    }

    fn scalar(&mut self, text: Cow<'_, str>, is_plain: bool, tag: Option<&Tag>, span: Span) -> Value {
        self.check_tag(tag, &SCALAR_TAGS, span);
        let value = match tag {
            Some(tag) => match format!("{}{}", tag.handle(), tag.suffix()).strip_prefix(CORE) {
                Some(name) if SCALAR_TAGS.contains(&name) => tagged(text, name),
                _ => return Value::Null,
            },
            None if is_plain => plain(text),
            None => Ok(Value::Text(text.into_owned())),
        };
        value.unwrap_or_else(|error| {
            let location = Location::Span(span, Some(self.builder.path()));
            self.builder.refuse(match error {
                ScalarError::TooLarge => Fault::new(location, "the whole number is larger than any field takes")
                    .help("if it is meant as text, write it in quotes".to_owned()),
                ScalarError::NotOfTag => Fault::new(location, "the value is not of the type that its YAML tag names")
                    .help("remove the tag".to_owned()),
            });
            Value::Null
        })
    }

    /// Refuses a tag outside of YAML's core schema.
    fn check_tag(&mut self, tag: Option<&Tag>, core: &[&str], span: Span) {
        let Some(tag) = tag else { return };
        let whole = format!("{}{}", tag.handle(), tag.suffix());
        if whole.strip_prefix(CORE).is_some_and(|name| core.contains(&name)) {
            return;
        }
        let message = format!("the YAML tag `{}` means nothing in a config", format_tag(tag, &whole));
        let fault = Fault::new(Location::at(self.find_tag(span)), message);
        self.builder.refuse(fault.help("remove the tag".to_owned()));
    }

    /// Finds the tag before a value. The parser reports only the span of the value.
    fn find_tag(&self, value: Span) -> Span {
        let before = &self.text[..value.start as usize];
        let begins = |at: &usize| before[..*at].ends_with(|c: char| c.is_whitespace() || "[{,".contains(c)) || *at == 0;
        let at = before.rmatch_indices('!').map(|(at, _)| at).take(8).find(begins);
        at.map_or(value, |at| Span::new(at..value.start as usize))
    }

    /// Points at the bracket that is still open where the parser fails on a later line: the mistake is seldom there.
    fn find_open_bracket(&self, failed: Span) -> Option<Fault> {
        let at = *self.open.last()?;
        let bracket = self.text.get(at as usize..)?.chars().next().filter(|c| matches!(c, '{' | '['))?;
        let opened = Span::new(at as usize..at as usize);
        let (line, _) = failed.line_and_column(self.text);
        if opened.line_and_column(self.text).0 == line {
            return None;
        }
        let (close, is_end) = (
            if bracket == '{' { '}' } else { ']' },
            self.text.get(failed.start as usize..).is_none_or(|rest| rest.trim().is_empty()),
        );
        let place = if is_end { "the end of the text".to_owned() } else { format!("line {line}") };
        let message = format!("this is not YAML: the bracket `{bracket}` is not closed before {place}");
        let help = format!("close it with `{close}`, or put a comma between its entries");
        Some(Fault::new(Location::at(opened), message).help(help))
    }

    /// Creates the fault of a syntax error, with the message of the parser.
    fn syntax(&mut self, span: Span, message: &str) -> Fault {
        self.is_yaml = false;
        if message.contains("recursion limit") {
            return too_deep(span);
        }
        if message.contains("flow")
            && let Some(fault) = self.find_open_bracket(span)
        {
            return fault;
        }
        let before = self.text.get(..span.start as usize).unwrap_or(self.text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[start..].lines().next().unwrap_or_default();
        let help = advice(line, message).map(str::to_owned);
        Fault::new(Location::at(span), format!("this is not YAML: {message}")).help(help)
    }
}

/// Formats a tag as it is written in a file.
fn format_tag(tag: &Tag, whole: &str) -> String {
    match (whole.strip_prefix(CORE), tag.handle()) {
        (Some(name), _) => format!("!!{name}"),
        (None, "!") => whole.to_owned(),
        (None, "") if whole.starts_with('!') => whole.to_owned(),
        _ => format!("!<{whole}>"),
    }
}

/// Returns a hint for frequent mistakes that the parser describes poorly.
fn advice(line: &str, message: &str) -> Option<&'static str> {
    if line.trim_start_matches(' ').starts_with('\t') {
        return Some("YAML is indented with spaces, never with tabs");
    }
    if message.contains("cannot start any token") || message.contains("unexpected character") {
        return Some("a text that begins with this character goes in quotes, such as \"@Challenger\"");
    }
    if message.contains("comment") {
        return Some("put a space before the `#` of a comment, or quotes around a text that holds one");
    }
    let is_shape =
        message.contains("expected") || message.contains("bracket") || message.contains("not allowed in this context");
    is_shape.then_some("check the indentation, the quotes and the brackets of this line and of those around it")
}

fn offset(marker: &Marker) -> usize {
    marker.byte_offset().unwrap_or_default()
}

/// Why a scalar has no value.
#[derive(Debug, PartialEq, Eq)]
enum ScalarError {
    /// The integer is larger than any field accepts.
    TooLarge,
    /// The text does not have the type that its tag names.
    NotOfTag,
}

/// Returns the value of a plain scalar without a tag.
fn plain(text: Cow<'_, str>) -> Result<Value, ScalarError> {
    match (&*text, text.as_bytes().first()) {
        ("" | "~" | "null" | "Null" | "NULL", _) => Ok(Value::Null),
        ("true" | "True" | "TRUE", _) => Ok(Value::Bool(true)),
        ("false" | "False" | "FALSE", _) => Ok(Value::Bool(false)),
        (_, Some(b'0'..=b'9' | b'+' | b'-' | b'.')) => match number(&text)? {
            Some(number) => Ok(Value::Number(number)),
            None => Ok(Value::Text(text.into_owned())),
        },
        _ => Ok(Value::Text(text.into_owned())),
    }
}

/// Returns the value of a scalar with a tag of YAML's core schema.
fn tagged(text: Cow<'_, str>, tag: &str) -> Result<Value, ScalarError> {
    if tag == "str" {
        return Ok(Value::Text(text.into_owned()));
    }
    let is_empty = text.is_empty();
    match (tag, plain(Cow::Borrowed(&text))?) {
        ("null", Value::Null) if !is_empty => Ok(Value::Null),
        ("bool", Value::Bool(truth)) => Ok(Value::Bool(truth)),
        ("int", Value::Number(number @ (Number::Unsigned(_) | Number::Negative(_)))) => Ok(Value::Number(number)),
        ("float", Value::Number(Number::Float(number))) => Ok(Value::Number(Number::Float(number))),
        ("float", Value::Number(_)) => {
            text.parse().map(|number| Value::Number(Number::Float(number))).map_err(|_| ScalarError::NotOfTag)
        }
        _ => Err(ScalarError::NotOfTag),
    }
}

fn number(text: &str) -> Result<Option<Number>, ScalarError> {
    match text.parse::<serde_yaml::Number>() {
        Ok(number) => Ok(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Some(Number::Unsigned(number)),
            (_, Some(number)) => Some(Number::Negative(number)),
            _ => number.as_f64().map(Number::Float),
        }),
        // A 128-bit integer is too large; any other error means that the text is not a number.
        Err(error) if error.to_string().contains("128") => Err(ScalarError::TooLarge),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_resolved_as_in_yaml_1_2() {
        let text = |text: &str| Ok(Value::Text(text.to_owned()));
        let number = |number| Ok(Value::Number(number));
        for word in ["007", "yes", "1_000", "on", "0o8", "1:30", "2026-11-23", "-", "."] {
            assert_eq!(plain(word.into()), text(word));
        }
        assert_eq!(plain("0x10".into()), number(Number::Unsigned(16)));
        assert_eq!(plain("-3".into()), number(Number::Negative(-3)));
        assert_eq!(plain("1.5".into()), number(Number::Float(1.5)));
        assert_eq!(plain("99999999999999999999".into()), Err(ScalarError::TooLarge));
        assert_eq!(tagged("1".into(), "str"), text("1"));
        assert_eq!(tagged("1".into(), "float"), number(Number::Float(1.0)));
        assert_eq!(tagged("x".into(), "int"), Err(ScalarError::NotOfTag));
    }
}
