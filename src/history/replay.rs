//! Replays a history to find where a rollback goes and which versions an alias pointed to.
//!
//! A promotion goes forward, a rollback goes back, and a restore removes the move that it reverses.

use super::entry::{HistoryEntry, MoveKind};
use super::tag::History;
use crate::registry::Version;

/// The state after replaying some moves.
#[derive(Debug, Default)]
struct HistoryReplay<'h> {
    /// The versions that a rollback can return to, oldest first; the last is the current one.
    path: Vec<u64>,
    /// Every version that the alias pointed to, including those that a rollback left.
    visited: Vec<u64>,
    /// The moves that no restore has reversed.
    applied: Vec<AppliedMove<'h>>,
}

/// A move, with the state before it.
#[derive(Debug)]
struct AppliedMove<'h> {
    entry: &'h HistoryEntry,
    path_before: Vec<u64>,
    visited_before: usize,
}

impl History {
    /// Returns the versions that successive rollbacks go to, nearest first. The order of the entries counts, not their
    /// times, because clocks differ.
    pub fn rollback_targets(&self) -> Vec<u64> {
        let mut path = self.replay().path;
        path.pop();
        path.reverse();
        path
    }

    /// Returns whether the alias pointed to a version, as far back as the entries reach.
    pub fn was_at(&self, version: Version) -> bool {
        self.replay().visited.contains(&version.get())
    }

    fn replay(&self) -> HistoryReplay<'_> {
        let mut replay = HistoryReplay::default();
        let mut last = None;
        for entry in self.entries().rev() {
            // A retried write may have recorded the same move twice.
            if last.replace(entry) != Some(entry) {
                replay.apply(entry);
            }
        }
        replay
    }
}

impl<'h> HistoryReplay<'h> {
    fn apply(&mut self, entry: &'h HistoryEntry) {
        if let Some(from) = entry.previous_version {
            self.move_unrecorded(from);
        }
        if entry.kind() == MoveKind::Restore {
            return self.reverse(entry);
        }
        self.visited.extend(entry.previous_version);
        let (path_before, visited_before) = (self.path.clone(), self.visited.len());
        self.applied.push(AppliedMove { entry, path_before, visited_before });
        self.visited.extend(entry.version);
        match entry.version {
            Some(to) if entry.kind() == MoveKind::Rollback => self.roll_back(to),
            // An alias that was deleted without a record may come back to the version it was at.
            to => self.path.extend(to.filter(|to| self.path.last() != Some(to))),
        }
    }

    /// Applies a move without a record. One to a version on the path counts as a rollback, another as a promotion.
    fn move_unrecorded(&mut self, to: u64) {
        match self.path.iter().rposition(|version| *version == to) {
            Some(at) => self.path.truncate(at + 1),
            None => self.path.push(to),
        }
    }

    /// Rolls back to a version. One that is not on the path replaces the current version.
    fn roll_back(&mut self, to: u64) {
        self.path.pop();
        self.move_unrecorded(to);
    }

