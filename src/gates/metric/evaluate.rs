//! The verdict of the gate.

use super::gate::MetricGate;
use super::measure::{Measurement, measure_both};
use crate::evidence::EvidenceReader;
use crate::gates::gate::{GateKind, GateSubject};
use crate::outcome::{GateMode, Limit, ReasonCode, Scale, Unit, Verdict};
use crate::registry::{Alias, Version};
use crate::text::{ForeignText, format_exact, format_rounded, format_signed};

/// The smallest improvement on a baseline of 0, of which there is no share. The value is MLflow's.
const MIN_CHANGE_FROM_ZERO: f64 = 1e-10;

/// A requirement of the gate, applied to a value.
struct Criterion {
    is_met: bool,
    /// The code of the verdict if it is not met.
    code: ReasonCode,
    /// The requirement in words that follow "must be".
    description: String,
}

/// The value to compare with.
enum Baseline {
    NotNeeded,
    /// There is none, and the gate allows that.
    Absent,
    Unusable(ReasonCode, String),
    Value(Version, f64),
}

impl GateKind for MetricGate {
    const KIND: &'static str = "MetricGate";

    fn mode(&self) -> GateMode {
        self.0.mode
    }

    fn other_alias(&self) -> Option<&Alias> {
        self.baseline()
    }

    async fn evaluate(&self, subject: GateSubject<'_>, evidence: &EvidenceReader<'_>) -> Verdict {
        let (candidate, baseline) = measure_both(self, subject, evidence).await;
        self.decide(&candidate, baseline.as_ref())
    }
}

impl MetricGate {
    pub(super) fn decide(&self, candidate: &Measurement, baseline: Option<&Measurement>) -> Verdict {
        let baseline = baseline.filter(|_| self.compares());
        let verdict = match self.reason(candidate, baseline) {
            (ReasonCode::Passed, reason) => self.passed(reason),
            (code, reason) => self.failed(code, reason),
        };
        let scale = self.scale(candidate.version, baseline);
        Verdict {
            candidate: candidate.finding(),
            baseline: baseline.and_then(Measurement::finding),
            scale: Some(Box::new(scale)),
            ..verdict
        }
    }

    /// Returns the limits as numbers. A change is asked for only where there is a value to compare with.
    fn scale(&self, candidate: Version, baseline: Option<&Measurement>) -> Scale {
        let limit = |value| if self.0.greater_is_better { Limit::AtLeast(value) } else { Limit::AtMost(value) };
        let sign = if self.0.greater_is_better { 1.0 } else { -1.0 };
        let mut limits: Vec<Limit> = self.0.threshold.map(limit).into_iter().collect();
        if let Baseline::Value(_, baseline) = self.resolve_baseline(&self.0.metric, candidate, baseline) {
            let share = |least: f64| if baseline == 0.0 { MIN_CHANGE_FROM_ZERO } else { least * baseline.abs() };
            let relative = self.0.min_relative_change.map(share);
            let changes = self.0.min_absolute_change.into_iter().chain(relative);
            limits.extend(changes.map(|change| limit(baseline + sign * change)));
        }
        let quantity = ForeignText::new(&self.0.metric).to_string();
        Scale { quantity, unit: Unit::Number, greater_is_better: Some(self.0.greater_is_better), limits }
    }

    fn reason(&self, candidate: &Measurement, baseline: Option<&Measurement>) -> (ReasonCode, String) {
        let metric = ForeignText::new(&self.0.metric).to_string();
        let value = match candidate.finite(&metric) {
            Ok(value) => value,
            Err(unusable) => return unusable,
        };
        let baseline = self.resolve_baseline(&metric, candidate.version, baseline);
        let (met, unmet): (Vec<_>, Vec<_>) =
            self.criteria(value, &baseline).into_iter().partition(|criterion| criterion.is_met);
        let mut sentences = vec![format!("{metric} is {}{}", format_exact(value), describe_change(value, &baseline))];
        let mut code = unmet.first().map(|criterion| criterion.code);
        if code.is_some() {
            sentences.push(format!("it must be {}", join(&unmet)));
        }
        if let Baseline::Unusable(problem, reason) = baseline {
            code = code.or(Some(problem));
            sentences.push(reason);
        } else if code.is_none() && !met.is_empty() {
            sentences.push(format!("asked for: {}", join(&met)));
        }
        (code.unwrap_or(ReasonCode::Passed), sentences.join("; "))
    }

