//! Minimizes a failing case while it breaks the same rule.

use super::case::Case;
use super::faults::Faults;
use super::trial::{Trial, attempt};

/// The maximum of runs for a minimization.
const RUNS: usize = 80;

/// Returns a smaller case that breaks the same rule, and its trial.
pub(super) fn minimize(case: &Case, trial: Trial) -> (Case, Trial) {
    let rule = rule(&trial);
    let (mut best, mut shown, mut runs) = (case.clone(), trial, 0);
    best.faults = Faults::Listed(shown.struck.clone());
    let mut fails = |case: &Case| {
        runs += 1;
        let trial = (runs <= RUNS).then(|| attempt(case))?;
        (self::rule(&trial) == rule).then_some(trial)
    };
    let Some(again) = fails(&best) else { return (case.clone(), shown) };
    shown = again;
    loop {
        let Some((trial, smaller)) = smaller(&best).into_iter().find_map(|case| Some((fails(&case)?, case))) else {
            return (best, shown);
        };
        (best, shown) = (smaller, trial);
    }
}

/// Returns the first broken rule of a trial: the text before the colon.
pub(super) fn rule(trial: &Trial) -> Option<String> {
    trial.faults.first()?.split(':').next().map(str::to_owned)
}

fn smaller(case: &Case) -> Vec<Case> {
    let mut smaller = vec![];
    for at in (0..case.jobs.len()).filter(|_| case.jobs.len() > 1) {
        let mut without = case.clone();
        without.jobs.remove(at);
        smaller.push(without);
    }
    let Faults::Listed(strikes) = &case.faults else { return smaller };
    for key in strikes.keys() {
        let mut fewer = strikes.clone();
        fewer.remove(key);
        smaller.push(Case { faults: Faults::Listed(fewer), ..case.clone() });
    }
    if case.concurrency > 1 {
        smaller.push(Case { concurrency: 1, ..case.clone() });
    }
    for (at, key) in (0..case.jobs.len()).flat_map(|at| ["gates", "verify", "expect"].map(|key| (at, key))) {
        let mut plainer = case.clone();
        if plainer.jobs[at].config.as_object_mut().is_some_and(|config| config.remove(key).is_some()) {
            smaller.push(plainer);
        }
    }
    smaller
}
