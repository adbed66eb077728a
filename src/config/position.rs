//! Where in a text keys and values are. Read only once something is wrong.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::budget::DEEPEST;
use super::problem::{Fault, Place};
use super::tree::KeyPath;

/// A stretch of one line: the line from 1, the column from 0, both in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) length: usize,
}

/// Where a key and its value are; elements of lists have no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spots {
    pub(super) key: Option<Spot>,
    pub(super) value: Spot,
    pub(super) is_scalar: bool,
}

/// Where every key and value of a text is: a tree, so that a long key is held once and not in every path below it.
#[derive(Debug)]
pub(super) struct Positions {
    nodes: Vec<Node>,
    repeated: Vec<(usize, Spot, usize)>,
    is_complete: bool,
}

/// A value of the text; the first one is the top.
#[derive(Debug, Default)]
struct Node {
    key: String,
    parent: usize,
    spots: Option<Spots>,
    children: BTreeMap<String, usize>,
}

/// The top of a text.
pub(super) const TOP: usize = 0;

impl Default for Positions {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], repeated: Vec::new(), is_complete: true }
    }
}

impl Positions {
    /// Walks a YAML text; after a syntax error, what came before it is known.
    pub(super) fn of_yaml(text: &str) -> Self {
        let mut walk = Walk::default();
        for parsed in Parser::new_from_str(text) {
            match parsed {
                Ok((Event::DocumentEnd, _)) => break,
                // What is nested too deep was refused, and the parser takes the square of its depth.
                Ok((event, span)) if walk.open.len() <= DEEPEST => walk.step(&event, &span),
                _ => {
                    walk.found.is_complete = false;
                    break;
                }
            }
        }
        walk.found
    }

    /// Marks the text as one that could not be read to its end.
    pub(super) fn incomplete(self) -> Self {
        Self { is_complete: false, ..self }
    }

    /// Returns whether the text could be read to its end.
    pub(super) const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Adds a value below another, and returns it.
    pub(super) fn child(&mut self, parent: usize, key: &str, spots: Option<Spots>) -> usize {
        let child = self.nodes.len();
        self.nodes.push(Node { key: key.to_owned(), parent, spots, children: BTreeMap::new() });
        self.nodes[parent].children.entry(key.to_owned()).or_insert(child);
        child
    }

    fn find(&self, path: &[String]) -> Option<usize> {
        path.iter().try_fold(TOP, |node, key| self.nodes[node].children.get(key).copied())
    }

    /// Returns the keys that lead to a value.
    fn path(&self, mut node: usize) -> KeyPath {
        let mut keys = Vec::new();
        while node != TOP {
            keys.push(self.nodes[node].key.clone());
            node = self.nodes[node].parent;
        }
        keys.reverse();
        keys.into()
    }

    /// Returns the spot to show for a place in a tree: the nearest one above it, if the text does not hold it itself.
    pub(super) fn spot(&self, place: &Place) -> Option<Spot> {
        let path = place.path()?.keys();
        let (mut node, mut depth) = (TOP, 0);
        while let Some(below) = path.get(depth).and_then(|key| self.nodes[node].children.get(key)) {
            (node, depth) = (*below, depth + 1);
        }
        let is_itself = depth == path.len();
        let spots = self.nodes[node].spots?;
        let points_at_value = matches!(place, Place::Value(_)) && is_itself && spots.is_scalar;
        let same_line = spots.key.is_none_or(|key| key.line == spots.value.line);
        Some(if points_at_value && same_line { spots.value } else { spots.key.unwrap_or(spots.value) })
    }

    /// Returns the spot of a single value that the text holds itself.
    pub(super) fn value(&self, path: &KeyPath) -> Option<Spot> {
        let spots = self.nodes[self.find(path.keys())?].spots?;
        spots.is_scalar.then_some(spots.value)
    }

    /// Returns the path of the value at a spot.
    pub(super) fn at(&self, place: &Place) -> Option<KeyPath> {
        let Place::Spot { line, column } = place else { return None };
        let is_there = |node: &Node| {
            let spot = node.spots.filter(|spots| spots.is_scalar).map(|spots| spots.value);
            spot.is_some_and(|spot| (spot.line, spot.column) == (*line, *column))
        };
        self.nodes.iter().position(is_there).map(|node| self.path(node))
    }

    /// Returns the first path that ends in a key.
    pub(super) fn find_key(&self, key: &str) -> Option<KeyPath> {
        let found = self.nodes.iter().skip(1).position(|node| node.key == key)?;
        Some(self.path(found + 1))
    }

    /// Returns all keys and values that touch some columns of a line, each with its path.
    pub(super) fn on_line(
        &self,
        line: usize,
        columns: std::ops::Range<usize>,
    ) -> impl Iterator<Item = (Spots, KeyPath)> {
        let nodes = self.nodes.iter().enumerate().filter_map(|(at, node)| Some((at, node.spots?)));
        let touches = move |spot: Spot| {
            spot.line == line && spot.column < columns.end && spot.column + spot.length > columns.start
        };
        let here = nodes.filter(move |(_, spots)| touches(spots.value) || spots.key.is_some_and(&touches));
        here.map(|(node, spots)| (spots, self.path(node)))
    }

    /// Says where keys are repeated; of very many, only the first ones.
    pub(super) fn repeated_keys(&self, most: usize) -> Vec<Fault> {
        let say = |(node, spot, first): &(usize, Spot, usize)| {
            let message = format!("the key `{}` is repeated; it is first on line {first}", self.nodes[*node].key);
            Fault::new(Place::Spot { line: spot.line, column: spot.column }, message)
                .help("keep one of them".to_owned())
        };
        self.repeated.iter().take(most).map(say).collect()
    }
}

