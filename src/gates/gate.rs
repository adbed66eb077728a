//! What every kind of gate provides, and the macro that defines the enum of all kinds.

use crate::evidence::EvidenceReader;
use crate::outcome::{GateMode, ReasonCode, Verdict};
use crate::registry::{Alias, ModelVersion, RegisteredModel, Version};
use crate::text::ForeignText;

/// The longest name that reports show, in characters.
const MAX_NAME: usize = 80;

/// The move that gates allow or refuse.
#[derive(Debug, Clone, Copy)]
pub struct GateSubject<'a> {
    /// The alias that moves.
    pub alias: &'a Alias,
    /// The version that the alias pointed to before the move. Once the alias has moved, the model no longer tells.
    pub previous: Option<Version>,
    /// The model, as it was read last.
    pub model: &'a RegisteredModel,
    /// The version that the alias moves to.
    pub candidate: &'a ModelVersion,
}

impl GateSubject<'_> {
    /// Returns the version of an alias, by default of the one that moves, before the move.
    pub(super) fn version_of(&self, alias: Option<&Alias>) -> Option<Version> {
        match alias {
            Some(alias) if alias != self.alias => self.model.alias(alias),
            _ => self.previous,
        }
    }
}

/// A kind of gate: its config, the evidence it reads and its verdict.
pub(super) trait GateKind {
    /// The value of `KIND` in a config.
    const KIND: &'static str;

    fn mode(&self) -> GateMode;

    /// Returns the name that the config gives the gate.
    fn given_name(&self) -> Option<&str>;

    /// Returns what the gate judges, which names it where the config does not.
    fn judged(&self) -> String;

    /// Returns the name of the gate in reports, safe to show on a line.
    fn name(&self) -> String {
        let name = self.given_name().map_or_else(|| self.judged(), str::to_owned);
        ForeignText::new(name).on_one_line().cut(MAX_NAME).to_string()
    }

    /// Returns the alias that the gate reads beside the one that moves.
    fn other_alias(&self) -> Option<&Alias> {
        None
    }

    /// Reads the evidence and decides. Evidence that is missing or unreachable fails the gate.
    async fn evaluate(&self, subject: GateSubject<'_>, evidence: &EvidenceReader<'_>) -> Verdict;

    fn passed(&self, reason: String) -> Verdict {
        Verdict::passed(Self::KIND, self.name(), self.mode(), reason)
    }

    fn failed(&self, code: ReasonCode, reason: String) -> Verdict {
        Verdict::failed(Self::KIND, self.name(), self.mode(), code, reason)
    }
}

/// Defines the enum [`Gate`](super::Gate), with one variant for each kind of gate.
macro_rules! define_gates {
    ($($(#[$doc:meta])* $kind:ident,)+) => {
        /// A check that a version must pass, chosen in a config by its `KIND`.
        #[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
        #[schemars(tag = "KIND")]
        #[expect(clippy::enum_variant_names, reason = "a variant is named as its KIND in a config")]
        pub enum Gate {
            $($(#[$doc])* $kind($kind),)+
        }

        impl Gate {
            /// Returns what a refusal means.
            pub fn mode(&self) -> GateMode {
                match self {
                    $(Self::$kind(gate) => gate.mode(),)+
                }
            }

            /// Returns the kind and the name, such as `MetricGate rmse`.
            pub fn label(&self) -> String {
                match self {
                    $(Self::$kind(gate) => format!("{} {}", $kind::KIND, gate.name()),)+
                }
            }

            /// Returns the alias that the gate reads beside the one that moves.
            pub fn other_alias(&self) -> Option<&Alias> {
                match self {
                    $(Self::$kind(gate) => gate.other_alias(),)+
                }
            }

            /// Reads the evidence and decides.
            async fn evaluate(&self, subject: GateSubject<'_>, evidence: &EvidenceReader<'_>) -> Verdict {
                match self {
                    // On the heap, because the largest of these futures would otherwise be a part of every job's.
                    $(Self::$kind(gate) => Box::pin(gate.evaluate(subject, evidence)).await,)+
                }
            }
        }
    };
}

pub(super) use define_gates;

#[cfg(test)]
pub(super) mod fixtures {
    use crate::registry::{ModelVersion, Status, Version};

    /// Returns version 3 of `bikes`, which is `READY` and has nothing else.
    pub(in crate::gates) fn version_3() -> ModelVersion {
        ModelVersion {
            name: "bikes".parse().unwrap(),
            version: Version::new(3).unwrap(),
            status: Status::Ready,
            status_message: None,
            source: None,
            run_id: None,
            model_id: None,
            description: None,
            creation_timestamp: None,
            last_updated_timestamp: None,
            tags: Default::default(),
            aliases: vec![],
        }
    }
}
