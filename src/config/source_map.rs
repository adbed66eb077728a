//! The sources of an invocation. Resolves faults to places in them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::{Diagnostic, Excerpt, Fault, Faults, Location};
use super::excerpt::{ShownParts, excerpt};
use super::interpolate::Inputs;
use super::key_path::KeyPath;
use super::node::{Node, SourceId, Span};
use super::ports::Ports;
use super::schema_node::SchemaNode;
use super::source::Source;
use crate::secret::{redact, redact_userinfo};

/// What stands before the name of a variable where it is a source of values.
pub(super) const VARIABLE: &str = "environment variable ";

/// The origin of the values of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A file or standard input.
    File,
    /// An argument, or a variable of a job.
    Argument,
    /// A variable that configures services. It is not part of a plan, because it is set again where the plan is
    /// applied.
    Variable,
    /// One of MLflow's own variables. Like [`Origin::Variable`], but its value is not interpolated.
    Mlflow,
}

/// All sources of values, with the context to read them.
pub(super) struct SourceMap<'s> {
    pub(super) top: SchemaNode<'s>,
    pub(super) env: &'s BTreeMap<String, String>,
    ports: Ports,
    sources: Vec<Known>,
    vocabulary: OnceCell<BTreeSet<String>>,
}

struct Known {
    /// What people call the source.
    name: String,
    origin: Origin,
    /// `None` for a variable or a single setting, whose value errors do not show.
    text: Option<String>,
    /// Where the line breaks of the text are. Counted once, because a batch asks for the lines of all its fields.
    line_breaks: OnceCell<Vec<usize>>,
    /// The parsed text; `None` where it could not be parsed.
    root: Option<Node>,
}

/// The place in a text that an error points to.
struct Target {
    source: SourceId,
    span: Span,
    /// Whether the target is the wrong value itself.
    is_value: bool,
}

impl<'s> SourceMap<'s> {
    pub(super) fn new(top: SchemaNode<'s>, env: &'s BTreeMap<String, String>) -> Self {
        Self { top, env, ports: Ports::default(), sources: Vec::new(), vocabulary: OnceCell::new() }
    }

