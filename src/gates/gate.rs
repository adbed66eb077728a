//! The closed set of gates.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{CommandGate, HttpGate, TagGate};
use crate::outcome::GateMode;

/// A check that a version must pass, chosen in a config by its `KIND`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(tag = "KIND")]
pub enum Gate {
    /// A tag of the version must have a value.
    TagGate(TagGate),
    /// A program must say yes.
    CommandGate(CommandGate),
    /// An endpoint must answer as it should.
    HttpGate(Box<HttpGate>),
}

impl Gate {
    /// Returns the `KIND`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TagGate(_) => TagGate::KIND,
            Self::CommandGate(_) => CommandGate::KIND,
            Self::HttpGate(_) => HttpGate::KIND,
        }
    }

    /// Returns what its refusal means.
    pub const fn mode(&self) -> GateMode {
        match self {
            Self::TagGate(gate) => gate.mode,
            Self::CommandGate(gate) => gate.mode,
            Self::HttpGate(gate) => gate.mode(),
        }
    }
}
