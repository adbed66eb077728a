//! The verdicts of gates.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The verdict of a gate on a version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The gate's `KIND`.
    pub gate: &'static str,
    /// The gate's name: the one in the config, else what it judges.
    pub name: String,
    /// The mode of the gate, which decides what a failure means.
    pub mode: GateMode,
    /// Whether the gate passed.
    pub passed: bool,
    /// Whether the gate could judge the version. A gate that could not judge does not pass.
    pub conclusive: bool,
    /// The reason as a stable code.
    pub code: ReasonCode,
    /// The reason as a sentence with the values that were compared.
    pub reason: String,
    /// The evidence of the version.
    pub candidate: Option<Finding>,
    /// The evidence of the version that it was compared with.
    pub baseline: Option<Finding>,
    /// The numbers that decided; none where the gate compares no numbers. Pages draw them.
    #[serde(skip)]
    pub scale: Option<Box<Scale>>,
    /// What to do about a failure, for the hint of the job. Fields of the gate's config are written as `` `gate.timeout` ``
    /// until the place of the gate is known.
    #[serde(skip)]
    pub advice: Option<String>,
}

/// The numbers between which a gate lets a value pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// What is measured, such as `rmse`.
    pub quantity: String,
    /// The unit of all its numbers.
    pub unit: Unit,
    /// Whether a greater value is a better one; none where a value can be too great and too small.
    pub greater_is_better: Option<bool>,
    /// The limits, all of which must hold.
    pub limits: Vec<Limit>,
}

/// The unit of the numbers on a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number without a unit.
    Number,
    /// Seconds.
    Seconds,
}

/// A limit on a scale. It passes itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// The least value that passes.
    AtLeast(f64),
    /// The greatest value that passes.
    AtMost(f64),
}

impl Verdict {
    /// Creates the verdict of a gate that passes.
    pub fn passed(gate: &'static str, name: String, mode: GateMode, reason: String) -> Self {
        Self {
            gate,
            name,
            mode,
            passed: true,
            conclusive: true,
            code: ReasonCode::Passed,
            reason,
            candidate: None,
            baseline: None,
            scale: None,
            advice: None,
        }
    }

    /// Creates the verdict of a gate that fails. The code says whether the gate could judge.
    pub fn failed(gate: &'static str, name: String, mode: GateMode, code: ReasonCode, reason: String) -> Self {
        Self { passed: false, conclusive: code.is_conclusive(), code, ..Self::passed(gate, name, mode, reason) }
    }

    /// Adds what to do about the failure.
    #[must_use]
    pub fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// Returns whether the verdict blocks the job.
    pub fn blocks(&self) -> bool {
        !self.passed && self.mode == GateMode::Enforce
    }

    /// Returns the kind and the name of the gate, such as `MetricGate rmse`.
    pub fn label(&self) -> String {
        format!("{} {}", self.gate, self.name)
    }

    /// Returns the word for the verdict in reports: `inconclusive` where a gate blocks because it could not judge.
    pub const fn word(&self) -> &'static str {
        match (self.passed, self.mode, self.conclusive) {
            (true, ..) => "passed",
            (false, GateMode::Warn | GateMode::Off, _) => "warned",
            (false, GateMode::Enforce, true) => "refused",
            (false, GateMode::Enforce, false) => "inconclusive",
        }
    }
}

/// A value that a gate evaluated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The value: a number, or a text where JSON has no such number (`NaN`, `Infinity`) or the gate evaluates a text.
    pub value: serde_json::Value,
    /// The source, such as `run 8f2c…`, `model m-1b3d…` or `version 3`.
    pub source: String,
}

/// What a failed gate means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateMode {
    /// A failed gate blocks the job.
    #[default]
    Enforce,
    /// A failed gate is reported, and the job continues.
    Warn,
    /// The gate is not evaluated.
    #[serde(alias = "disabled")]
    Off,
}

/// The stable codes of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReasonCode {
    /// The gate passed.
    Passed,
    /// The value is on the wrong side of the threshold.
    ThresholdNotMet,
    /// The value does not improve enough on that of the version to compare with.
    NoImprovement,
    /// There is no such value, or its source cannot be read.
    EvidenceMissing,
    /// The value is NaN or infinite.
    EvidenceNotFinite,
    /// There is no version to compare with.
    BaselineMissing,
    /// The value of the version to compare with is missing, NaN or infinite, or it is the same version.
    BaselineUnusable,
    /// The version has no such tag.
    TagMissing,
    /// The tag has another value.
    TagMismatch,
    /// The alias neither points nor has pointed to the version.
    AliasNotHeld,
    /// The version is younger than it must be.
    TooYoung,
    /// The version is older than it may be.
    TooOld,
    /// The version is from the future: the clocks of the registry and of this machine differ.
    ClocksDiffer,
    /// The program ended with an exit code from 1 to 124.
    CommandFailed,
    /// The program took too long.
    CommandTimedOut,
    /// The program could not be started, or ended by a signal or with an exit code of 125 or more.
    CheckCrashed,
    /// The endpoint gave no answer.
    EndpointUnreachable,
    /// The endpoint answered with another status.
    StatusMismatch,
    /// The endpoint's answer does not meet the condition.
    AnswerMismatch,
}

impl ReasonCode {
    /// Returns whether a gate that fails with this code has judged the version.
    pub const fn is_conclusive(self) -> bool {
        !matches!(self, Self::EvidenceMissing | Self::CommandTimedOut | Self::CheckCrashed | Self::EndpointUnreachable)
    }
}

/// Writes the code as in the JSON document.
impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The verification of a version after the alias moved to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    /// Whether the version was verified.
    pub passed: bool,
    /// The number of attempts.
    pub attempts: u32,
    /// The verdicts of the last attempt.
    pub verdicts: Vec<Verdict>,
    /// Whether the alias was moved back, and this was confirmed.
    pub put_back: bool,
    /// Every attempt, in order.
    #[serde(skip)]
    pub history: Vec<Attempt>,
}

/// One attempt of a verification.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// When it ended, in seconds since the verification began.
    pub seconds: f64,
    /// Why the version was not verified; none where it was.
    pub failure: Option<String>,
}
