//! Faults between the program and the registry, derived for each request from its job and its ordinal.

use std::collections::BTreeMap;

use super::random::Random;

/// An HTML page, as gateways and login pages send it.
const PAGE: &str = "<!doctype html><title>Bad Gateway</title>";

/// Wrong responses: status, body, and whether the request may still have been applied.
const ANSWERS: [(u16, &str, bool); 16] = [
    (429, "", false),
    (500, "", true),
    (502, PAGE, true),
    (503, "", true),
    (504, PAGE, true),
    (503, r#"{"error_code":"TEMPORARILY_UNAVAILABLE","message":"busy"}"#, true),
    (500, r#"{"error_code":"INTERNAL_ERROR","message":"broken"}"#, true),
    (429, r#"{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"slow down"}"#, false),
    (408, "", true),
    (200, PAGE, true),
    (502, r#"{"message":"Bad Gateway"}"#, true),
    (401, "", false),
    (403, r#"{"error_code":"PERMISSION_DENIED","message":"Permission denied"}"#, false),
    (403, PAGE, false),
    (404, PAGE, false),
    (503, PAGE, true),
];

/// The effect of a fault on a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Effect {
    /// No fault: the request is applied and answered.
    None,
    /// The response is replaced.
    Answer { status: u16, body: &'static str, applied: bool },
    /// The connection is reset.
    Reset { applied: bool },
    /// The request is applied, and half of the response is sent.
    Truncate,
    /// No response is sent.
    Hang { applied: bool },
    /// The request is applied, and the response is sent in pieces over some milliseconds.
    Drip(u64),
    /// A write is delivered twice.
    Twice,
    /// A read returns the state before a number of writes.
    Stale(usize),
}

/// Another client moves or deletes the alias of the requesting job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Foreign {
    pub(super) before: bool,
    pub(super) version: Option<u64>,
}

/// The faults of one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Strike {
    pub(super) effect: Effect,
    pub(super) foreign: Option<Foreign>,
}

impl Strike {
    const NONE: Self = Self { effect: Effect::None, foreign: None };
}

/// The identity of a request: its job, method and endpoint, and its ordinal among equal ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) job: usize,
    pub(super) call: String,
    pub(super) nth: usize,
}

/// Requests of a job to one endpoint, in a row.
#[derive(Debug, Clone)]
pub(super) struct Burst {
    job: usize,
    call: &'static str,
    from: usize,
    times: usize,
    effect: Effect,
    /// A foreign change at the last of them.
    foreign: Option<Foreign>,
}

/// The calls that bursts hit; duplicates have a higher weight.
const CALLS: [&str; 11] = [
    "GET registered-models/get",
    "GET model-versions/get",
    "GET registered-models/alias",
    "GET registered-models/alias",
    "POST registered-models/alias",
    "POST registered-models/alias",
    "DELETE registered-models/alias",
    "POST registered-models/set-tag",
    "POST model-versions/create",
    "POST registered-models/create",
    "GET model-versions/search",
];

/// The faults of a case.
#[derive(Debug, Clone)]
pub(super) enum Faults {
    /// No faults.
    None,
    /// A percentage of requests has a fault.
    Random { seed: u64, percent: usize, stale: bool, slow: bool, foreign: Option<Vec<Option<u64>>> },
    /// An outage from a request of one job, or of all jobs, on.
    Outage { job: Option<usize>, from: usize, effect: Effect },
    /// Consecutive requests of one kind have a fault.
    Bursts(Vec<Burst>),
    /// The listed requests have a fault.
    Listed(BTreeMap<Key, Strike>),
}

impl Faults {
    /// Generates the faults of a seed, for jobs with the given versions.
    pub(super) fn new(seed: u64, versions: Vec<Option<u64>>) -> Self {
        let jobs = versions.len();
        let random = &mut Random::part(seed, "faults");
        if random.percent(20) {
            let job = random.percent(70).then(|| random.below(jobs));
            let from = random.below(if job.is_some() { 10 } else { 8 * jobs });
            let applied = random.percent(30);
            let effect = if random.percent(30) { Effect::Reset { applied } } else { answer(random, true) };
            return Self::Outage { job, from, effect };
        }
        if random.percent(50) {
            let has_foreign = random.percent(50);
            let bursts = (0..1 + random.below(4)).map(|_| burst(&versions, has_foreign, random));
            return Self::Bursts(bursts.collect());
        }
        Self::Random {
            seed,
            percent: random.pick(&[3, 8, 15, 30]),
            stale: random.percent(15),
            slow: random.percent(3),
            foreign: random.percent(35).then_some(versions),
        }
    }

    /// Returns the fault of a request: the `ordinal`-th of its job, and the `total`-th of all.
    pub(super) fn strike(&self, key: &Key, ordinal: usize, total: usize) -> Strike {
        match self {
            Self::None => Strike::NONE,
            Self::Outage { job, from, effect } => {
                let is_struck = job.map_or(total >= *from, |job| key.job == job && ordinal >= *from);
                if is_struck { Strike { effect: *effect, foreign: None } } else { Strike::NONE }
            }
            Self::Bursts(bursts) => {
                let fits = |burst: &&Burst| burst.job == key.job && burst.call == key.call;
                let found =
                    bursts.iter().filter(fits).find_map(|burst| Some((burst, key.nth.checked_sub(burst.from)?)));
                found.filter(|(burst, nth)| *nth < burst.times).map_or(Strike::NONE, |(burst, nth)| Strike {
                    effect: burst.effect,
                    foreign: burst.foreign.filter(|_| nth + 1 == burst.times),
                })
            }
            Self::Listed(strikes) => strikes.get(key).copied().unwrap_or(Strike::NONE),
            Self::Random { seed, percent, stale, slow, foreign } => {
                let random = &mut Random::part(*seed, &format!("{} {} {}", key.job, key.call, key.nth));
                let effect =
                    if random.percent(*percent) { effect(&key.call, *stale, *slow, random) } else { Effect::None };
                let foreign = foreign.as_ref().filter(|_| random.percent(10));
                Strike {
                    effect,
                    foreign: foreign.map(|versions| foreign_move(versions.get(key.job).copied().flatten(), random)),
                }
            }
        }
    }
}

fn answer(random: &mut Random, may_apply: bool) -> Effect {
    let (status, body, could_apply) = random.pick(&ANSWERS);
    Effect::Answer { status, body, applied: may_apply && could_apply && random.percent(50) }
}

fn effect(call: &str, stale: bool, slow: bool, random: &mut Random) -> Effect {
    let writes = !call.starts_with("GET");
    match random.below(20) {
        0..=2 => Effect::Reset { applied: false },
        3 | 4 => Effect::Reset { applied: true },
        5 | 6 => Effect::Truncate,
        7 if slow => Effect::Hang { applied: random.percent(50) },
        8 if slow => Effect::Drip(1_500),
        8 => Effect::Drip(10),
        9 | 10 if writes => Effect::Twice,
        9..=12 if stale && !writes => Effect::Stale(1 + random.below(3)),
        _ => answer(random, writes),
    }
}

fn burst(versions: &[Option<u64>], has_foreign: bool, random: &mut Random) -> Burst {
    let job = random.below(versions.len());
    let is_foreign = has_foreign && random.percent(60);
    // Only these responses show the program its alias.
    let call = if is_foreign { random.pick(&CALLS[..6]) } else { random.pick(&CALLS) };
    Burst {
        job,
        call,
        from: random.below(3),
        times: 1 + random.below(4),
        effect: if random.percent(15) { Effect::None } else { effect(call, false, false, random) },
        foreign: is_foreign.then(|| foreign_move(versions[job], random)),
    }
}

/// Generates a foreign move, often to the target of a job, which is hard to distinguish.
fn foreign_move(named: Option<u64>, random: &mut Random) -> Foreign {
    let version = match random.below(10) {
        0 => None,
        1..=6 if named.is_some() => named,
        _ => Some(1 + random.below(4) as u64),
    };
    Foreign { before: random.percent(50), version }
}