/// Returns where the second YAML document of a text starts.
pub(super) fn second_document(text: &str) -> Option<Place> {
    let events = Parser::new_from_str(text).map_while(Result::ok);
    let mut starts = events.filter(|(event, _)| matches!(event, Event::DocumentStart(_)));
    let (_, span) = starts.nth(1)?;
    Some(Place::Spot { line: span.start.line(), column: span.start.col() })
}

/// A way through a text, from its first value to its last.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) found: Positions,
    open: Vec<Frame>,
}

/// A collection that is being walked through.
struct Frame {
    node: usize,
    spot: Spot,
    inside: Inside,
}

enum Inside {
    Mapping { key: Option<(String, Spot)> },
    List { next: usize },
}

impl Walk {
    fn step(&mut self, event: &Event<'_>, span: &Span) {
        match event {
            Event::Scalar(text, style, ..) => {
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                self.scalar(text, spot(span), !block);
            }
            Event::Alias(_) => self.scalar("*", spot(span), true),
            Event::MappingStart(..) => self.mapping(spot(span)),
            Event::SequenceStart(..) => self.list(spot(span)),
            Event::MappingEnd | Event::SequenceEnd => self.close(),
            _ => {}
        }
    }

    /// Goes over a single value, or over a key where one is next.
    pub(super) fn scalar(&mut self, text: &str, spot: Spot, is_scalar: bool) {
        if let Some(Frame { inside: Inside::Mapping { key: key @ None }, .. }) = self.open.last_mut() {
            *key = Some((text.to_owned(), spot));
            return;
        }
        self.enter(spot, is_scalar);
    }

    /// Goes into a mapping.
    pub(super) fn mapping(&mut self, spot: Spot) {
        let node = self.enter(spot, false);
        self.open.push(Frame { node, spot, inside: Inside::Mapping { key: None } });
    }

    /// Goes into a list.
    pub(super) fn list(&mut self, spot: Spot) {
        let node = self.enter(spot, false);
        self.open.push(Frame { node, spot, inside: Inside::List { next: 0 } });
    }

    /// Goes out of a mapping or a list.
    pub(super) fn close(&mut self) {
        let Some(Frame { node, spot, .. }) = self.open.pop() else { return };
        // A collection that was a key.
        if let Some(Frame { node: parent, inside: Inside::Mapping { key: key @ None }, .. }) = self.open.last_mut()
            && self.found.nodes[node].spots.is_none()
            && *parent != node
        {
            *key = Some(("?".to_owned(), spot));
        }
    }

    /// Notes where a value is.
    fn enter(&mut self, spot: Spot, is_scalar: bool) -> usize {
        let (found, value) = (&mut self.found, spot);
        let Some(frame) = self.open.last_mut() else { return TOP };
        match &mut frame.inside {
            Inside::List { next } => {
                *next += 1;
                found.child(frame.node, &(*next - 1).to_string(), Some(Spots { key: None, value, is_scalar }))
            }
            Inside::Mapping { key } => {
                let Some((key, at)) = key.take() else { return found.child(frame.node, "?", None) };
                let first = found.nodes[frame.node].children.get(&key).copied();
                let child = found.child(frame.node, &key, Some(Spots { key: Some(at), value, is_scalar }));
                if let Some(first) = first.and_then(|first| found.nodes[first].spots?.key) {
                    found.repeated.push((child, at, first.line));
                }
                child
            }
        }
    }
}

fn spot(span: &Span) -> Spot {
    let one_line = span.start.line() == span.end.line();
    let length = if one_line { span.end.index().saturating_sub(span.start.index()) } else { 1 };
    Spot { line: span.start.line(), column: span.start.col(), length: length.max(1) }
}
#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, place: Place) -> (usize, usize) {
        let spot = Positions::of_yaml(text).spot(&place).unwrap();
        (spot.line, spot.column)
    }

    #[test]
    fn keys_and_values_are_found_in_blocks_lists_and_flows() {
        let text = "jobs:\n  - KIND: A\n    alias: é\n  - {KIND: B, x: [1, {y: 2}]}\n";
        assert_eq!(at(text, Place::Key(KeyPath::new(&["jobs", "0", "alias"]))), (3, 4));
        assert_eq!(at(text, Place::Value(KeyPath::new(&["jobs", "0", "alias"]))), (3, 11));
        assert_eq!(at(text, Place::Value(KeyPath::new(&["jobs", "1", "x", "1", "y"]))), (4, 25));
        assert_eq!(at(text, Place::Within(KeyPath::new(&["jobs", "1"]))), (4, 4));
    }

    #[test]
    fn a_value_on_another_line_is_shown_by_its_key() {
        let text = "job:\n  message: |\n    secret\n";
        assert_eq!(at(text, Place::Value(KeyPath::new(&["job", "message"]))), (2, 2));
        assert_eq!(at("job:\n  message:\n    x\n", Place::Value(KeyPath::new(&["job", "message"]))), (2, 2));
    }

    #[test]
    fn a_path_that_is_not_in_the_text_is_found_by_what_is_above_it() {
        assert_eq!(at("job: {}\n", Place::Within(KeyPath::new(&["job", "tags", "x"]))), (1, 0));
    }

    #[test]
    fn aliases_are_not_expanded() {
        let text = "a: &a {x: 1}\nb: *a\n? [k]\n: 1\nc: 3\n";
        assert_eq!(at(text, Place::Key(KeyPath::new(&["c"]))), (5, 0));
    }
}
