//! Faults in a tree turned into problems in a source.

use std::collections::{BTreeSet, HashMap};

use figment::value::Value;

use super::document::{Document, Format};
use super::fields::Field;
use super::layers::Layers;
use super::position::{Positions, Spot};
use super::problem::{Fault, Place, Problem, ShownLine};
use super::redact::{Shown, shown_line};
use super::sensitive::hide;
use super::tree::KeyPath;
use super::{json_positions, toml, tree};
use crate::secret::redact_userinfo;

/// The texts that were read, and where things are in them once someone asks.
pub(super) struct Library<'s> {
    top: Field<'s>,
    documents: HashMap<String, Document>,
    positions: HashMap<String, Positions>,
    /// The words of the schema, once someone asks.
    vocabulary: BTreeSet<String>,
}

impl<'s> Library<'s> {
    pub(super) fn new(top: Field<'s>) -> Self {
        Self { top, documents: HashMap::new(), positions: HashMap::new(), vocabulary: BTreeSet::new() }
    }

    pub(super) fn add(&mut self, document: Document) {
        self.documents.insert(document.name.clone(), document);
    }

    /// Turns a fault of one text into a problem.
    pub(super) fn in_text(&mut self, name: &str, fault: Fault) -> Problem {
        self.problem(name, fault, false)
    }

    fn problem(&mut self, name: &str, fault: Fault, shows_value: bool) -> Problem {
        let line = self.line(name, &fault.place, shows_value).map(Box::new);
        let key = fault.place.path().map(ToString::to_string).filter(|key| !key.is_empty());
        Problem { message: fault.message, help: fault.help, source: name.to_owned(), key, line }
    }

    /// Turns a fault of merged layers into a problem of the layer to blame.
    ///
    /// `tree` is what the layers merged to, before anything was removed from it, and `secrets` are the secrets in it.
    pub(super) fn in_layers(
        &mut self,
        config: &str,
        layers: &Layers,
        (tree, secrets): (&Value, &BTreeSet<String>),
        fault: Fault,
    ) -> Problem {
        let value = fault.place.path().and_then(|path| tree::get(tree, path.keys()));
        let origin = value.and_then(|value| layers.source(value.tag()));
        // Where something is missing, the config itself is where to add it, whatever else began the mapping.
        let blamed = origin.filter(|_| !matches!(fault.place, Place::Within(_))).unwrap_or(config);
        let shows = |value: &Value, path: &KeyPath| {
            let is_clean = |text: &str| hide(&redact_userinfo(text), secrets) == text;
            value.as_str().is_none_or(is_clean) && self.top.shows(path.keys(), value, tree)
        };
        let shows_value = match (&fault.place, value) {
            (Place::Value(path), Some(value)) => shows(value, path),
            _ => false,
        };
        self.problem(blamed, fault, shows_value)
    }

    /// Returns the line, from 1, on which a text holds a value; none where the text does not hold it itself.
    pub(super) fn line_of(&mut self, name: &str, path: &KeyPath) -> Option<usize> {
        let positions = self.positions(name)?;
        positions.spot(&Place::Value(path.clone())).map(|spot| spot.line)
    }

    fn line(&mut self, name: &str, place: &Place, shows_value: bool) -> Option<ShownLine> {
        let spot = match place {
            Place::Whole => return None,
            Place::Spot { line, column } => Spot { line: *line, column: *column, length: 1 },
            place => self.positions(name)?.spot(place)?,
        };
        if self.vocabulary.is_empty() {
            self.vocabulary = self.top.vocabulary();
        }
        self.positions(name)?;
        let (document, positions) = (self.documents.get(name)?, self.positions.get(name)?);
        let value = place.path().filter(|_| shows_value).and_then(|path| positions.value(path));
        shown_line(document, spot, &Shown { positions, top: self.top, vocabulary: &self.vocabulary, value })
    }

    fn positions(&mut self, name: &str) -> Option<&Positions> {
        let document = self.documents.get(name)?;
        let find = || match document.format {
            Format::Yaml => Positions::of_yaml(&document.text),
            Format::Json => json_positions::positions(&document.text),
            Format::Toml => toml::positions(&document.text),
        };
        Some(self.positions.entry(name.to_owned()).or_insert_with(find))
    }
}
