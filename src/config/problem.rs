//! What is wrong with a config, before and after it is known where.

use super::tree::KeyPath;

/// Something wrong, at a place that is not yet a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) place: Place,
}

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The source as a whole.
    Whole,
    /// A line from 1 and a column from 0, in characters.
    Spot { line: usize, column: usize },
    /// A key that should not be there.
    Key(KeyPath),
    /// The value of a key.
    Value(KeyPath),
    /// A mapping that lacks something.
    Within(KeyPath),
}

impl Place {
    pub(super) const fn path(&self) -> Option<&KeyPath> {
        match self {
            Self::Whole | Self::Spot { .. } => None,
            Self::Key(path) | Self::Value(path) | Self::Within(path) => Some(path),
        }
    }
}

impl Fault {
    pub(super) fn new(place: Place, message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, place }
    }

    pub(super) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }
}

/// Something wrong, at a known place, and free of secrets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// The file, variable or argument to blame.
    pub(super) source: String,
    /// The key path, as people write it.
    pub(super) key: Option<String>,
    pub(super) line: Option<Box<ShownLine>>,
}

/// A line of a source as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ShownLine {
    /// From 1.
    pub(super) number: usize,
    pub(super) text: String,
    /// The bytes of `text` to underline.
    pub(super) caret: (usize, usize),
}

/// Everything that is wrong with the configs of an invocation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Errors(Vec<Problem>);

impl Errors {
    /// Returns how many errors there are.
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn problems(&self) -> &[Problem] {
        &self.0
    }

    /// Collects problems; one that several files share, through a base or a variable, counts once.
    pub(super) fn new(problems: impl IntoIterator<Item = Problem>) -> Self {
        let mut seen = std::collections::HashSet::new();
        Self(problems.into_iter().filter(|problem| seen.insert(problem.clone())).collect())
    }
}
