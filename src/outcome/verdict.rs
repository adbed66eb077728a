//! What a gate said.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a gate said of a version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The gate's `KIND`.
    pub gate: &'static str,
    /// What a refusal means.
    pub mode: GateMode,
    /// Whether it let the version pass.
    pub passed: bool,
    /// Why, as a stable code.
    pub code: ReasonCode,
    /// Why, as a sentence with the values that were compared.
    pub reason: String,
    /// What was found of the version in question.
    pub candidate: Option<Finding>,
    /// What was found of the version it was compared with.
    pub baseline: Option<Finding>,
}

impl Verdict {
    /// Makes the verdict of a gate that lets a version pass.
    pub fn passed(gate: &'static str, mode: GateMode, reason: String) -> Self {
        Self { gate, mode, passed: true, code: ReasonCode::Passed, reason, candidate: None, baseline: None }
    }

    /// Makes the verdict of a gate that refuses a version.
    pub fn failed(gate: &'static str, mode: GateMode, code: ReasonCode, reason: String) -> Self {
        Self { passed: false, code, ..Self::passed(gate, mode, reason) }
    }

    /// Returns whether it keeps the job from going on.
    pub fn blocks(&self) -> bool {
        !self.passed && self.mode == GateMode::Enforce
    }
}

/// A value that a gate looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The value: a number, or a text where JSON has no such number (`NaN`, `Infinity`) or the gate looks at a text.
    pub value: serde_json::Value,
    /// Where it comes from, such as `run 8f2c…`, `model m-1b3d…` or `version 3`.
    pub source: String,
}

/// What a gate's refusal means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateMode {
    /// It blocks the job.
    #[default]
    Enforce,
    /// It is told, and the job goes on.
    Warn,
    /// The gate is not looked at.
    #[serde(alias = "disabled")]
    Off,
}

/// The stable codes of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReasonCode {
    /// Everything that the gate asks for holds.
    Passed,
    /// The value is on the wrong side of the threshold.
    ThresholdNotMet,
    /// The value is not enough better than that of the version compared with.
    NoImprovement,
    /// There is no such value, or what holds it cannot be reached.
    EvidenceMissing,
    /// The value is NaN or infinite.
    EvidenceNotFinite,
    /// There is no version to compare with.
    BaselineMissing,
    /// The value of the version compared with is missing, NaN or infinite, or it is the version itself.
    BaselineUnusable,
    /// The version has no such tag.
    TagMissing,
    /// The tag has another value.
    TagMismatch,
    /// The version neither holds nor has held the alias.
    AliasNotHeld,
    /// The version is younger than it must be.
    TooYoung,
    /// The version is older than it may be.
    TooOld,
    /// The version is from the future: the clocks of the registry and of this machine differ.
    ClocksDiffer,
    /// The program ended with an exit code other than 0, or could not be run.
    CommandFailed,
    /// The program took too long.
    CommandTimedOut,
    /// The endpoint gave no answer.
    EndpointUnreachable,
    /// The endpoint answered with another status.
    StatusMismatch,
    /// The endpoint's answer does not say what it must.
    AnswerMismatch,
}

/// Shows the word that is in the document for scripts.
impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

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
