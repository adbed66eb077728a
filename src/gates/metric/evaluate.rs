//! The verdict of the gate.

use super::gate::MetricGate;
use super::measure::{Measurement, Unusable, measure_both};
use crate::evidence::EvidenceReader;
use crate::gates::gate::{GateKind, GateSubject};
use crate::outcome::{GateMode, Limit, ReasonCode, Scale, Unit, Verdict};
use crate::registry::{Alias, Version};
use crate::text::{ForeignText, format_exact, format_rounded, format_signed};

/// The smallest improvement on a baseline of 0, of which there is no share. The value is MLflow's.
const MIN_CHANGE_FROM_ZERO: f64 = 1e-10;

/// The beginning of a reason why a gate that compares cannot.
const NOTHING_TO_COMPARE: &str = "there is nothing to compare it with";

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
    Unusable(Unusable),
    Value(Version, f64),
}

impl GateKind for MetricGate {
    const KIND: &'static str = "MetricGate";

    fn mode(&self) -> GateMode {
        self.0.mode
    }

    fn given_name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    fn judged(&self) -> String {
        self.0.metric.clone()
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
            Ok(reason) => self.passed(reason),
            Err(Unusable { code, reason, is_missing, advice }) => {
                let failed = self.failed(code, reason);
                let conclusive = failed.conclusive && !is_missing;
                Verdict { advice, conclusive, ..failed }
            }
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

    /// Returns the reason why the gate passes.
    ///
    /// # Errors
    /// The reason why it does not.
    fn reason(&self, candidate: &Measurement, baseline: Option<&Measurement>) -> Result<String, Unusable> {
        let metric = ForeignText::new(&self.0.metric).to_string();
        let value = candidate.finite(&metric)?;
        let baseline = self.resolve_baseline(&metric, candidate.version, baseline);
        let (met, unmet): (Vec<_>, Vec<_>) =
            self.criteria(value, &baseline).into_iter().partition(|criterion| criterion.is_met);
        let mut sentences = vec![format!("{metric} is {}{}", format_exact(value), describe_change(value, &baseline))];
        let code = unmet.first().map(|criterion| criterion.code);
        if code.is_some() {
            sentences.push(format!("it must be {}", join(&unmet)));
        }
        if let Baseline::Unusable(unusable) = baseline {
            sentences.push(unusable.reason.clone());
            // A requirement that is not met has judged the version.
            let unusable = if let Some(code) = code { Unusable::refused(code) } else { unusable };
            return Err(Unusable { reason: sentences.join("; "), ..unusable });
        }
        if code.is_none() && !met.is_empty() {
            sentences.push(format!("asked for: {}", join(&met)));
        }
        let reason = sentences.join("; ");
        code.map_or(Ok(reason.clone()), |code| Err(Unusable { reason, ..Unusable::refused(code) }))
    }

    fn resolve_baseline(&self, metric: &str, candidate: Version, baseline: Option<&Measurement>) -> Baseline {
        match baseline {
            _ if !self.compares() => Baseline::NotNeeded,
            None if self.0.allow_missing_baseline => Baseline::Absent,
            None => {
                let (reason, first) = match self.baseline() {
                    Some(alias) => {
                        (format!("the model has no alias {alias}"), format!("set the alias {alias} first, or "))
                    }
                    None => ("the alias does not exist yet".to_owned(), String::new()),
                };
                let advice =
                    format!("{first}set `gate.allow_missing_baseline` to true, which lets a first version pass");
                Baseline::Unusable(Unusable {
                    reason: format!("{NOTHING_TO_COMPARE}: {reason}"),
                    advice: Some(advice),
                    ..Unusable::refused(ReasonCode::BaselineMissing)
                })
            }
            Some(found) if found.version == candidate => Baseline::Unusable(Unusable {
                reason: format!("{NOTHING_TO_COMPARE}: the baseline is version {candidate} itself"),
                advice: Some("promote another version, or name another alias in `gate.baseline`".to_owned()),
                ..Unusable::refused(ReasonCode::BaselineUnusable)
            }),
            Some(found) => match found.finite(metric) {
                Ok(value) => Baseline::Value(found.version, value),
                Err(unusable) => Baseline::Unusable(Unusable {
                    code: ReasonCode::BaselineUnusable,
                    reason: format!("{NOTHING_TO_COMPARE}: {}", unusable.reason),
                    advice: unusable
                        .advice
                        .or_else(|| Some("name another alias in `gate.baseline`, one with a usable value".to_owned())),
                    ..unusable
                }),
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
