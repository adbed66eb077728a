//! What a job found and did.

use serde::Serialize;

use super::{AliasHistory, Comparison, FoundVersion, Overview, Ranking, Verdict, Verification, WriteState};

/// What a job found and did. What only few jobs have is boxed: a batch keeps one for each of its jobs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// The registered model.
    pub name: String,
    /// The alias, where the job has one.
    pub alias: Option<String>,
    /// The version the alias was moved to, or that was created; none where the job did not come so far.
    pub version: Option<u64>,
    /// The version the alias pointed to before.
    pub previous_version: Option<u64>,
    /// Why, in the words of whoever asked.
    pub message: Option<String>,
    /// The version as the registry has it.
    pub model_version: Option<Box<FoundVersion>>,
    /// How the versions were ranked, where the job searches for the best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranking: Option<Box<Ranking>>,
    /// The moves of each alias, where the job reads them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<AliasHistory>>,
    /// How the model is, where the job reads that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overview: Option<Box<Overview>>,
    /// The verdict of every gate.
    pub gates: Vec<Verdict>,
    /// How the version was verified once the alias pointed to it, where the job asks for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Box<Verification>>,
    /// What would verify the version once the alias pointed to it; in a plan only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
    /// How far the creation of the version came; none where it was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_created: Option<WriteState>,
    /// How far the move of the alias came; none where it was not sent. It stays where the alias was put back later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias_written: Option<WriteState>,
    /// Whether the move was written to the alias's history.
    pub recorded: bool,
    /// The metrics of both versions side by side, sorted by their keys; in a plan only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Vec<Comparison>>,
}

impl Outcome {
    /// Returns whether the job itself put its alias back after a failed verification.
    pub(crate) fn was_put_back(&self) -> bool {
        self.verification.as_ref().is_some_and(|verification| verification.put_back)
    }
}
