//! Where a rollback goes and where an alias was: the history replayed, in which promotions go forth, rollbacks go back,
//! and a move that was taken back was never made.

use super::entry::{Entry, Kind};
use super::tag::History;
use crate::registry::Version;

/// Where an alias was, oldest first, without what was left by going back.
#[derive(Debug, Default)]
struct Trail<'h> {
    places: Vec<u64>,
    /// Every version it was at, also those that a rollback left.
    held: Vec<u64>,
    /// The moves that were made and not taken back.
    made: Vec<Made<'h>>,
}

/// A move, and what it is undone with.
#[derive(Debug)]
struct Made<'h> {
    entry: &'h Entry,
    /// The places before it.
    places: Vec<u64>,
    /// How many versions were held before it.
    held: usize,
}

impl History {
    /// Returns the versions that rollbacks go back to, nearest first. The order of the entries counts, not their times:
    /// clocks differ.
    pub(in crate::jobs) fn earlier(&self) -> Vec<u64> {
        let mut places = self.trail().places;
        places.pop();
        places.reverse();
        places
    }

    /// Returns whether the alias was at a version, as far as the moves that are kept go back.
    pub(in crate::jobs) fn holds(&self, version: Version) -> bool {
        self.trail().held.contains(&version.get())
    }

    fn trail(&self) -> Trail<'_> {
        let mut trail = Trail::default();
        let mut last = None;
        for entry in self.entries().rev() {
            // Written twice, by a write that was tried again, it is still one move.
            if last.replace(entry) != Some(entry) {
                trail.follow(entry);
            }
        }
        trail
    }
}

impl<'h> Trail<'h> {
    fn follow(&mut self, entry: &'h Entry) {
        if let Some(from) = entry.previous_version {
            self.catch_up(from);
        }
        if entry.kind() == Kind::Restore {
            return self.take_back(entry);
        }
        self.held.extend(entry.previous_version);
        self.made.push(Made { entry, places: self.places.clone(), held: self.held.len() });
        self.held.extend(entry.version);
        match entry.version {
            Some(to) if entry.kind() == Kind::Rollback => self.go_back(to),
            // An alias that was deleted without a record, and came back to where it was, is at no new place.
            to => self.places.extend(to.filter(|to| self.places.last() != Some(to))),
        }
    }

    /// Follows what was not recorded: to a place where the alias was before, it went back.
    fn catch_up(&mut self, from: u64) {
        match self.places.iter().rposition(|place| *place == from) {
            Some(at) => self.places.truncate(at + 1),
            None => self.places.push(from),
        }
    }

    /// Leaves where the alias is for an earlier place; one that the history does not know stands in for it.
    fn go_back(&mut self, to: u64) {
        self.places.pop();
        self.catch_up(to);
    }

    /// Undoes the move that this one is the reverse of.
    fn take_back(&mut self, entry: &Entry) {
        let reverse = |made: &Entry| (made.version, made.previous_version) == (entry.previous_version, entry.version);
        if let Some(made) = self.made.pop_if(|made| reverse(made.entry)) {
            self.places = made.places;
            self.held.truncate(made.held);
        } else if let Some(to) = entry.version {
            self.go_back(to);
            self.held.push(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Version;

    fn earlier(moves: &str) -> Vec<u64> {
        replayed(moves).earlier()
    }

    /// Replays moves, oldest first: `2` is a promotion, `<2` a rollback, `!2` a restore, `*2` one without a record.
    fn replayed(moves: &str) -> History {
        let (mut history, mut at) = (History::default(), None);
        for word in moves.split(' ') {
            let to = word.trim_start_matches(['<', '!', '*']).parse().ok();
            let kind = match &word[..1] {
                "<" => Kind::Rollback,
                "!" => Kind::Restore,
                _ => Kind::Promotion,
            };
            if !word.starts_with('*') {
                let version = |number: Option<u64>| number.and_then(Version::new);
                let message = history.to_tag().len().to_string();
                let entry = Entry::now(kind, version(to), version(at), "ada", Some(&message));
                history.record(entry, 5_000);
            }
            at = to;
        }
        history
    }

    #[test]
    fn a_version_was_held_unless_every_move_to_it_was_taken_back() {
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
            let history = replayed(moves);
            let held = (1..=4).filter(|number| history.holds(Version::new(*number).unwrap())).collect::<Vec<_>>();
            assert_eq!(held, expected, "{moves}");
        }
    }

    #[test]
    fn promotions_go_forth_and_rollbacks_go_back() {
        for (moves, expected) in [
            ("1", vec![]),
            ("1 2 3", vec![2, 1]),
            ("1 2 3 <2", vec![1]),
            ("1 2 3 <2 <1", vec![]),
            ("1 2 3 <2 4", vec![2, 1]),
            ("1 2 3 <1", vec![]),
            ("1 2 1 3", vec![1, 2, 1]),
            ("1 2 1 3 <1", vec![2, 1]),
            // A version that it never was at stands in for the one it is to get away from.
            ("1 2 3 <7", vec![2, 1]),
        ] {
            assert_eq!(earlier(moves), expected, "{moves}");
        }
    }

    #[test]
    fn a_move_that_was_taken_back_was_never_made() {
        for (moves, expected) in [
            ("1 2 3 !2", vec![1]),
            ("1 2 3 4 !3 !2", vec![1]),
            ("1 2 3 <2 !3", vec![2, 1]),
            ("1 !none", vec![]),
            ("1 !none 2", vec![]),
            ("1 !none 2 3", vec![2]),
        ] {
            assert_eq!(earlier(moves), expected, "{moves}");
        }
    }

    #[test]
    fn moves_without_a_record_are_seen_where_the_next_one_starts() {
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
            assert_eq!(earlier(moves), expected, "{moves}");
        }
    }

    #[test]
    fn of_a_history_that_lost_its_oldest_entries_the_rest_is_followed() {
        assert_eq!(earlier("*9 <8"), Vec::<u64>::new());
        assert_eq!(earlier("*9 <8 10"), [8]);
        assert_eq!(earlier("*9 !8 10"), [8]);
    }

    #[test]
    fn an_entry_that_was_written_twice_is_one_move() {
        let mut history = History::default();
        let entry =
            |version, previous| Entry::now(Kind::Promotion, Version::new(version), Version::new(previous), "a", None);
        history.record(entry(2, 1), 5_000);
        let twice = entry(3, 2);
        history.record(twice.clone(), 5_000);
        history.record(twice, 5_000);
        assert_eq!(history.earlier(), [2, 1]);
    }

    #[test]
    fn restores_from_before_there_were_kinds_are_known_by_their_words() {
        let tag = r#"[{"version":2,"previous_version":3,"time":"2026-01-03T00:00:00Z","actor":"a","message":"restored: the batch that moved it did not succeed"},
            {"version":3,"previous_version":2,"time":"2026-01-02T00:00:00Z","actor":"a","message":null},
            {"version":2,"previous_version":1,"time":"2026-01-01T00:00:00Z","actor":"a","message":null}]"#;
        assert_eq!(History::parse(Some(tag)).unwrap().earlier(), [1]);
    }
}
