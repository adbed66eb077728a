//! Guards of YAML: what a second reader refuses, what is small in a file and huge in memory, what is nested too deep,
//! and tags that mean something to other programs.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, Span, Tag};

use super::problem::{Fault, Place};
use super::yaml_reader::TOO_LARGE;

/// The most values that a text may expand to.
pub(super) const MOST_NODES: u64 = 1_000_000;
/// The most bytes of text that a text may expand to.
pub(super) const MOST_BYTES: u64 = 64 << 20;
/// How deep values may be nested, in every language.
pub(super) const DEEPEST: usize = 64;
/// The tags of YAML's core schema: those of single values, that of lists and that of mappings.
const CORE: [&[&str]; 3] = [&["str", "int", "float", "bool", "null"], &["seq"], &["map"]];
const CORE_HANDLE: &str = "tag:yaml.org,2002:";

/// What a value expands to.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: u64,
    bytes: u64,
}

impl Size {
    fn add(&mut self, other: Self) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// Refuses a text that is no YAML to the reader of positions, whose aliases expand to more than the budget, that is
/// nested too deep to parse in linear time, or that has a tag that is not of YAML's core.
///
/// `say` words what the reader says of a text that is no YAML.
pub(super) fn check(text: &str, say: impl Fn(Place, &str) -> Fault) -> Result<(), Box<Fault>> {
    let mut open: Vec<(usize, Size)> = vec![(0, Size::default())];
    let mut anchors: HashMap<usize, Size> = HashMap::new();
    for parsed in Parser::new_from_str(text) {
        let (event, span) = parsed.map_err(|error| {
            let place = spot(error.marker());
            Box::new(if error.info().contains("recursion limit") { too_deep(place) } else { say(place, error.info()) })
        })?;
        check_tag(&event, &span)?;
        let closed = match event {
            Event::Scalar(text, _, anchor, _) => (anchor, Size { nodes: 1, bytes: text.len() as u64 }),
            Event::Alias(anchor) => (0, anchors.get(&anchor).copied().unwrap_or_default()),
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                open.push((anchor, Size { nodes: 1, bytes: 0 }));
                if open.len() > DEEPEST {
                    return Err(Box::new(too_deep(spot(&span.start))));
                }
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().unwrap_or_default(),
            _ => continue,
        };
        let (anchor, size) = closed;
        if anchor != 0 {
            anchors.insert(anchor, size);
        }
        if let Some((_, parent)) = open.last_mut() {
            parent.add(size);
            if parent.nodes > MOST_NODES || parent.bytes > MOST_BYTES {
                return Err(Box::new(Fault::new(spot(&span.start), TOO_LARGE).help("repeat less".to_owned())));
            }
        }
    }
    Ok(())
}

/// Says that values are nested too deep.
pub(super) fn too_deep(place: Place) -> Fault {
    Fault::new(place, "values are nested too deep here").help(format!("{DEEPEST} levels are the most"))
}

fn check_tag(event: &Event<'_>, span: &Span) -> Result<(), Box<Fault>> {
    let (tag, core) = match event {
        Event::Scalar(_, _, _, Some(tag)) => (tag, CORE[0]),
        Event::SequenceStart(_, Some(tag)) => (tag, CORE[1]),
        Event::MappingStart(_, Some(tag)) => (tag, CORE[2]),
        _ => return Ok(()),
    };
    // A verbatim tag has no handle.
    let whole = format!("{}{}", tag.handle, tag.suffix);
    if whole.strip_prefix(CORE_HANDLE).is_some_and(|name| core.contains(&name)) {
        return Ok(());
    }
    let message = format!("the YAML tag `{}` means nothing in a config", written(tag, &whole));
    Err(Box::new(Fault::new(spot(&span.start), message).help("remove the tag".to_owned())))
}

/// Returns a tag as people write it.
fn written(tag: &Tag, whole: &str) -> String {
    match (whole.strip_prefix(CORE_HANDLE), tag.handle.as_str()) {
        (Some(name), _) => format!("!!{name}"),
        (None, "!") => whole.to_owned(),
        (None, "") if whole.starts_with('!') => whole.to_owned(),
        _ => format!("!<{whole}>"),
    }
}

fn spot(marker: &Marker) -> Place {
    Place::Spot { line: marker.line(), column: marker.col() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<String> {
        check(text, |place, told| Fault::new(place, told)).err().map(|fault| fault.message)
    }

    #[test]
    fn a_billion_laughs_are_refused_without_being_expanded() {
        let mut text = "a0: &a0 [x]\n".to_owned();
        for level in 1..40 {
            let below = format!("*a{}", level - 1);
            text += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", "));
        }
        assert!(refused(&text).unwrap().contains("too large"));
    }

    #[test]
    fn deep_nesting_is_refused_and_long_lists_are_not() {
        for opened in ["[", "- ", "{a: ", "? "] {
            assert!(refused(&opened.repeat(300_000)).is_some(), "{opened}");
        }
        assert_eq!(refused(&"- {a: [1]}\n".repeat(10_000)), None);
    }

    #[test]
    fn ordinary_anchors_pass() {
        assert_eq!(refused("a: &a {x: 1}\nb: [*a, *a]"), None);
    }

    #[test]
    fn every_tag_that_is_not_of_the_core_is_refused_wherever_it_stands() {
        for tag in [
            "!x",
            "!!x",
            "!!python/object/apply:os.system",
            "!!binary",
            "!!set",
            "!<tag:e.org,2000:x>",
            "!",
            "!<!x>",
            "!!merge",
        ] {
            for text in [
                format!("a: {tag} b"),
                format!("a: {tag} [b]"),
                format!("a: {tag} {{b: c}}"),
                format!("{tag} a: b"),
                format!("{tag} {{a: b}}"),
            ] {
                assert!(refused(&text).is_some_and(|told| told.contains("tag")), "{text}: {:?}", refused(&text));
            }
        }
        let handles = [
            "%TAG !e! tag:e.org,2000:\n---\na: !e!x b",
            "%TAG !! tag:e.org,2000:\n---\na: !!str b",
            "%TAG ! tag:e.org,2000:\n---\na: !str b",
        ];
        for text in handles {
            assert!(refused(text).is_some_and(|told| told.contains("tag")), "{text}");
        }
    }

    #[test]
    fn a_tag_of_the_core_passes_on_what_it_is_of() {
        for text in
            ["a: !!str 1", "!!str a: !!int 1", "a: !!seq [1]", "!!map {a: !!null ~}", "a: !<tag:yaml.org,2002:str> b"]
        {
            assert_eq!(refused(text), None, "{text}");
        }
        for text in ["a: !!map b", "a: !!str [1]", "a: !!seq {b: 1}"] {
            assert!(refused(text).is_some(), "{text}");
        }
    }
}
