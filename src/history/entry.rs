//! One recorded move of an alias.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::registry::Version;
use crate::secret::redact_message;

/// The message of restores that were written before entries had a kind.
const LEGACY_RESTORE_MESSAGE: &str = "restored: the batch that moved it did not succeed";

/// One move of an alias. Unknown fields, which a newer release may add, are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The version that the alias moved to; `None` when the alias was deleted.
    pub version: Option<u64>,
    /// The version that the alias left; `None` when the move created the alias.
    pub previous_version: Option<u64>,
    /// The time in UTC, by the clock of the machine that moved it.
    pub time: Timestamp,
    /// Who moved it.
    pub actor: String,
    /// Why it was moved.
    pub message: Option<String>,
    /// The kind of move; absent for promotions, so that entries from before there were other kinds stay valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
}

/// The purpose of a move. It decides where a later rollback goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveKind {
    /// A move forward: a later rollback returns to the version it left.
    Promotion,
    /// A move back: a later rollback goes further back.
    Rollback,
    /// The reversal of a move, which then counts as never made.
    Restore,
}

impl MoveKind {
    /// Returns the word that entries and reports use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Promotion => "promotion",
            Self::Rollback => "rollback",
            Self::Restore => "restore",
        }
    }

    /// Returns the past tense for log lines.
    pub const fn past_tense(self) -> &'static str {
        match self {
            Self::Promotion => "promoted",
            Self::Rollback => "rolled back",
            Self::Restore => "moved back",
        }
    }
}

impl HistoryEntry {
    /// Creates the entry of a move that happens now, to the second.
    pub fn new(
        kind: MoveKind,
        version: Option<Version>,
        previous: Option<Version>,
        actor: &str,
        message: Option<&str>,
    ) -> Self {
        let time = Timestamp::now();
        Self {
            version: version.map(Version::get),
            previous_version: previous.map(Version::get),
            time: Timestamp::from_second(time.as_second()).unwrap_or(time),
            actor: redact_message(actor),
            message: message.map(redact_message),
            kind: (kind != MoveKind::Promotion).then(|| kind.name().to_owned()),
        }
    }

    /// Replaces the version that the alias left.
    pub fn with_previous_version(self, previous: Option<Version>) -> Self {
        Self { previous_version: previous.map(Version::get), ..self }
    }

    /// Returns the kind of move. A kind that only a newer release knows counts as a promotion.
    pub fn kind(&self) -> MoveKind {
        match self.kind.as_deref() {
            Some("rollback") => MoveKind::Rollback,
            Some("restore") => MoveKind::Restore,
            // An alias is only deleted to reverse the promotion that created it.
            None if self.version.is_none() || self.message.as_deref() == Some(LEGACY_RESTORE_MESSAGE) => {
                MoveKind::Restore
            }
            _ => MoveKind::Promotion,
        }
    }
}
