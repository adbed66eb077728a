//! Readers of YAML, JSON and TOML: each reads a text once, into [nodes](super::node) that know where they are.
//!
//! YAML and JSON come as events of one shape, of which one builder makes nodes; it refuses repeated keys, merges `<<`,
//! and holds the limits. TOML's parser has its own tree with spans.

mod json;
#[cfg(test)]
mod tests;
mod toml;
mod tree_builder;
mod yaml;

use super::node::SourceId;
pub(super) use tree_builder::Parsed;

/// The language a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Yaml,
    Toml,
    Json,
}

/// Reads a text.
pub(super) fn read(text: &str, format: Format, source: SourceId) -> Parsed {
    match format {
        Format::Yaml => yaml::read(text, source),
        Format::Json => json::read(text, source),
        Format::Toml => toml::read(text, source),
    }
}
