//! Readers of YAML, JSON and TOML: each reads a text once, into [nodes](super::node) that know where they are.
//!
//! YAML and JSON come as events of one shape, of which [`TreeBuilder`] makes nodes; it refuses repeated keys, merges `<<`,
//! and holds the limits. TOML's parser has its own tree with spans.

mod json;
mod limits;
mod toml;
mod tree_builder;
mod yaml;
mod yaml_scalar;
#[cfg(test)]
mod yaml_tests;

use super::diagnostic::Fault;
use super::node::{Node, SourceId};

/// The language a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Yaml,
    Toml,
    Json,
}

/// What became of a text.
pub(super) struct Parsed {
    /// The values; none where the text is not of its language, and its places are not known.
    pub(super) root: Option<Node>,
    pub(super) faults: Vec<Fault>,
}

/// Reads a text.
pub(super) fn read(text: &str, format: Format, source: SourceId) -> Parsed {
    match format {
        Format::Yaml => yaml::read(text, source),
        Format::Json => json::read(text, source),
        Format::Toml => toml::read(text, source),
    }
}
