//! YAML. Every call of its parser is here.

use std::borrow::Cow;

use granit_parser::{Event as Parsed, Marker, Parser, ScalarStyle, Span as ParsedSpan, Tag};

use super::super::diagnostic::{Fault, Location};
use super::super::node::{SourceId, Value};
use super::super::spans::{LineIndex, Span, narrow};
use super::limits::too_deep;
use super::tree_builder::{Event, TreeBuilder};
use super::yaml_scalar::{ScalarError, plain, tagged};

/// What every tag of YAML's core schema begins with.
const CORE: &str = "tag:yaml.org,2002:";
/// The tags of the core schema that single values may have.
const SCALAR_TAGS: [&str; 5] = ["str", "int", "float", "bool", "null"];

/// Reads one document.
pub(super) fn read(text: &str, source: SourceId) -> super::Parsed {
    let mut reader = Reader { text, builder: TreeBuilder::new(source), has_document: false, is_yaml: true };
    let end = match find_refused_character(text) {
        Some((span, message)) => Err(reader.syntax(span, message)),
        None => reader.read(),
    };
    let is_yaml = reader.is_yaml;
    let (root, mut faults) = reader.builder.finish();
    faults.extend(end.err());
    super::Parsed { root: root.filter(|_| is_yaml), faults }
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

    fn add(&mut self, event: Parsed<'_>, span: Span) -> Result<(), Fault> {
        let event = match event {
            Parsed::DocumentStart(..) => return self.start_document(span),
            Parsed::Alias(anchor) => Event::Alias(anchor),
            Parsed::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let is_merge = is_plain && tag.is_none() && text == "<<";
                Event::Scalar { value: self.scalar(text, is_plain, tag.as_deref(), span), anchor, is_merge }
            }
            Parsed::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), &["seq"], span);
                Event::ListStart { anchor }
            }
            Parsed::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), &["map"], span);
                Event::MapStart { anchor }
            }
            Parsed::SequenceEnd | Parsed::MappingEnd => Event::End,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::*;

    fn read_json(text: &str) -> Result<Json, Vec<String>> {
        crate::config::read_values("a.yaml", text)
    }

    fn faults(text: &str) -> Vec<String> {
        read_json(text).err().unwrap_or_default()
    }

    /// Reads a text as serde_yaml does.
    fn reference(text: &str) -> Option<Json> {
        let mut value: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
        value.apply_merge().ok()?;
        serde_json::to_value(value).ok()
    }

    /// Makes sure that both read a text alike wherever serde_yaml reads it at all; `reasons` are what a fault may say
    /// instead.
    fn check(text: &str, reasons: &[&str]) {
        // libyaml begins a key at a `?` without a blank behind it; since YAML 1.2 it is a part of the text.
        let is_old_key = text.match_indices('?').any(|(at, _)| !text[at + 1..].starts_with([' ', '\n']));
        let Some(expected) = reference(text).filter(|_| !is_old_key) else { return };
        match read_json(text) {
            Ok(read) => assert_eq!(read, expected, "{text}"),
            Err(faults) => {
                let is_known = |fault: &String| reasons.iter().any(|reason| fault.contains(reason));
                assert!(faults.iter().all(is_known), "{faults:?}: {text}");
            }
        }
    }

    /// What is refused here and read by serde_yaml, and why.
    const REFUSED: [&str; 8] = [
        // It means something else to other programs.
        "YAML tag",
        // Keys of a config are text.
        "is not text",
        "cannot be a key",
        // Whether what follows is a comment or a part of the text depends on the reader.
        "comment",
        // Some readers end a line at them.
        "write it as `\\u2028`",
        "control characters",
        // serde_yaml reads them as floats or keeps 128 bits.
        "larger than any field",
        "byte order mark",
    ];

    #[test]
    fn every_config_means_what_serde_yaml_reads() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let folders = ["confs", "tests/confs/valid", "tests/confs/invalid"];
        let files = folders.iter().flat_map(|folder| root.join(folder).read_dir().unwrap());
        let mut count = 0;
        for path in files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        {
            if let Ok(text) = std::fs::read_to_string(&path) {
                check(
                    &text,
                    &[&REFUSED[..], &["second one starts", "cannot merge", "too deep", "is repeated"]].concat(),
                );
                count += 1;
            }
        }
        assert!(count > 100);
    }

    #[test]
    fn every_odd_scalar_means_what_serde_yaml_reads() {
        let words = "yes no on off y n true True TRUE null Null NULL ~ 007 0o7 0o17 0x1F 0x 0b101 1e3 1E-2 1.5 .5 5. -.5 +1 +.5 \
                     -0 1_000 1:30 .inf -.Inf +.INF .nan NaN inf 2026-11-23 12e03 1e400 -1e400 18446744073709551615 \
                     -9223372036854775808 0.1 @x %x `x !x &x *x -x ?x :x - -- --- ... a:b a: a#b #b |x >x 'x' \"x\" \
                     \"\\u00e9\\x41\\U0001f600\\n\\t\\\"\" 'it''s' {x} [x] {x: 1} [1, x] \u{e9} \u{1f600} \u{feff}x";
        let texts = [
            "",
            " ",
            "  x  ",
            "'a\n  b'",
            "\"a\\\n  b\"",
            "|\n  a\n   b\n",
            "|-\n  a\n",
            "|+\n  a\n\n",
            ">\n  a\n  b\n\n  c\n",
            "|2\n   a\n",
        ];
        for word in words.split(' ').chain(texts) {
            for text in [
                format!("a: {word}"),
                format!("a: {word}\n"),
                format!("[{word}]"),
                format!("- {word}\n- b\n"),
                format!("{{a: {word}, b: c}}"),
            ] {
                check(&text, &REFUSED);
            }
        }
    }

    fn documents() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<u64>().prop_map(Json::from),
            (-1e9..1e9).prop_map(|number: f64| json!(number)),
            any::<String>().prop_map(Json::from),
            "[ a\n\t#:'\"|>&*{}\\[\\],-]{0,12}".prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
                prop::collection::btree_map("[a-z <:#é-]{1,6}", inner, 0..5).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_document_that_serde_yaml_writes_means_the_same(document in documents()) {
            let text = serde_yaml::to_string(&document).unwrap();
            check(&text, &REFUSED);
        }

        #[test]
        fn every_json_means_the_same_to_the_reader_of_json(document in documents()) {
            let text = document.to_string();
            prop_assert_eq!(crate::config::read_values("a.json", &text), Ok(document));
        }

        #[test]
        fn tokens_in_any_order_mean_what_serde_yaml_reads(tokens in prop::collection::vec(token(), 0..14)) {
            check(&tokens.concat(), &[
                &REFUSED[..],
                // serde_yaml reads these by libyaml's older grammar.
                &["this is not YAML", "second one starts", "cannot merge", "is repeated"],
            ].concat());
        }
    }

    fn token() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "a", "b", "1", "-1.5", "true", "~", ": ", ":\n", "\n", "\n  ", "- ", ", ", "{", "}", "[", "]", "'x'",
            "\"y\"", "&a ", "*a", "<<: ", " # c", "|\n  ", ">\n  ", "? ", "---\n",
        ])
    }

    #[test]
    fn merge_keys_and_aliases_are_expanded() {
        assert_eq!(read_json("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}").unwrap()["b"], json!({ "x": 1, "y": 3 }));
        let nested = "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: [*b, {z: 3}], y: 4}";
        assert_eq!(read_json(nested).unwrap()["c"], json!({ "x": 1, "y": 4, "z": 3 }));
    }

    #[test]
    fn what_yaml_allows_and_a_config_does_not_is_refused() {
        assert!(faults("a: !x 1")[0].contains("`!x`"));
        assert_eq!(faults("1: x\ntrue: y").len(), 2);
        assert!(faults("a: 1\n---\nb: 2")[0].contains("second"));
        assert_eq!(faults("a: {b: 1, b: 2}\nc: 1\nc: 2").len(), 2);
        assert!(faults("a: 99999999999999999999")[0].contains("larger"));
        assert_eq!(faults("a: &a [*a]").len(), 1);
        assert_eq!(faults("a: {<<: 3}").len(), 1);
    }

    #[test]
    fn aliases_expand_to_no_more_than_the_limits() {
        let mut text = "a0: &a0 [x]\n".to_owned();
        for level in 1..40 {
            let below = format!("*a{}", level - 1);
            text += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", "));
        }
        assert!(faults(&text)[0].contains("too large"));
        assert_eq!(faults("a: &a {x: 1}\nb: [*a, *a]"), [""; 0]);
    }

    #[test]
    fn deep_nesting_is_refused_and_long_lists_are_not() {
        for opened in ["[", "- ", "{a: ", "? "] {
            assert_eq!(faults(&opened.repeat(300_000)).len(), 1, "{opened}");
        }
        assert_eq!(faults(&"- {a: [1]}\n".repeat(10_000)), [""; 0]);
    }

    #[test]
    fn every_tag_that_is_not_of_the_core_is_refused_wherever_it_stands() {
        let tags = [
            "!x",
            "!!x",
            "!!python/object/apply:os.system",
            "!!binary",
            "!!set",
            "!<tag:e.org,2000:x>",
            "!",
            "!<!x>",
            "!!merge",
        ];
        for tag in tags {
            for value in ["b", "[b]", "{b: c}"] {
                for text in [format!("a: {tag} {value}"), format!("{tag} a: b"), format!("{tag} {{a: b}}")] {
                    assert!(faults(&text).iter().any(|fault| fault.contains("tag")), "{text}");
                }
            }
        }
        let handles = [
            "%TAG !e! tag:e.org,2000:\n---\na: !e!x b",
            "%TAG !! tag:e.org,2000:\n---\na: !!str b",
            "%TAG ! tag:e.org,2000:\n---\na: !str b",
        ];
        for text in handles {
            assert!(faults(text)[0].contains("tag"), "{text}");
        }
    }

    #[test]
    fn a_tag_of_the_core_passes_on_what_it_is_of() {
        for text in
            ["a: !!str 1", "!!str a: !!int 1", "a: !!seq [1]", "!!map {a: !!null ~}", "a: !<tag:yaml.org,2002:str> b"]
        {
            assert_eq!(faults(text), [""; 0], "{text}");
        }
        for text in ["a: !!map b", "a: !!str [1]", "a: !!seq {b: 1}"] {
            assert_eq!(faults(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn every_value_knows_its_place() {
        let at = |text: &str, path: &[&str]| {
            let root = read(text, SourceId::default()).root.unwrap();
            let node = root.get(path).unwrap();
            (node.span.line, node.span.column)
        };
        let text = "jobs:\n  - KIND: A\n    alias: é # c\n  - {KIND: B, x: [1, {y: 2}]}\n";
        assert_eq!(at(text, &["jobs", "1", "x", "1", "y"]), (4, 25));
        assert_eq!(at("list: [\n1,\n{a: 2}\n]\n", &["list", "1", "a"]), (3, 4));
        assert_eq!(at("a: &a {x: 1}\nb: *a\n", &["b"]), (2, 3));
        assert_eq!(at("a: &a {x: 1}\nb: *a\n", &["b", "x"]), (1, 10));
    }
}
