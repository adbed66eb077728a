//! Where in a text keys and values are. Read only once something is wrong.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

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

/// Where every key and value of a text is.
#[derive(Debug, Default)]
pub(super) struct Positions {
    spots: BTreeMap<KeyPath, Spots>,
    repeated: Vec<(KeyPath, Spot, usize)>,
}

impl Positions {
    /// Walks a YAML or JSON text; after a syntax error, what came before it is known.
    pub(super) fn of_yaml(text: &str) -> Self {
        let mut walk = Walk::default();
        for (event, span) in Parser::new_from_str(text).map_while(Result::ok) {
            if event == Event::DocumentEnd {
                break;
            }
            walk.step(&event, &span);
        }
        walk.found
    }

    pub(super) fn insert(&mut self, path: KeyPath, spots: Spots) {
        self.spots.insert(path, spots);
    }

    /// Returns the spot to show for a place in a tree: the nearest one above it, if the text does not hold it itself.
    pub(super) fn spot(&self, place: &Place) -> Option<Spot> {
        let path = place.path()?;
        let mut nearest = Some(path.clone());
        while let Some(here) = nearest {
            if let Some(spots) = self.spots.get(&here) {
                let points_at_value = matches!(place, Place::Value(_)) && &here == path && spots.is_scalar;
                let same_line = spots.key.is_none_or(|key| key.line == spots.value.line);
                return Some(if points_at_value && same_line { spots.value } else { spots.key.unwrap_or(spots.value) });
            }
            nearest = here.parent();
        }
        None
    }

    /// Returns the path of the value at a spot.
    pub(super) fn at(&self, place: &Place) -> Option<KeyPath> {
        let Place::Spot { line, column } = place else { return None };
        let mut here = self.spots.iter().filter(|(_, spots)| spots.is_scalar);
        here.find(|(_, spots)| (spots.value.line, spots.value.column) == (*line, *column)).map(|(path, _)| path.clone())
    }

    /// Returns the first path that ends in a key.
    pub(super) fn find_key(&self, key: &str) -> Option<KeyPath> {
        self.spots.keys().find(|path| path.last() == Some(key)).cloned()
    }

    /// Says where keys are repeated.
    pub(super) fn repeated_keys(&self) -> Vec<Fault> {
        let say = |(path, spot, first): &(KeyPath, Spot, usize)| {
            let message =
                format!("the key `{}` is repeated; it is first on line {first}", path.last().unwrap_or_default());
            Fault::new(Place::Spot { line: spot.line, column: spot.column }, message)
                .help("keep one of them".to_owned())
        };
        self.repeated.iter().map(say).collect()
    }
}

/// Returns where the second YAML document of a text starts.
pub(super) fn second_document(text: &str) -> Option<Place> {
    let events = Parser::new_from_str(text).map_while(Result::ok);
    let mut starts = events.filter(|(event, _)| matches!(event, Event::DocumentStart(_)));
    let (_, span) = starts.nth(1)?;
    Some(Place::Spot { line: span.start.line(), column: span.start.col() })
}

#[derive(Default)]
struct Walk {
    found: Positions,
    path: Vec<String>,
    open: Vec<Frame>,
    last_key: Option<Spot>,
}

/// A collection that is being walked through.
enum Frame {
    Mapping { key: Option<(String, Spot)> },
    List { next: usize },
}

impl Walk {
    fn step(&mut self, event: &Event<'_>, span: &Span) {
        match event {
            Event::Scalar(text, style, ..) => {
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                self.enter(text, spot(span), !block);
                self.leave();
            }
            Event::Alias(_) => {
                self.enter("*", spot(span), true);
                self.leave();
            }
            Event::MappingStart(..) => {
                self.enter("?", spot(span), false);
                self.open.push(Frame::Mapping { key: None });
            }
            Event::SequenceStart(..) => {
                self.enter("?", spot(span), false);
                self.open.push(Frame::List { next: 0 });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
                self.leave();
            }
            _ => {}
        }
    }

    /// Notes where a node is, and makes its path the current one.
    fn enter(&mut self, text: &str, spot: Spot, is_scalar: bool) {
        let (segment, key) = match self.open.last() {
            None => return,
            Some(Frame::List { next }) => (next.to_string(), None),
            Some(Frame::Mapping { key: Some((key, at)) }) => (key.clone(), Some(*at)),
            Some(Frame::Mapping { key: None }) => {
                self.path.push(text.to_owned());
                self.last_key = Some(spot);
                let path = KeyPath::from(self.path.clone());
                if let Some(first) = self.found.spots.get(&path).and_then(|spots| spots.key) {
                    self.found.repeated.push((path, spot, first.line));
                    // What is below a repeated key is not repeated once more.
                    self.path.pop();
                    self.path.push(format!("{text}\0{}", spot.line));
                }
                return;
            }
        };
        self.path.push(segment);
        let path = KeyPath::from(self.path.clone());
        self.found.spots.entry(path).or_insert(Spots { key, value: spot, is_scalar });
    }

    /// Goes back to the collection that holds the node, and on to its next one.
    fn leave(&mut self) {
        let Some(segment) = self.path.pop() else { return };
        let Some(frame) = self.open.last_mut() else { return };
        match frame {
            Frame::List { next } => *next += 1,
            Frame::Mapping { key: key @ Some(_) } => *key = None,
            Frame::Mapping { key } => *key = self.last_key.map(|spot| (segment, spot)),
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
