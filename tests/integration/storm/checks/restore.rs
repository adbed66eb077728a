//! Checks restores: required ones happen, and no foreign move is reverted.

use super::super::case::Case;
use super::super::log::{By, Move};
use super::super::program::Report;
use super::job::View;

/// Checks the restores of one job.
pub(super) fn check(view: &View<'_>, case: &Case, report: &Report) -> Vec<String> {
    let back = view.moves.iter().filter(|made| made.after != view.target);
    let mut faults: Vec<String> = back.filter_map(|made| foreign(view, made)).collect();
    faults.extend(find_kept_move(view, case, report));
    faults
}

/// Returns the violation of a restore that overwrites a foreign move.
fn foreign(view: &View<'_>, back: &Move) -> Option<String> {
    let place = view.place.as_ref()?;
    let last = view.log.moves(place).rfind(|made| made.tick < back.tick)?;
    if last.by != By::Foreign {
        return None;
    }
    let never_sent = view.target.is_none();
    let knew = view.last_read_before(back.tick).is_some_and(|(tick, seen)| tick > last.tick && seen != view.target);
    (never_sent || knew).then(|| format!("foreign: somebody else's {last:?} was taken back by {back:?}"))
}

/// Returns the violation of a move that was neither restored nor reported as kept.
fn find_kept_move(view: &View<'_>, case: &Case, report: &Report) -> Option<String> {
    let place = view.place.as_ref()?;
    let is_wanted = case.policy == "restore" && report.exit() != 0;
    let last = view.log.moves(place).next_back()?;
    let stays = last.by == By::Job(view.job.id) && last.after == view.target && last.before != last.after;
    let is_told = view.report.code().is_some();
    (is_wanted && stays && !is_told).then(|| format!("restore: {last:?} stays, and nobody says so"))
}
