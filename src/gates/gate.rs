//! The closed set of gates.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AgeGate, AliasGate, CommandGate, HttpGate, MetricGate, TagGate};
use crate::outcome::GateMode;
use crate::registry::Alias;

/// A check that a version must pass, chosen in a config by its `KIND`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(tag = "KIND")]
#[expect(clippy::enum_variant_names, reason = "a variant is named as its KIND in a config")]
pub enum Gate {
    /// A metric of the version must meet a threshold, or improve on another version's.
    MetricGate(MetricGate),
    /// A tag of the version must have a value.
    TagGate(TagGate),
    /// Another alias must point to the version, or once have pointed to it.
    AliasGate(AliasGate),
    /// The version must have an age.
    AgeGate(AgeGate),
    /// A program must say yes.
    CommandGate(CommandGate),
    /// An endpoint must answer as it should.
    HttpGate(Box<HttpGate>),
}

impl Gate {
    /// Returns the `KIND`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::MetricGate(_) => MetricGate::KIND,
            Self::TagGate(_) => TagGate::KIND,
            Self::AliasGate(_) => AliasGate::KIND,
            Self::AgeGate(_) => AgeGate::KIND,
            Self::CommandGate(_) => CommandGate::KIND,
            Self::HttpGate(_) => HttpGate::KIND,
        }
    }

    /// Returns what its refusal means.
    pub const fn mode(&self) -> GateMode {
        match self {
            Self::MetricGate(gate) => gate.mode,
            Self::TagGate(gate) => gate.mode,
            Self::AliasGate(gate) => gate.mode,
            Self::AgeGate(gate) => gate.mode,
            Self::CommandGate(gate) => gate.mode,
            Self::HttpGate(gate) => gate.mode(),
        }
    }

    /// Returns the alias whose place it looks at, where that is another than the one that moves.
    pub const fn alias(&self) -> Option<&Alias> {
        match self {
            Self::MetricGate(gate) => gate.baseline(),
            Self::AliasGate(gate) => Some(gate.alias()),
            Self::TagGate(_) | Self::AgeGate(_) | Self::CommandGate(_) | Self::HttpGate(_) => None,
        }
    }
}
