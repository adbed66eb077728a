//! The write log of a job: its writes and the last known version of its alias. Every write is recorded before it is
//! sent, so that the log is right however the job ends.

use std::cell::Cell;

use crate::outcome::{CurrentVersion, Outcome, WriteState};
use crate::registry::Version;

/// The writes of one job. The log lives outside the job, so that a panic does not lose it.
#[derive(Debug, Default)]
pub struct WriteLog(Cell<Writes>);

#[derive(Debug, Default, Clone, Copy)]
struct Writes {
    model_created: bool,
    created: Option<WriteState>,
    moved: Option<AliasWrite>,
    is_recorded: bool,
    /// The version of the alias in the last read; `None` if it was not read.
    last_read: Option<Option<Version>>,
    /// Whether a write was sent after the last read, so that the alias may have moved.
    is_outdated: bool,
}

/// A move of the alias that was sent.
#[derive(Debug, Clone, Copy)]
struct AliasWrite {
    from: Option<Version>,
    to: Version,
    state: WriteState,
}

impl WriteLog {
    /// Records that the registered model was created.
    pub(super) fn model_created(&self) {
        self.change(|writes| writes.model_created = true);
    }

    /// Records that a version is about to be created.
    pub(super) fn creation_sent(&self) {
        self.change(|writes| writes.created = Some(WriteState::Sent));
    }

    /// Records that the registry definitely refused to create the version.
    pub(super) fn creation_refused(&self) {
        self.change(|writes| writes.created = None);
    }

    /// Records that the registry returned the created version.
    pub(super) fn creation_confirmed(&self) {
        self.change(|writes| writes.created = Some(WriteState::Confirmed));
    }

    /// Records a read of the alias; `None` means that it does not exist.
    pub fn alias_read(&self, version: Option<Version>) {
        self.change(|writes| (writes.last_read, writes.is_outdated) = (Some(version), false));
    }

    /// Records that the alias is about to be moved.
    pub(super) fn move_sent(&self, from: Option<Version>, to: Version) {
        self.change(|writes| {
            writes.moved = Some(AliasWrite { from, to, state: WriteState::Sent });
            writes.is_outdated = true;
        });
    }

    /// Records that the alias is about to be deleted.
    pub(super) fn deletion_sent(&self) {
        self.change(|writes| writes.is_outdated = true);
    }

    /// Records that this job did not move the alias: the registry refused, or the alias was already in place.
    pub(super) fn move_refused(&self) {
        self.change(|writes| (writes.moved, writes.is_outdated) = (None, false));
    }

    /// Records that a read showed the alias where this job moved it.
    pub(super) fn move_confirmed(&self) {
        self.change(|writes| {
            if let Some(moved) = &mut writes.moved {
                moved.state = WriteState::Confirmed;
                (writes.last_read, writes.is_outdated) = (Some(Some(moved.to)), false);
            }
        });
    }

    /// Records that the move is in the history of the alias.
    pub(super) fn move_recorded(&self) {
        self.change(|writes| writes.is_recorded = true);
    }

    /// Returns whether any write was sent and not refused.
    pub fn has_writes(&self) -> bool {
        let Writes { model_created, created, moved, is_outdated, .. } = self.0.get();
        model_created || created.is_some() || moved.is_some() || is_outdated
    }

    /// Returns the version of the alias; `None` if it is unknown, because it was not read since the last write.
    pub fn current(&self) -> Option<Option<Version>> {
        let Writes { last_read, is_outdated, .. } = self.0.get();
        last_read.filter(|_| !is_outdated)
    }

    /// Copies the version of the alias from another log.
    pub(super) fn take_current(&self, other: &Self) {
        let Writes { last_read, is_outdated, .. } = other.0.get();
        if last_read.is_some() || is_outdated {
            self.change(|writes| (writes.last_read, writes.is_outdated) = (last_read, is_outdated));
        }
    }

    /// Returns the version of the alias before the move; `None` if no move was sent, or it was refused.
    pub(super) fn previous(&self) -> Option<Option<Version>> {
        self.0.get().moved.map(|moved| moved.from)
    }

    /// Returns whether a read showed the alias where this job moved it.
    pub(super) fn is_confirmed(&self) -> bool {
        self.0.get().moved.is_some_and(|moved| moved.state == WriteState::Confirmed)
    }

    /// Returns whether the move is in the history of the alias.
    pub(super) fn is_recorded(&self) -> bool {
        self.0.get().is_recorded
    }

    /// Returns whether a move of the alias was sent and not refused.
    pub(super) fn has_move(&self) -> bool {
        self.0.get().moved.is_some()
    }

    /// Adds the writes to an outcome.
    pub fn complete(&self, outcome: &mut Outcome) {
        let Writes { model_created, created, moved, is_recorded, .. } = self.0.get();
        outcome.model_created = model_created;
        outcome.version_created = created;
        outcome.recorded = is_recorded;
        if let Some(AliasWrite { from, to, state }) = moved {
            outcome.alias_written = Some(state);
            outcome.version = Some(to.get());
            outcome.previous_version = from.map(Version::get);
        }
        self.complete_current(outcome);
    }

    /// Adds the version of the alias to the outcome of a job that has one.
    pub fn complete_current(&self, outcome: &mut Outcome) {
        if outcome.alias.is_some() {
            outcome.current = Some(CurrentVersion::new(self.current().map(|version| version.map(Version::get))));
        }
    }

    fn change(&self, change: impl FnOnce(&mut Writes)) {
        let mut writes = self.0.get();
        change(&mut writes);
        self.0.set(writes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_reports_the_progress_of_the_newest_move() {
        let version = |number| Version::new(number).unwrap();
        let outcome = |log: &WriteLog| {
            let mut outcome = Outcome::default();
            log.complete(&mut outcome);
            (outcome.version, outcome.previous_version, outcome.alias_written)
        };
        let log = WriteLog::default();
        assert_eq!(outcome(&log), (None, None, None));
        log.move_sent(Some(version(2)), version(3));
        assert_eq!(outcome(&log), (Some(3), Some(2), Some(WriteState::Sent)));
        log.move_confirmed();
        assert_eq!(outcome(&log), (Some(3), Some(2), Some(WriteState::Confirmed)));
        log.move_refused();
        log.move_confirmed();
        assert_eq!(outcome(&log), (None, None, None));
    }
}
