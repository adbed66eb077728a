//! Checks the report of one job against its applied writes.

use super::super::case::Job;
use super::super::log::{AliasName, By, Change, Exchange, Log, Move};
use super::super::program::JobReport;

/// Error codes that imply that the job wrote nothing.
const NOTHING: [&str; 12] = [
    "MODEL_NOT_FOUND",
    "MODEL_EMPTY",
    "VERSION_NOT_FOUND",
    "VERSION_NOT_READY",
    "NOTHING_SELECTED",
    "ALIAS_NOT_FOUND",
    "HISTORY_MISSING",
    "HISTORY_UNREADABLE",
    "HISTORY_OUTDATED",
    "EVIDENCE_NOT_FOUND",
    "GATE_FAILED",
    "SERVICE_FAILED",
];

/// A job with its requests, its applied changes and its report.
pub(super) struct View<'a> {
    pub(super) job: &'a Job,
    pub(super) report: JobReport<'a>,
    pub(super) log: &'a Log,
    pub(super) place: Option<AliasName>,
    pub(super) exchanges: Vec<&'a Exchange>,
    /// Its applied moves of its alias, without duplicates of the network.
    pub(super) moves: Vec<Move>,
    /// The reported version, if the job requested that move.
    pub(super) target: Option<u64>,
    /// The versions that it created.
    created: Vec<u64>,
}

impl<'a> View<'a> {
    pub(super) fn new(job: &'a Job, report: JobReport<'a>, log: &'a Log) -> Self {
        let place = job.place();
        let exchanges: Vec<&Exchange> = log.exchanges.iter().filter(|exchange| exchange.key.job == job.id).collect();
        let own = |made: &Move| made.by == By::Job(job.id);
        let moves = place.as_ref().map_or_else(Vec::new, |place| log.moves(place).filter(own).collect());
        let sets = |version: &u64| exchanges.iter().any(|exchange| exchange.sets_alias() == Some(*version));
        let target = report.version().filter(sets);
        let versions = log.events.iter().filter(|event| event.by == By::Job(job.id));
        let created = versions.filter_map(|event| match event.change {
            Change::Version { version, .. } => Some(version),
            _ => None,
        });
        Self { job, report, log, exchanges, moves, target, created: created.collect(), place }
    }

    /// Returns its first applied forward move.
    pub(super) fn forward_move(&self) -> Option<&Move> {
        self.moves.iter().find(|made| made.after == self.target)
    }

    /// Returns the version after its last move, or none without a move.
    pub(super) fn final_version(&self) -> Option<Option<u64>> {
        self.moves.last().map(|made| made.after)
    }

    /// Returns the last correct response before a moment that shows the alias, and its time.
    pub(super) fn last_read_before(&self, tick: usize) -> Option<(usize, Option<u64>)> {
        let place = self.place.as_ref()?;
        let before = self.exchanges.iter().rev().filter(|exchange| exchange.tick < tick);
        before.filter_map(|exchange| Some((exchange.tick, exchange.shows(place)?))).next()
    }

    /// Returns whether a correct response before a moment showed the alias at a version. Another client may move it
    /// later, which is undetectable over REST.
    pub(super) fn was_read_at(&self, at: Option<u64>, tick: usize) -> bool {
        let Some(place) = &self.place else { return false };
        let before = self.exchanges.iter().filter(|exchange| exchange.tick < tick);
        before.filter_map(|exchange| exchange.shows(place)).any(|shown| shown == at)
    }

    /// Returns whether another client moved its alias later.
    fn has_later_foreign_move(&self) -> bool {
        let last = self.place.as_ref().and_then(|place| self.log.moves(place).next_back());
        last.is_some_and(|made| made.by == By::Foreign)
    }

    /// Returns whether its last move restored the initial version; true without a move.
    fn is_restored(&self) -> bool {
        let Some(first) = self.moves.first() else { return true };
        let left_at = self.final_version().flatten();
        left_at == first.before || self.was_read_at(left_at, first.tick) || self.log.has_stale()
    }

    pub(super) fn check(&self) -> Vec<String> {
        let mut faults = vec![];
        let mut expect = |holds: bool, fault: String| {
            if !holds {
                faults.push(fault);
            }
        };
        let (report, wrote) = (self.report, !self.moves.is_empty() || !self.created.is_empty());
        let changes = format!("moves {:?}, versions {:?}", self.moves, self.created);
        let sets = self.exchanges.iter().filter_map(|exchange| exchange.sets_alias());
        let others: Vec<u64> = sets.filter(|to| ![report.version(), report.previous()].contains(&Some(*to))).collect();
        expect(others.is_empty(), format!("writes: it does not tell of {others:?}"));
        expect(self.created.len() < 2, format!("once: it created {:?}", self.created));
        match report.status() {
            "skipped" => expect(self.exchanges.is_empty(), format!("skipped: it asked, {changes}")),
            "unchanged" => expect(!wrote, format!("unchanged: it wrote: {changes}")),
            "blocked" => expect(!wrote, format!("blocked: it wrote: {changes}")),
            "interrupted" | "planned" => expect(false, "status: nobody asked for that".to_owned()),
            "promoted" | "rolled_back" => self.check_moved(&mut expect),
            "registered" => {
                expect(
                    report.version().is_some_and(|version| self.created == [version]),
                    format!("registered: it tells of version {:?}, {changes}", report.version()),
                );
                if self.place.is_some() {
                    self.check_moved(&mut expect);
                }
            }
            "restored" => {
                expect(self.is_restored(), format!("restored: it is not back: {changes}"));
            }
            "failed" | "unknown" => self.check_failed(&mut expect),
            "not_restored" => {
                expect(report.code().is_some_and(|code| code != "PANICKED"), format!("{changes}: no reason"))
            }
            other => expect(false, format!("status: {other:?}")),
        }
        self.check_written(&mut expect);
        self.check_hint(&mut expect);
        faults
    }