    /// Returns what interpolations can insert.
    pub(super) const fn inputs(&self) -> Inputs<'_> {
        Inputs { env: self.env, ports: &self.ports }
    }

    /// Adds a source that has no text to show.
    pub(super) fn add(&mut self, name: String, origin: Origin) -> SourceId {
        self.sources.push(Known { name, origin, text: None, line_breaks: OnceCell::new(), root: None });
        SourceId(self.sources.len() - 1)
    }

    /// Parses a source and adds it.
    ///
    /// # Errors
    /// The errors of its text.
    pub(super) fn parse(&mut self, source: Source, origin: Origin) -> Result<Node, Vec<Diagnostic>> {
        let id = SourceId(self.sources.len());
        let parsed = source.parse(id);
        let (text, root) = (Some(source.text), parsed.root.clone());
        self.sources.push(Known { name: source.name, origin, text, line_breaks: OnceCell::new(), root });
        if let (Some(root), []) = (parsed.root, parsed.faults.as_slice()) {
            return Ok(root);
        }
        let mut faults = Faults::default();
        faults.extend(parsed.faults);
        Err(faults.into_shown(|_| true).into_iter().map(|fault| self.in_source(id, fault)).collect())
    }

    pub(super) fn name(&self, source: SourceId) -> &str {
        &self.sources[source.0].name
    }

    /// Returns the line in which a span starts; `None` if the source has no text to show.
    pub(super) fn line(&self, source: SourceId, span: Span) -> Option<usize> {
        let Known { text, line_breaks, .. } = &self.sources[source.0];
        let text = text.as_deref()?;
        let line_breaks = line_breaks.get_or_init(|| text.match_indices('\n').map(|(at, _)| at).collect());
        Some(line_breaks.partition_point(|at| *at < span.start as usize) + 1)
    }

    /// Returns whether a text is not interpolated. Free text from outside is literal, because the title of a pull
    /// request must not fetch a secret.
    pub(super) fn is_literal(&self, source: SourceId, place: Option<SchemaNode<'_>>) -> bool {
        let is_free_text = || place.is_some_and(SchemaNode::is_free_text);
        self.origin(source) == Origin::Mlflow || self.is_from_outside(source) && is_free_text()
    }

    /// Returns whether a value comes from an argument or a variable, rather than from a file.
    pub(super) fn is_from_outside(&self, source: SourceId) -> bool {
        self.origin(source) != Origin::File
    }

    /// Returns the name of the variable if the source is a variable of services.
    pub(super) fn variable(&self, source: SourceId) -> Option<&str> {
        match self.origin(source) {
            Origin::File | Origin::Argument => None,
            Origin::Variable | Origin::Mlflow => self.name(source).split(' ').next_back(),
        }
    }

    fn origin(&self, source: SourceId) -> Origin {
        self.sources[source.0].origin
    }

    /// Resolves a fault in the text of one source.
    fn in_source(&self, source: SourceId, fault: Fault) -> Diagnostic {
        let target = match &fault.location {
            Location::Whole => None,
            // Only a span with a path is a whole value or key, which is underlined as a whole.
            Location::Span(span, path) => {
                let end = if path.is_some() { span.end } else { span.start };
                Some(Target { source, span: Span { end, ..*span }, is_value: false })
            }
            location => self.sources[source.0].root.as_ref().and_then(|root| self.target(root, location)),
        };
        let excerpt = target.and_then(|target| self.excerpt(&target));
        self.diagnostic(source, fault, excerpt)
    }

    /// Resolves a fault of a merged config to the source that caused it. `file` is the config file.
    pub(super) fn in_config(&self, file: SourceId, merged: &Node, fault: Fault) -> Diagnostic {
        let target = match &fault.location {
            // A missing key should be added to the config file, whichever source began the mapping.
            Location::Within(path) => self.target_within(merged, path, file),
            location => self.target(merged, location).or_else(|| self.target_within(merged, location.path()?, file)),
        };
        let Some(mut target) = target else { return self.diagnostic(file, fault, None) };
        target.is_value &= self.shows_value(merged, &fault.location);
        let excerpt = self.excerpt(&target);
        self.diagnostic(target.source, fault, excerpt)
    }

    fn diagnostic(&self, source: SourceId, fault: Fault, excerpt: Option<Excerpt>) -> Diagnostic {
        let key = fault.location.path().map(ToString::to_string).filter(|key| !key.is_empty());
        // The same value may be secret under one key and wrong under another, for instance through a YAML alias.
        let message = redact(&fault.message).into_owned();
        let source = self.name(source).to_owned();
        Diagnostic { message, help: fault.help, source, key, excerpt: excerpt.map(Box::new) }
    }

    /// Returns whether an error may show the value at a location.
    fn shows_value(&self, merged: &Node, location: &Location) -> bool {
        let Location::Value(path) = location else { return false };
        let is_clean = |text: &str| redact(&redact_userinfo(text)) == text;
        merged
            .get(path.keys())
            .is_some_and(|node| node.as_text().is_none_or(is_clean) && self.top.shows(path.keys(), node, merged))
    }

    fn excerpt(&self, target: &Target) -> Option<Excerpt> {
        let Known { text, root, .. } = &self.sources[target.source.0];
        let parts = ShownParts {
            root: root.as_ref(),
            top: self.top,
            vocabulary: self.vocabulary.get_or_init(|| self.top.vocabulary()),
            value: target.is_value.then_some(target.span),
        };
        excerpt(text.as_deref()?, target.span, &parts)
    }

    /// Finds the place for a location: the value, or the nearest value above it if the tree does not have it.
    fn target(&self, root: &Node, location: &Location) -> Option<Target> {
        let path = location.path()?.keys();
        let (node, key_span, depth) = descend(root, path);
        let is_itself = depth == path.len();
        // A key that is missing in a mapping belongs into the config file. Below a text, the value comes from an
        // interpolation in the text.
        if depth == 0 || !is_itself && node.is_collection() {
            return None;
        }
        let is_value = is_itself && matches!(location, Location::Value(_)) && !node.is_collection();
        Some(self.point_at(node, key_span, is_value))
    }

    /// Finds the mapping of the file in which a key is missing, or the nearest mapping above it.
    fn target_within(&self, root: &Node, path: &KeyPath, file: SourceId) -> Option<Target> {
        let mut ends = (1..=path.keys().len()).rev().map(|end| descend(root, &path.keys()[..end]));
        let (node, key_span, _) = ends.find(|(node, _, depth)| *depth > 0 && node.source == file)?;
        Some(self.point_at(node, key_span, false))
    }

    /// Points to a value, or to its key if the key is meant or is on another line.
    fn point_at(&self, node: &Node, key_span: Option<Span>, is_value: bool) -> Target {
        let text = self.sources[node.source.0].text.as_deref().unwrap_or_default();
        let is_broken = |key: Span| {
            let between = text.get(key.start as usize..node.span.start as usize);
            between.is_some_and(|between| between.contains('\n'))
        };
        let is_value = is_value && !key_span.is_some_and(is_broken);
        let span = if is_value { node.span } else { key_span.unwrap_or(node.span) };
        Target { source: node.source, span, is_value }
    }
}

/// Follows a path as far as values exist. Returns the last value, its key and the depth.
fn descend<'n>(root: &'n Node, path: &[String]) -> (&'n Node, Option<Span>, usize) {
    let (mut here, mut key_span) = (root, None);
    for (depth, key) in path.iter().enumerate() {
        let Some(below) = here.child(key) else { return (here, key_span, depth) };
        key_span = here.as_map().and_then(|map| map.get(key)).map(|entry| entry.key_span);
        here = below;
    }
    (here, key_span, path.len())
}