    /// Undoes the last move if the entry reverses it.
    fn reverse(&mut self, entry: &HistoryEntry) {
        let is_reversed = |last: &mut AppliedMove<'_>| {
            (last.entry.version, last.entry.previous_version) == (entry.previous_version, entry.version)
        };
        if let Some(last) = self.applied.pop_if(is_reversed) {
            self.path = last.path_before;
            self.visited.truncate(last.visited_before);
        } else if let Some(to) = entry.version {
            self.roll_back(to);
            self.visited.push(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Version;

    fn targets(moves: &str) -> Vec<u64> {
        history(moves).rollback_targets()
    }

    /// Builds a history from moves, oldest first: `2` is a promotion, `<2` a rollback, `!2` a restore, `*2` has no record.
    fn history(moves: &str) -> History {
        let (mut history, mut at) = (History::default(), None);
        for word in moves.split(' ') {
            let to = word.trim_start_matches(['<', '!', '*']).parse().ok();
            let kind = match &word[..1] {
                "<" => MoveKind::Rollback,
                "!" => MoveKind::Restore,
                _ => MoveKind::Promotion,
            };
            if !word.starts_with('*') {
                let version = |number: Option<u64>| number.and_then(Version::new);
                let message = history.to_tag_value().len().to_string();
                let entry = HistoryEntry::new(kind, version(to), version(at), "ada", Some(&message));
                history.push(entry, 5_000);
            }
            at = to;
        }
        history
    }

    #[test]
    fn an_alias_was_at_a_version_unless_every_move_to_it_was_reversed() {
        for (moves, expected) in [
            ("1 2 3 <2", vec![1, 2, 3]),
            ("1 2 3 !2", vec![1, 2]),
            ("1 2 3 4 !3 !2", vec![1, 2]),
            ("1 2 3 <2 !3", vec![1, 2, 3]),
            ("3 2 3 !2", vec![2, 3]),
            ("2 3 !2 3", vec![2, 3]),
            ("1 !none", vec![]),
            ("*4 3", vec![3, 4]),
            ("*4 !3", vec![3]),
        ] {
            let history = history(moves);
            let visited = (1..=4).filter(|number| history.was_at(Version::new(*number).unwrap())).collect::<Vec<_>>();
            assert_eq!(visited, expected, "{moves}");
        }
    }

    #[test]
    fn promotions_go_forward_and_rollbacks_go_back() {
        for (moves, expected) in [
            ("1", vec![]),
            ("1 2 3", vec![2, 1]),
            ("1 2 3 <2", vec![1]),
            ("1 2 3 <2 <1", vec![]),
            ("1 2 3 <2 4", vec![2, 1]),
            ("1 2 3 <1", vec![]),
            ("1 2 1 3", vec![1, 2, 1]),
            ("1 2 1 3 <1", vec![2, 1]),
            // A rollback to a version that is not on the path replaces the version it leaves.
            ("1 2 3 <7", vec![2, 1]),
        ] {
            assert_eq!(targets(moves), expected, "{moves}");
        }
    }

    #[test]
    fn a_reversed_move_counts_as_never_made() {
        for (moves, expected) in [
            ("1 2 3 !2", vec![1]),
            ("1 2 3 4 !3 !2", vec![1]),
            ("1 2 3 <2 !3", vec![2, 1]),
            ("1 !none", vec![]),
            ("1 !none 2", vec![]),
            ("1 !none 2 3", vec![2]),
        ] {
            assert_eq!(targets(moves), expected, "{moves}");
        }
    }

    #[test]
    fn a_move_without_a_record_is_inferred_from_the_next_entry() {
        for (moves, expected) in [
            ("1 2 *5 3", vec![5, 2, 1]),
            ("1 2 3 *2 4", vec![2, 1]),
            ("1 2 *5 <2", vec![1]),
            ("*1 *2 3", vec![2]),
            ("1 2 *none 3", vec![2, 1]),
            ("1 2 *none 2", vec![1]),
            ("2 *none 2", vec![]),
            ("1 2 *none 2 !none", vec![1]),
            ("1 2 *none 2 3 !2", vec![1]),
        ] {
            assert_eq!(targets(moves), expected, "{moves}");
        }
    }

    #[test]
    fn a_history_that_lost_its_oldest_entries_is_still_replayed() {
        assert_eq!(targets("*9 <8"), Vec::<u64>::new());
        assert_eq!(targets("*9 <8 10"), [8]);
        assert_eq!(targets("*9 !8 10"), [8]);
    }

    #[test]
    fn an_entry_that_was_written_twice_counts_once() {
        let mut history = History::default();
        let entry = |version, previous| {
            HistoryEntry::new(MoveKind::Promotion, Version::new(version), Version::new(previous), "a", None)
        };
        history.push(entry(2, 1), 5_000);
        let twice = entry(3, 2);
        history.push(twice.clone(), 5_000);
        history.push(twice, 5_000);
        assert_eq!(history.rollback_targets(), [2, 1]);
    }

    #[test]
    fn a_restore_from_before_there_were_kinds_is_recognised_by_its_message() {
        let tag = r#"[{"version":2,"previous_version":3,"time":"2026-01-03T00:00:00Z","actor":"a","message":"restored: the batch that moved it did not succeed"},
            {"version":3,"previous_version":2,"time":"2026-01-02T00:00:00Z","actor":"a","message":null},
            {"version":2,"previous_version":1,"time":"2026-01-01T00:00:00Z","actor":"a","message":null}]"#;
        assert_eq!(History::parse(Some(tag)).unwrap().rollback_targets(), [1]);
    }
}
