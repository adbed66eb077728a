//! YAML. Every call of its parser is here.

use std::borrow::Cow;

use granit_parser::{Event as ParsedEvent, Marker, Parser, ScalarStyle, Span as ParsedSpan, Tag};

use super::super::diagnostic::{Fault, Location};
use super::super::node::{SourceId, Value};
use super::super::spans::{LineIndex, Span, narrow};
use super::limits::too_deep;
use super::tree_builder::{Event, Parsed, TreeBuilder};
use super::yaml_scalar::{ScalarError, plain, tagged};

/// What every tag of YAML's core schema begins with.
const CORE: &str = "tag:yaml.org,2002:";
/// The tags of the core schema that single values may have.
const SCALAR_TAGS: [&str; 5] = ["str", "int", "float", "bool", "null"];

/// Reads one document.
pub(super) fn read(text: &str, source: SourceId) -> Parsed {
    let mut reader = Reader { text, builder: TreeBuilder::new(source), has_document: false, is_yaml: true };
    let end = match find_refused_character(text) {
        Some((span, message)) => Err(reader.syntax(span, message)),
        None => reader.read(),
    };
    let is_yaml = reader.is_yaml;
    let mut parsed = reader.builder.finish();
    parsed.faults.extend(end.err());
    Parsed { root: parsed.root.filter(|_| is_yaml), ..parsed }
}

/// Finds a character that YAML does not allow, or that only some readers take for the end of a line.
fn find_refused_character(text: &str) -> Option<(Span, &'static str)> {
    let is_line_end = |c: char| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    let is_refused = |c: char| is_line_end(c) || c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let (at, found) = text.char_indices().find(|(_, c)| is_refused(*c))?;
    let before = text[..at].rsplit('\n').next().unwrap_or_default();
    let line = text[..at].matches('\n').count() + 1;
    let (line, column) = (narrow(line), narrow(before.chars().count()));
    let span = Span { line, column, start: narrow(at), end: narrow(at + found.len_utf8()) };
    let message = match is_line_end(found) {
        true => "only some readers end a line at this character; write it as `\\u2028` between double quotes",
        false => "control characters are not allowed",
    };
    Some((span, message))
}

struct Reader<'t> {
    text: &'t str,
    builder: TreeBuilder,
    has_document: bool,
    /// Whether the parser could read the text so far.
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
                let at = span_of(&ParsedSpan::empty(*error.marker()));
                self.syntax(at, &error.info())
            })?;
            self.add(event, span_of(&span))?;
        }
        Ok(())
    }

    fn add(&mut self, event: ParsedEvent<'_>, span: Span) -> Result<(), Fault> {
        let event = match event {
            ParsedEvent::DocumentStart(..) => return self.start_document(span),
            ParsedEvent::Alias(anchor) => Event::Alias(anchor),
            ParsedEvent::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let is_merge = is_plain && tag.is_none() && text == "<<";
                Event::Scalar { value: self.scalar(text, is_plain, tag.as_deref(), span), anchor, is_merge }
            }
            ParsedEvent::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), &["seq"], span);
                Event::ListStart { anchor }
            }
            ParsedEvent::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), &["map"], span);
                Event::MapStart { anchor }
            }
            ParsedEvent::SequenceEnd | ParsedEvent::MappingEnd => Event::End,
            _ => return Ok(()),
        };
        self.builder.add(event, span)
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

    /// Refuses a tag that is not of YAML's core schema.
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

    /// Finds the tag in front of a value; the parser says only where the value itself is.
    fn find_tag(&self, value: Span) -> Span {
        let before = &self.text[..value.start as usize];
        let begins = |at: &usize| before[..*at].ends_with(|c: char| c.is_whitespace() || "[{,".contains(c)) || *at == 0;
        let at = before.rmatch_indices('!').map(|(at, _)| at).take(8).find(begins);
        at.map_or(value, |at| LineIndex::new(self.text).span(at..value.start as usize))
    }

    /// Says that the text is no YAML, in the words of the parser.
    fn syntax(&mut self, span: Span, message: &str) -> Fault {
        self.is_yaml = false;
        if message.contains("recursion limit") {
            return too_deep(span);
        }
        let line = self.text.lines().nth(span.line.saturating_sub(1) as usize).unwrap_or_default();
        let help = advice(line, message).map(str::to_owned);
        Fault::new(Location::at(span), format!("this is not YAML: {message}")).help(help)
    }
}

/// Writes a tag as people do.
fn format_tag(tag: &Tag, whole: &str) -> String {
    match (whole.strip_prefix(CORE), tag.handle()) {
        (Some(name), _) => format!("!!{name}"),
        (None, "!") => whole.to_owned(),
        (None, "") if whole.starts_with('!') => whole.to_owned(),
        _ => format!("!<{whole}>"),
    }
}

/// Says what to look at, of the slips that the parser's words leave to guess.
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

fn span_of(span: &ParsedSpan) -> Span {
    let byte = |marker: &Marker| narrow(marker.byte_offset().unwrap_or_default());
    Span {
        line: narrow(span.start.line()),
        column: narrow(span.start.col()),
        start: byte(&span.start),
        end: byte(&span.end),
    }
}
