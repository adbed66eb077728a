//! How large a text may become: an alias of YAML is small in a file and huge in memory.

use super::super::diagnostic::{Fault, Location};
use super::super::spans::Span;

/// The most values that a text may expand to.
const MOST_NODES: u64 = 1_000_000;
/// The most bytes of text that a text may expand to.
const MOST_BYTES: u64 = 64 << 20;
/// How deep values may be nested, in every language.
pub(super) const DEEPEST: usize = 64;

/// What a value expands to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) nodes: u64,
    pub(super) bytes: u64,
    /// How many levels there are below it.
    pub(super) height: usize,
}

impl Size {
    pub(super) const ONE: Self = Self { nodes: 1, bytes: 0, height: 0 };

    /// Adds the size of a value that stands in this one.
    pub(super) fn add(&mut self, other: Self) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.height = self.height.max(other.height + 1);
    }

    pub(super) const fn is_too_large(self) -> bool {
        self.nodes > MOST_NODES || self.bytes > MOST_BYTES
    }
}

pub(super) fn too_large(span: Span) -> Fault {
    Fault::new(Location::at(span), "with its aliases, this YAML is too large").help("repeat less".to_owned())
}

pub(super) fn too_deep(span: Span) -> Fault {
    Fault::new(Location::at(span), "values are nested too deep here").help(format!("{DEEPEST} levels are the most"))
}
