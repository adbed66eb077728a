//! Errors of a config: without a place in a file, with one, and as they are rendered for people.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use annotate_snippets::{Annotation, AnnotationKind, Level, Origin, Renderer, Snippet};

use super::key_path::KeyPath;
use super::node::Span;
use crate::text::escape_line;

/// The maximum number of errors of one config that are shown.
pub(super) const MOST_SHOWN: usize = 50;
/// The maximum width of a rendered line, in characters. Longer lines are cut around the underlined part.
const WIDEST: usize = 160;

/// An error without a place: a message and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }

    pub(super) fn at(self, location: Location) -> Fault {
        Fault { message: self.message, help: self.help, location }
    }
}

impl From<String> for Problem {
    fn from(message: String) -> Self {
        Self { message, help: None }
    }
}

/// An error at a location that is not yet resolved to a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) location: Location,
}

/// The location of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// The source as a whole.
    Whole,
    /// A span of the text of the source, with the key path if it is known.
    Span(Span, Option<KeyPath>),
    /// An unexpected key.
    Key(KeyPath),
    /// The value of a key.
    Value(KeyPath),
    /// A mapping without a required key.
    Within(KeyPath),
}

impl Location {
    /// Creates a location from a span of the text.
    pub(super) const fn at(span: Span) -> Self {
        Self::Span(span, None)
    }

    pub(super) const fn path(&self) -> Option<&KeyPath> {
        match self {
            Self::Whole => None,
            Self::Span(_, path) => path.as_ref(),
            Self::Key(path) | Self::Value(path) | Self::Within(path) => Some(path),
        }
    }
}

impl Fault {
    pub(super) fn new(location: Location, message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, location }
    }

    pub(super) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }
}

/// The maximum number of errors of one config that are stored; later ones are only counted. This bounds the work for a
/// broken config.
const MOST_KEPT: usize = 200;

/// The errors of one config, up to a limit.
#[derive(Default)]
pub(super) struct Faults {
    list: Vec<Fault>,
    paths: BTreeSet<KeyPath>,
    more: usize,
}

impl Faults {
    /// Adds a fault. The message is built only if the fault is stored.
    pub(super) fn push_with(&mut self, word: impl FnOnce() -> Fault) {
        if self.list.len() >= MOST_KEPT {
            self.more += 1;
            return;
        }
        let fault = word();
        self.paths.extend(fault.location.path().cloned());
        self.list.push(fault);
    }

    pub(super) fn push(&mut self, fault: Fault) {
        self.push_with(|| fault);
    }

    pub(super) fn extend(&mut self, faults: impl IntoIterator<Item = Fault>) {
        faults.into_iter().for_each(|fault| self.push(fault));
    }

    /// Returns the number of faults, including those that are only counted.
    pub(super) fn count(&self) -> usize {
        self.list.len() + self.more
    }

    /// Returns whether further faults are only counted.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= MOST_KEPT
    }

    /// Returns the paths of the faults.
    pub(super) fn paths(&self) -> &BTreeSet<KeyPath> {
        &self.paths
    }

    /// Returns whether a value, or anything below it, has a fault.
    pub(super) fn is_within(&self, path: &KeyPath) -> bool {
        self.paths.range(path..).next().is_some_and(|next| next.keys().starts_with(path.keys()))
    }

    /// Returns the faults to show among those that `is_kept` accepts, and a last one with the number of the others.
    pub(super) fn into_shown(self, is_kept: impl Fn(&Fault) -> bool) -> Vec<Fault> {
        let mut list: Vec<Fault> = self.list.into_iter().filter(is_kept).collect();
        let more = list.len().saturating_sub(MOST_SHOWN) + self.more;
        list.truncate(MOST_SHOWN);
        if more > 0 {
            list.push(Fault::new(Location::Whole, format!("{more} more errors of this config are not shown")));
        }
        list
    }
}

/// An error with its place in a source. It contains no secrets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Diagnostic {
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// The file, variable or argument that caused the error.
    pub(super) source: String,
    /// The key path in dotted form.
    pub(super) key: Option<String>,
    pub(super) excerpt: Option<Box<Excerpt>>,
}

/// A line of a source in which secrets are masked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Excerpt {
    /// The number of the line, from 1.
    pub(super) number: usize,
    /// The column of the error in the original line, from 0.
    pub(super) column: usize,
    pub(super) text: String,
    /// The bytes of `text` to underline.
    pub(super) caret: (usize, usize),
}

/// All errors of the configs of an invocation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Errors {
    diagnostics: Vec<Diagnostic>,
    /// The configs without errors.
    valid: Vec<String>,
}

impl Errors {
    /// Returns how many errors there are.
    pub const fn count(&self) -> usize {
        self.diagnostics.len()
    }

    /// Collects diagnostics. Equal ones, such as those of a base that several files share, count once.
    pub(super) fn new(diagnostics: impl IntoIterator<Item = Diagnostic>) -> Self {
        let mut seen = HashSet::new();
        let diagnostics = diagnostics.into_iter().filter(|diagnostic| seen.insert(diagnostic.clone())).collect();
        Self { diagnostics, valid: Vec::new() }
    }

    /// Adds the configs without errors.
    pub(super) fn with_valid(self, valid: Vec<String>) -> Self {
        Self { valid, ..self }
    }

    /// Returns the configs without errors; none where there are errors in what all configs share.
    pub fn valid(&self) -> &[String] {
        &self.valid
    }

    /// Renders all errors for people, each with its line, separated by blank lines.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(WIDEST);
        let rendered: Vec<String> = self.diagnostics.iter().map(|diagnostic| render(&renderer, diagnostic)).collect();
        rendered.join("\n\n") + "\n"
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Errors {}

fn render(renderer: &Renderer, diagnostic: &Diagnostic) -> String {
    let title = Level::ERROR.primary_title(escape_line(&diagnostic.message));
    let source = escape_line(&diagnostic.source);
    let mut group = match &diagnostic.excerpt {
        Some(line) => title.element(snippet(line, diagnostic.key.as_deref().unwrap_or_default()).path(source.clone())),
        None => title.element(Origin::path(source.clone())),
    };
    if let (None, Some(key)) = (&diagnostic.excerpt, &diagnostic.key) {
        group = group.element(Level::NOTE.message(format!("at `{}`", escape_line(key))));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(escape_line(help)));
    }
    let report = renderer.render(&[group]);
    let Some(line) = &diagnostic.excerpt else { return report };
    // The shown line has masks, so its columns differ from those of the file.
    let place = |column: usize| format!("{source}:{}:{}", line.number, column + 1);
    report.replacen(&place(line.text[..line.caret.0].chars().count()), &place(line.column), 1)
}

fn snippet<'l>(line: &'l Excerpt, key: &'l str) -> Snippet<'l, Annotation<'l>> {
    let (start, end) = line.caret;
    let annotation = AnnotationKind::Primary.span(start..end);
    let annotation = if key.is_empty() { annotation } else { annotation.label(key) };
    Snippet::source(line.text.as_str()).line_start(line.number).annotation(annotation)
}
