//! Another alias that the version must have been given first: `Staging` before `Production`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::outcome::{Finding, GateMode, Ruling, Verdict};
use crate::registry::{Alias, Version};

/// Demands that another alias points to the version, or once did.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AliasGate {
    /// The alias.
    alias: Alias,
    /// When the version must have held it: `now`, or `ever`, which its history (the tag `runner.history.<alias>`) tells.
    #[serde(default)]
    held: Held,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    pub(super) mode: GateMode,
}

/// When a version must have held an alias.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Held {
    /// Now.
    Now,
    /// Now or before.
    #[default]
    Ever,
}

/// What was found of an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holding {
    /// Where it points.
    pub(crate) now: Option<Version>,
    /// Whether its history says that it pointed to the version in question, or why that cannot be told.
    pub(crate) before: Result<bool, String>,
}

impl AliasGate {
    pub(super) const KIND: &'static str = "AliasGate";

    /// Returns the alias that must be held.
    pub const fn alias(&self) -> &Alias {
        &self.alias
    }

    /// Judges what was found of the alias.
    pub(crate) fn judge(&self, version: Version, found: &Holding) -> Verdict {
        let Self { alias, mode, .. } = self;
        let Holding { now, before } = found;
        let there = now.map_or_else(|| "does not exist".to_owned(), |now| format!("is at version {now}"));
        let failed = |code, reason| Verdict::failed(Self::KIND, *mode, code, reason);
        let verdict = match (self.held, before) {
            _ if *now == Some(version) => {
                Verdict::passed(Self::KIND, *mode, format!("the alias {alias} is at version {version}"))
            }
            (Held::Now, _) => {
                failed(Ruling::AliasNotHeld, format!("the alias {alias} {there}, and must be at version {version}"))
            }
            (Held::Ever, Ok(true)) => {
                Verdict::passed(Self::KIND, *mode, format!("the alias {alias} was at version {version} before"))
            }
            (Held::Ever, Ok(false)) => {
                let reason = format!("the alias {alias} {there}, and was never at version {version} by its history");
                failed(Ruling::AliasNotHeld, reason)
            }
            (Held::Ever, Err(why)) => {
                let reason =
                    format!("the alias {alias} {there}, and whether it was at version {version} cannot be told: {why}");
                failed(Ruling::EvidenceMissing, reason)
            }
        };
        let candidate = now.map(|now| Finding { value: json!(now), source: format!("alias {alias}") });
        Verdict { candidate, ..verdict }
    }
}