    fn resolve_baseline(&self, metric: &str, candidate: Version, baseline: Option<&Measurement>) -> Baseline {
        match baseline {
            _ if !self.compares() => Baseline::NotNeeded,
            None if self.0.allow_missing_baseline => Baseline::Absent,
            None => {
                let reason = match self.baseline() {
                    Some(alias) => format!("there is nothing to compare it with: the model has no alias {alias}"),
                    None => "there is nothing to compare it with: the alias does not exist yet; \
                             `allow_missing_baseline: true` lets a first version pass"
                        .to_owned(),
                };
                Baseline::Unusable(ReasonCode::BaselineMissing, reason)
            }
            Some(found) if found.version == candidate => {
                let reason = format!("there is nothing to compare it with: the baseline is version {candidate} itself");
                Baseline::Unusable(ReasonCode::BaselineUnusable, reason)
            }
            Some(found) => match found.finite(metric) {
                Ok(value) => Baseline::Value(found.version, value),
                Err((_, reason)) => Baseline::Unusable(
                    ReasonCode::BaselineUnusable,
                    format!("there is nothing to compare it with: {reason}"),
                ),
            },
        }
    }

    fn criteria(&self, value: f64, baseline: &Baseline) -> Vec<Criterion> {
        let threshold = self.0.threshold.map(|limit| Criterion {
            is_met: self.reaches(value, limit),
            code: ReasonCode::ThresholdNotMet,
            description: format!("{} {}", self.bound(), format_exact(limit)),
        });
        let &Baseline::Value(_, baseline) = baseline else { return threshold.into_iter().collect() };
        let absolute = self.0.min_absolute_change.map(|least| {
            let limit = if self.0.greater_is_better { baseline + least } else { baseline - least };
            let change = self.describe_required_change(&format_exact(least));
            let description = format!("{change} ({} {})", self.bound(), format_exact(limit));
            Criterion { is_met: self.reaches(value, limit), code: ReasonCode::NoImprovement, description }
        });
        let relative = self.0.min_relative_change.map(|least| self.relative_change(value, baseline, least));
        threshold.into_iter().chain(absolute).chain(relative).collect()
    }

    fn relative_change(&self, value: f64, baseline: f64, least: f64) -> Criterion {
        let code = ReasonCode::NoImprovement;
        let better = self.better();
        if baseline == 0.0 {
            let limit = if self.0.greater_is_better { MIN_CHANGE_FROM_ZERO } else { -MIN_CHANGE_FROM_ZERO };
            return Criterion { is_met: self.reaches(value, limit), code, description: format!("{better} than 0") };
        }
        let change = if self.0.greater_is_better { value - baseline } else { baseline - value };
        let share = change / baseline.abs();
        let mut description = self.describe_required_change(&format!("{} %", format_rounded(least * 100.0)));
        // Two shares that differ must not look the same.
        if share < least && format_rounded(share * 100.0) == format_rounded(least * 100.0) {
            description += &format!(" (it is {} %)", format_exact(share * 100.0));
        }
        Criterion { is_met: share >= least, code, description }
    }

    fn reaches(&self, value: f64, limit: f64) -> bool {
        if self.0.greater_is_better { value >= limit } else { value <= limit }
    }

    /// Describes how much better the value must be.
    fn describe_required_change(&self, least: &str) -> String {
        match least {
            "0" | "0 %" if self.0.greater_is_better => "no lower".to_owned(),
            "0" | "0 %" => "no higher".to_owned(),
            least => format!("at least {least} {}", self.better()),
        }
    }

    fn bound(&self) -> &'static str {
        if self.0.greater_is_better { "at least" } else { "at most" }
    }

    fn better(&self) -> &'static str {
        if self.0.greater_is_better { "higher" } else { "lower" }
    }
}

fn describe_change(value: f64, baseline: &Baseline) -> String {
    match *baseline {
        Baseline::Absent => ", with no version to compare it with yet".to_owned(),
        Baseline::NotNeeded | Baseline::Unusable(..) => String::new(),
        Baseline::Value(version, baseline) => {
            let change = value - baseline;
            let share = change / baseline.abs() * 100.0;
            let share = if share.is_finite() { format!(", {} %", format_signed(share)) } else { String::new() };
            format!(", against {} of version {version} ({}{share})", format_exact(baseline), format_signed(change))
        }
    }
}

fn join(criteria: &[Criterion]) -> String {
    criteria.iter().map(|criterion| criterion.description.as_str()).collect::<Vec<_>>().join(", and ")
}
