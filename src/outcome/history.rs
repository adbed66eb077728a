//! Who moved the aliases of a model: what a HistoryJob finds.

use jiff::Timestamp;
use serde::Serialize;

/// The moves of one alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AliasHistory {
    /// The alias.
    pub alias: String,
    /// Where it is; none where it does not exist any more.
    pub version: Option<u64>,
    /// Whether the records can be relied on.
    pub records: Records,
    /// The moves, newest first, as they follow from the records.
    pub moves: Vec<Move>,
    /// How many older moves are known and left out.
    pub omitted: usize,
    /// The tags of the model with what was no history and had to make room for this one.
    pub aside: Vec<String>,
}

/// Whether the records of an alias's moves can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Records {
    /// The alias is where they end.
    Current,
    /// The alias is elsewhere: somebody moved it without a record.
    Outdated,
    /// There are none.
    None,
    /// The tag is damaged, or somebody else's.
    Unreadable,
}

/// One move of an alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// `promotion`, `rollback`, `restore`, or `unrecorded` where the records have a gap that it fills.
    pub kind: &'static str,
    /// Where it moved to; none where it was deleted.
    pub version: Option<u64>,
    /// Where it was before; none where it did not exist.
    pub previous_version: Option<u64>,
    /// When, in UTC, by the clock of whoever moved it.
    pub time: Option<Timestamp>,
    /// Whether that time cannot be right: it is still to come, or later than that of a newer move.
    pub time_is_doubtful: bool,
    /// Who is held responsible.
    pub actor: Option<String>,
    /// Why.
    pub message: Option<String>,
}
