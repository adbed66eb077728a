//! One entry of a history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::registry::Version;
use crate::secret::redact_message;

/// What restores said before entries had a kind.
const RESTORED: &str = "restored: the batch that moved it did not succeed";

/// One move of an alias. Fields that a newer release may add are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::jobs) struct Entry {
    /// Where it moved to; none when it was deleted.
    pub(in crate::jobs) version: Option<u64>,
    /// Where it was before; none on a first promotion.
    pub(in crate::jobs) previous_version: Option<u64>,
    /// When, in UTC, by the clock of whoever moved it.
    pub(in crate::jobs) time: Timestamp,
    /// Who is held responsible.
    pub(in crate::jobs) actor: String,
    /// Why.
    pub(in crate::jobs) message: Option<String>,
    /// What kind of move it was; a promotion says nothing, as all did before there were others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
}

/// What a move was for, which decides where a later rollback goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::jobs) enum Kind {
    /// Forth: a rollback goes back to where it came from.
    Promotion,
    /// Back: a rollback goes further back.
    Rollback,
    /// A move taken back: as if it had not been made.
    Restore,
}

impl Kind {
    /// Returns the word for it.
    pub(in crate::jobs) const fn name(self) -> &'static str {
        match self {
            Self::Promotion => "promotion",
            Self::Rollback => "rollback",
            Self::Restore => "restore",
        }
    }

    /// Returns what a log says once it is done.
    pub(in crate::jobs) const fn done(self) -> &'static str {
        match self {
            Self::Promotion => "promoted",
            Self::Rollback => "rolled back",
            Self::Restore => "moved back",
        }
    }
}

impl Entry {
    /// Makes the entry of a move that happens now, to the second.
    pub(in crate::jobs) fn now(
        kind: Kind,
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
            kind: (kind != Kind::Promotion).then(|| kind.name().to_owned()),
        }
    }

    /// Returns the entry with another place where the alias was before.
    pub(in crate::jobs) fn coming_from(self, previous: Option<Version>) -> Self {
        Self { previous_version: previous.map(Version::get), ..self }
    }

    /// Returns what the move was for. A kind that only a newer release knows is a move forth.
    pub(in crate::jobs) fn kind(&self) -> Kind {
        match self.kind.as_deref() {
            Some("rollback") => Kind::Rollback,
            Some("restore") => Kind::Restore,
            // An alias is only ever deleted to take a first promotion back.
            None if self.version.is_none() || self.message.as_deref() == Some(RESTORED) => Kind::Restore,
            _ => Kind::Promotion,
        }
    }
}
