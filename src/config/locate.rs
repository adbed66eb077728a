//! Faults in a tree turned into problems in a source.

use std::collections::{BTreeSet, HashMap};

use figment::value::Value;

use super::document::{Document, Format};
use super::layers::Layers;
use super::position::{Positions, Spot};
use super::problem::{Fault, Place, Problem, ShownLine};
use super::redact::shown_line;
use super::sensitive::secrets;
use super::tree::KeyPath;
use super::{toml, tree};

/// The texts that were read, and where things are in them once someone asks.
#[derive(Default)]
pub(super) struct Library {
    documents: HashMap<String, Document>,
    positions: HashMap<String, Positions>,
    /// What is secret in a text, once someone asks; none where the text cannot be read.
    secrets: HashMap<String, Option<BTreeSet<String>>>,
}

impl Library {
    pub(super) fn add(&mut self, document: Document) {
        self.documents.insert(document.name.clone(), document);
    }

    /// Turns a fault of one text into a problem.
    pub(super) fn in_text(&mut self, name: &str, fault: Fault) -> Problem {
        let line = self.line(name, &fault.place).map(Box::new);
        let key = fault.place.path().map(ToString::to_string).filter(|key| !key.is_empty());
        Problem { message: fault.message, help: fault.help, source: name.to_owned(), key, line }
    }

    /// Turns a fault of merged layers into a problem of the layer to blame.
    ///
    /// `tree` is what the layers merged to, before anything was removed from it.
    pub(super) fn in_layers(&mut self, config: &str, layers: &Layers, tree: &Value, fault: Fault) -> Problem {
        let value = fault.place.path().and_then(|path| tree::get(tree, path.keys()));
        let origin = value.and_then(|value| layers.source(value.tag()));
        // Where something is missing, the config itself is where to add it, whatever else began the mapping.
        let blamed = origin.filter(|_| !matches!(fault.place, Place::Within(_))).unwrap_or(config);
        self.in_text(blamed, fault)
    }

    /// Returns the line, from 1, on which a text holds a value; none where the text does not hold it itself.
    pub(super) fn line_of(&mut self, name: &str, path: &KeyPath) -> Option<usize> {
        let positions = self.positions(name)?;
        positions.spot(&Place::Value(path.clone())).map(|spot| spot.line)
    }

    fn line(&mut self, name: &str, place: &Place) -> Option<ShownLine> {
        let spot = match place {
            Place::Whole => return None,
            Place::Spot { line, column } => Spot { line: *line, column: *column, length: 1 },
            place => self.positions(name)?.spot(place)?,
        };
        let document = self.documents.get(name)?;
        let read = || document.parse().ok().map(|values| secrets(&Value::from(values)));
        let secrets = self.secrets.entry(name.to_owned()).or_insert_with(read);
        shown_line(document, spot, secrets.as_ref())
    }

    fn positions(&mut self, name: &str) -> Option<&Positions> {
        let document = self.documents.get(name)?;
        let find = || match document.format {
            Format::Yaml | Format::Json => Positions::of_yaml(&document.text),
            Format::Toml => toml::positions(&document.text),
        };
        Some(self.positions.entry(name.to_owned()).or_insert_with(find))
    }
}
