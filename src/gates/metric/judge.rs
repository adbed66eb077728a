//! The verdict.

use super::{Measurement, MetricGate};
use crate::outcome::{Ruling, Verdict};
use crate::registry::Version;
use crate::text::{ForeignText, format_exact, format_rounded, format_signed};

/// What an improvement on 0 must come to, as in MLflow: no share of 0 can be asked for.
const LEAST: f64 = 1e-10;

/// Something that the gate asks for.
struct Demand {
    is_met: bool,
    /// The code where it is not met.
    code: Ruling,
    /// What is asked, in words that follow "must be".
    words: String,
}

/// What a value is compared with.
enum Reference {
    Unneeded,
    /// There is none, and the gate does not mind.
    Spared,
    Unusable(Ruling, String),
    Of(Version, f64),
}

impl MetricGate {
    /// Judges what was found of a version and of the one to compare it with, where there is one.
    pub(crate) fn judge(&self, candidate: &Measurement, baseline: Option<&Measurement>) -> Verdict {
        let baseline = baseline.filter(|_| self.compares());
        let verdict = match self.ruling(candidate, baseline) {
            (Ruling::Passed, reason) => Verdict::passed(Self::KIND, self.mode, reason),
            (code, reason) => Verdict::failed(Self::KIND, self.mode, code, reason),
        };
        Verdict { candidate: candidate.finding(), baseline: baseline.and_then(Measurement::finding), ..verdict }
    }

    fn ruling(&self, candidate: &Measurement, baseline: Option<&Measurement>) -> (Ruling, String) {
        let metric = ForeignText::new(&self.metric).to_string();
        let value = match candidate.finite(&metric) {
            Ok(value) => value,
            Err(told) => return told,
        };
        let reference = self.reference(&metric, candidate.version, baseline);
        let (met, unmet): (Vec<_>, Vec<_>) =
            self.demands(value, &reference).into_iter().partition(|demand| demand.is_met);
        let mut said = vec![format!("{metric} is {}{}", format_exact(value), against(value, &reference))];
        let mut code = unmet.first().map(|demand| demand.code);
        if code.is_some() {
            said.push(format!("it must be {}", joined(&unmet)));
        }
        if let Reference::Unusable(trouble, told) = reference {
            code = code.or(Some(trouble));
            said.push(told);
        } else if code.is_none() && !met.is_empty() {
            said.push(format!("asked for: {}", joined(&met)));
        }
        (code.unwrap_or(Ruling::Passed), said.join("; "))
    }

    fn reference(&self, metric: &str, candidate: Version, baseline: Option<&Measurement>) -> Reference {
        match baseline {
            _ if !self.compares() => Reference::Unneeded,
            None if self.allow_missing_baseline => Reference::Spared,
            None => {
                let told = match self.baseline() {
                    Some(alias) => format!("there is nothing to compare it with: the model has no alias {alias}"),
                    None => "there is nothing to compare it with: the alias does not exist yet; \
                             `allow_missing_baseline: true` lets a first version pass"
                        .to_owned(),
                };
                Reference::Unusable(Ruling::BaselineMissing, told)
            }
            Some(found) if found.version == candidate => {
                let told = format!("there is nothing to compare it with: the baseline is version {candidate} itself");
                Reference::Unusable(Ruling::BaselineUnusable, told)
            }
            Some(found) => match found.finite(metric) {
                Ok(value) => Reference::Of(found.version, value),
                Err((_, told)) => Reference::Unusable(
                    Ruling::BaselineUnusable,
                    format!("there is nothing to compare it with: {told}"),
                ),
            },
        }
    }

    fn demands(&self, value: f64, reference: &Reference) -> Vec<Demand> {
        let threshold = self.threshold.map(|limit| Demand {
            is_met: self.reaches(value, limit),
            code: Ruling::ThresholdNotMet,
            words: format!("{} {}", self.bound(), format_exact(limit)),
        });
        let &Reference::Of(_, baseline) = reference else { return threshold.into_iter().collect() };
        let absolute = self.min_absolute_change.map(|least| {
            let limit = if self.greater_is_better { baseline + least } else { baseline - least };
            let words = format!("{} ({} {})", self.change(&format_exact(least)), self.bound(), format_exact(limit));
            Demand { is_met: self.reaches(value, limit), code: Ruling::NoImprovement, words }
        });
        let relative = self.min_relative_change.map(|least| self.relative(value, baseline, least));
        threshold.into_iter().chain(absolute).chain(relative).collect()
    }

    fn relative(&self, value: f64, baseline: f64, least: f64) -> Demand {
        let code = Ruling::NoImprovement;
        let better = self.better();
        if baseline == 0.0 {
            let limit = if self.greater_is_better { LEAST } else { -LEAST };
            return Demand { is_met: self.reaches(value, limit), code, words: format!("{better} than 0") };
        }
        let change = if self.greater_is_better { value - baseline } else { baseline - value };
        let share = change / baseline.abs();
        let mut words = self.change(&format!("{} %", format_rounded(least * 100.0)));
        // Two that differ must not look the same.
        if share < least && format_rounded(share * 100.0) == format_rounded(least * 100.0) {
            words += &format!(" (it is {} %)", format_exact(share * 100.0));
        }
        Demand { is_met: share >= least, code, words }
    }

    fn reaches(&self, value: f64, limit: f64) -> bool {
        if self.greater_is_better { value >= limit } else { value <= limit }
    }

    /// Says how much better the value must be.
    fn change(&self, least: &str) -> String {
        match least {
            "0" | "0 %" if self.greater_is_better => "no lower".to_owned(),
            "0" | "0 %" => "no higher".to_owned(),
            least => format!("at least {least} {}", self.better()),
        }
    }

    const fn bound(&self) -> &'static str {
        if self.greater_is_better { "at least" } else { "at most" }
    }

    const fn better(&self) -> &'static str {
        if self.greater_is_better { "higher" } else { "lower" }
    }
}

fn against(value: f64, reference: &Reference) -> String {
    match *reference {
        Reference::Spared => ", with no version to compare it with yet".to_owned(),
        Reference::Unneeded | Reference::Unusable(..) => String::new(),
        Reference::Of(version, baseline) => {
            let change = value - baseline;
            let share = change / baseline.abs() * 100.0;
            let share = if share.is_finite() { format!(", {} %", format_signed(share)) } else { String::new() };
            format!(", against {} of version {version} ({}{share})", format_exact(baseline), format_signed(change))
        }
    }
}

fn joined(demands: &[Demand]) -> String {
    demands.iter().map(|demand| demand.words.as_str()).collect::<Vec<_>>().join(", and ")
}
