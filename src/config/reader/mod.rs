//! Readers of YAML, JSON and TOML. Each parses a text once into [nodes](super::node) with spans.
//!
//! YAML and JSON produce the same events. One builder makes nodes of them, refuses repeated keys, merges `<<` and
//! enforces the limits. TOML's parser has its own tree with spans.

mod json;
#[cfg(test)]
mod tests;
mod toml;
mod tree_builder;
mod yaml;

use super::node::SourceId;
pub(super) use tree_builder::Parsed;

/// The format of a text.
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