    fn check_moved(&self, expect: &mut impl FnMut(bool, String)) {
        let (report, moves) = (self.report, &self.moves);
        let Some(forth) = self.forward_move() else {
            let rivals = self.place.as_ref().is_some_and(|place| {
                self.log.moves(place).any(|made| made.by == By::Foreign && made.after == report.version())
            });
            // An unapplied move that another client made is indistinguishable from an applied one.
            return expect(rivals && self.target.is_some(), format!("moved: it did not, {moves:?}"));
        };
        expect(report.version() == forth.after, format!("moved: not to {:?}: {moves:?}", report.version()));
        let was = report.previous() == forth.before || self.was_read_at(report.previous(), forth.tick);
        expect(was || self.log.has_stale(), format!("moved: not from {:?}: {moves:?}", report.previous()));
        let is_there = self.final_version() == Some(report.version()) || self.has_later_foreign_move();
        let is_doubtful = ["not known", "may have", "may be"].iter().any(|words| report.message().contains(words));
        expect(
            is_there || is_doubtful,
            format!("moved: its last move went elsewhere: {moves:?}: {}", report.message()),
        );
    }

    fn check_failed(&self, expect: &mut impl FnMut(bool, String)) {
        let (report, code) = (self.report, self.report.code().unwrap_or_default());
        expect(!code.is_empty(), "failed: it does not say why".to_owned());
        expect(code != "PANICKED", format!("failed: it panicked: {}", report.message()));
        let wrote = !self.moves.is_empty() || !self.created.is_empty();
        if NOTHING.contains(&code) {
            expect(
                !wrote,
                format!("failed: {code} says that nothing was written: {:?} {:?}", self.moves, self.created),
            );
        }
        if code == "UNFINISHED" {
            let is_one = report.version().is_some_and(|version| self.created == [version]);
            expect(is_one, format!("failed: UNFINISHED tells of {:?}, created {:?}", report.version(), self.created));
        }
        expect(!report.was_restored() || self.is_restored(), format!("put back: it is not: {:?}", self.moves));
    }

    /// Checks the writes of the outcome.
    fn check_written(&self, expect: &mut impl FnMut(bool, String)) {
        let sends = |call: &str| self.exchanges.iter().any(|exchange| exchange.key.call == call);
        let creates = "POST model-versions/create";
        let answers = |exchange: &Exchange| exchange.key.call == creates && exchange.answered.is_some();
        let is_moved = self.forward_move().is_some();
        let is_seen = self.place.as_ref().is_some_and(|place| {
            let later = self
                .exchanges
                .iter()
                .filter(|exchange| self.forward_move().is_none_or(|made| exchange.tick > made.tick));
            later.filter_map(|exchange| exchange.shows(place)).any(|shown| shown == self.report.version())
        });
        let has_created = !self.created.is_empty();
        let told_created = self.exchanges.iter().any(|exchange| answers(exchange));
        for (field, was_sent, was_applied, was_seen) in [
            ("alias_written", self.target.is_some(), is_moved, is_seen),
            ("version_created", sends(creates), has_created, told_created),
        ] {
            let is_unclear = self.log.has_foreign() || self.log.has_stale();
            let holds = match self.report.written(field) {
                None => !was_applied,
                Some("sent") => was_sent,
                Some("confirmed") => was_sent && ((was_applied && was_seen) || is_unclear),
                Some(_) => false,
            };
            let facts = format!("sent: {was_sent}, applied: {was_applied}, seen: {was_seen}");
            expect(holds, format!("{field}: {:?}, and it was {facts}", self.report.written(field)));
        }
    }

    /// Checks that the hint does not advise a rerun that would repeat work.
    fn check_hint(&self, expect: &mut impl FnMut(bool, String)) {
        let hint = self.report.hint().to_lowercase();
        let again = ["run the job again", "run it again", "safe to"].iter().any(|words| hint.starts_with(words));
        let repeats = match self.job.kind() {
            "RollbackJob" => self.job.config["to"].is_null() && !self.moves.is_empty(),
            "RegistrationJob" => !self.created.is_empty(),
            _ => false,
        };
        expect(
            !(again && repeats) || self.report.status() == "restored",
            format!("hint: {hint:?} after {:?}", self.moves),
        );
    }
}
