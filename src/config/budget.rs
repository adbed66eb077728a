//! Guards against YAML that is small in a file and huge in memory.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser};

use super::problem::{Fault, Place};

/// The most values that a text may expand to.
const MOST_NODES: u64 = 1_000_000;
/// The most bytes of text that a text may expand to.
const MOST_BYTES: u64 = 64 << 20;
/// How deep values may be nested.
const DEEPEST: usize = 64;
const TOO_DEEP: &str = "values are nested too deep here";
const LESS_DEEP: &str = "64 levels are the most";

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

/// Refuses a text whose aliases expand to more than the budget, or that is nested too deep to parse in linear time.
pub(super) fn check(text: &str) -> Result<(), Box<Fault>> {
    let has_aliases = text.contains('&') && text.contains('*');
    if !has_aliases && depth_at_most(text) < DEEPEST {
        return Ok(());
    }
    let mut open: Vec<(usize, Size)> = vec![(0, Size::default())];
    let mut anchors: HashMap<usize, Size> = HashMap::new();
    for parsed in Parser::new_from_str(text) {
        // What this parser cannot read, the one that counts refuses; but that one is slow on deep nesting.
        let Ok((event, span)) = parsed else { return check_brackets(text) };
        let closed = match event {
            Event::Scalar(text, _, anchor, _) => (anchor, Size { nodes: 1, bytes: text.len() as u64 }),
            Event::Alias(anchor) => (0, anchors.get(&anchor).copied().unwrap_or_default()),
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                open.push((anchor, Size { nodes: 1, bytes: 0 }));
                if open.len() > DEEPEST {
                    return Err(too_much(&span, TOO_DEEP, LESS_DEEP));
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
                return Err(too_much(&span, "with its aliases, this YAML is too large", "repeat less"));
            }
        }
    }
    Ok(())
}

/// Returns how deep a text is nested at most, by a quick look: reading a long list twice costs more than all else that
/// is done with it.
fn depth_at_most(text: &str) -> usize {
    // What closes a bracket may be mere text; then it is not counted.
    let may_be_quoted = text.contains(['"', '\'', '!']);
    let mut open = 0_usize;
    let depths = text.lines().map(|line| {
        // Blocks open before the first word of a line, by at most one level a column and one list in the first mapping.
        let before = line.len() - line.trim_start_matches([' ', '\t', '-', '?', ':']).len();
        open += line.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
        // In a flow list, `a: b` is a mapping of its own.
        let depth = before + 2 + open * 2;
        if !may_be_quoted && !line.contains('#') {
            open = open.saturating_sub(line.bytes().filter(|byte| matches!(byte, b']' | b'}')).count());
        }
        depth
    });
    depths.max().unwrap_or_default()
}

/// Refuses a text that opens far more brackets than it closes.
fn check_brackets(text: &str) -> Result<(), Box<Fault>> {
    let mut depth = 0_usize;
    for (place, line) in text.lines().enumerate() {
        for (column, c) in line.chars().enumerate() {
            match c {
                '[' | '{' => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > DEEPEST {
                let spot = saphyr_parser::Marker::new(0, place + 1, column);
                return Err(too_much(&saphyr_parser::Span::empty(spot), TOO_DEEP, LESS_DEEP));
            }
        }
    }
    Ok(())
}

fn too_much(span: &saphyr_parser::Span, message: &str, help: &str) -> Box<Fault> {
    let place = Place::Spot { line: span.start.line(), column: span.start.col() };
    Box::new(Fault::new(place, message).help(help.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_billion_laughs_are_refused_without_being_expanded() {
        let mut text = "a0: &a0 [x]\n".to_owned();
        for level in 1..40 {
            let below = format!("*a{}", level - 1);
            text += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", "));
        }
        assert!(check(&text).unwrap_err().message.contains("too large"));
    }

    #[test]
    fn deep_nesting_is_refused_and_long_lists_are_not() {
        assert!(check(&"[".repeat(1_000_000)).is_err());
        assert!(check(&"- ".repeat(1_000_000)).is_err());
        assert!(check(&"- {a: [1]}\n".repeat(10_000)).is_ok());
    }

    proptest! {
        #[test]
        fn the_quick_look_never_takes_a_text_for_less_deep_than_it_is(
            text in "([ ]|[-] |[?] |: |[\\[\\]{},#!'\"|>&*a\n]){0,20}",
        ) {
            let (mut depth, mut deepest) = (0_usize, 0);
            let Ok(events) = Parser::new_from_str(&text).collect::<Result<Vec<_>, _>>() else { return Ok(()) };
            for (event, _) in events {
                match event {
                    Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
                    Event::SequenceEnd | Event::MappingEnd => depth -= 1,
                    _ => {}
                }
                deepest = deepest.max(depth);
            }
            prop_assert!(deepest <= depth_at_most(&text), "{deepest}");
        }
    }

    #[test]
    fn ordinary_anchors_pass() {
        assert!(check("a: &a {x: 1}\nb: [*a, *a]").is_ok());
    }
}
