//! How a version was verified once the alias pointed to it.

use serde::Serialize;

use super::Verdict;

/// How a version was verified once the alias pointed to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    /// Whether it held.
    pub passed: bool,
    /// How often the gates were asked.
    pub attempts: u32,
    /// What they said the last time.
    pub verdicts: Vec<Verdict>,
    /// Whether the alias was put back, and read there.
    pub put_back: bool,
}
