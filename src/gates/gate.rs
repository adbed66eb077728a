//! The closed set of gates.

use schemars::JsonSchema;
use serde::Deserialize;

use super::TagGate;
use crate::outcome::GateMode;

/// A check that a version must pass, chosen in a config by its `KIND`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(tag = "KIND")]
pub enum Gate {
    /// A tag of the version must have a value.
    TagGate(TagGate),
}

impl Gate {
    /// Returns the `KIND`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TagGate(_) => TagGate::KIND,
        }
    }

    /// Returns what its refusal means.
    pub const fn mode(&self) -> GateMode {
        match self {
            Self::TagGate(gate) => gate.mode,
        }
    }
}
