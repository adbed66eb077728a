//! How versions were ranked.

use serde::Serialize;

/// The versions that a search found, the best first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranking {
    /// The filter of the search.
    pub filter: Option<String>,
    /// What the versions were ranked by, the weightiest first.
    pub order_by: Vec<String>,
    /// The versions; those that cannot be ranked come last.
    pub versions: Vec<Ranked>,
}

/// One version of a ranking.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// Its number.
    pub version: u64,
    /// The value of each key; none where the version has none, or one that is NaN or infinite.
    pub values: Vec<Option<f64>>,
    /// Whether it has every value, and so could be chosen.
    pub eligible: bool,
}
