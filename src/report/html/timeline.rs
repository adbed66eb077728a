//! The moves of aliases as a drawing with a lane for each alias, from a document about their moves.

use jiff::Timestamp;
use minijinja::Value;
use serde::{Deserialize, Serialize};

use super::render::render;
use crate::text::format_version;

/// How many moves are drawn. The table below the drawing has all.
const MOST_MOVES: usize = 60;
/// The height of a lane, and of the dates above all lanes.
const LANE: usize = 58;
const DATES: usize = 34;
/// The least width of a move.
const COLUMN: usize = 84;

/// An alias in the document.
#[derive(Debug, Clone, Deserialize)]
struct AliasHistory {
    alias: String,
    version: Option<u64>,
    /// The moves, newest first.
    moves: Vec<Move>,
}

#[derive(Debug, Clone, Deserialize)]
struct Move {
    kind: String,
    version: Option<u64>,
    previous_version: Option<u64>,
    time: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct TimelineView {
    /// The least width and the height, in pixels.
    width: usize,
    height: usize,
    dates: Vec<Date>,
    lanes: Vec<LaneView>,
    /// How many older moves are not drawn.
    omitted: usize,
}

/// The time of a move; the place is in percent.
#[derive(Debug, Serialize)]
struct Date {
    at: f64,
    day: String,
    time: String,
}

#[derive(Debug, Serialize)]
struct LaneView {
    title: String,
    top: usize,
    spans: Vec<Span>,
}

/// A time during which an alias points to a version.
#[derive(Debug, PartialEq, Serialize)]
struct Span {
    from: f64,
    width: f64,
    version: String,
    /// The kind of the move that began it; empty where it is older than all that are drawn.
    kind: String,
    /// Whether the alias exists during it.
    exists: bool,
}

/// Renders the moves of a document; nothing if it has none.
pub(super) fn timeline(document: &serde_json::Value) -> Option<Value> {
    let histories = Vec::<AliasHistory>::deserialize(document).ok()?;
    let view = TimelineView::new(&histories);
    (!view.dates.is_empty()).then(|| render("timeline", &view))
}

impl TimelineView {
    fn new(histories: &[AliasHistory]) -> Self {
        let mut order = in_order_of_time(histories);
        let omitted = order.len().saturating_sub(MOST_MOVES);
        order.drain(..omitted);
        // Each move has a column, and the last one is now.
        let columns = order.len() + 1;
        let place = |column: usize| percent(column, columns);
        let lane = |(lane, history): (usize, &AliasHistory)| {
            let begins: Vec<(f64, &Move)> = (order.iter().enumerate())
                .filter(|(_, (of, _))| *of == lane)
                .map(|(column, (_, index))| (place(column), &history.moves[*index]))
                .collect();
            let now = history
                .version
                .map_or_else(|| "does not exist now".to_owned(), |version| format!("now version {version}"));
            LaneView { title: format!("{}, {now}", history.alias), top: DATES + lane * LANE, spans: spans(&begins) }
        };
        let date = |(column, (lane, index)): (usize, &(usize, usize))| {
            let time = histories[*lane].moves[*index].time;
            Date {
                at: place(column),
                day: time.map_or_else(|| "time unknown".to_owned(), |time| time.strftime("%Y-%m-%d").to_string()),
                time: time.map_or_else(String::new, |time| time.strftime("%H:%M:%S").to_string()),
            }
        };
        Self {
            width: columns * COLUMN,
            height: DATES + histories.len() * LANE,
            dates: order.iter().enumerate().map(date).collect(),
            lanes: histories.iter().enumerate().map(lane).collect(),
            omitted,
        }
    }
}

/// Returns the lane and the index of every move, oldest first. In a lane the order of the records counts; a move without a
/// time comes right before the next one that has a time.
fn in_order_of_time(histories: &[AliasHistory]) -> Vec<(usize, usize)> {
    let mut moves = vec![];
    for (lane, history) in histories.iter().enumerate() {
        let mut latest = Timestamp::MAX;
        for (index, one) in history.moves.iter().enumerate() {
            latest = one.time.map_or(latest, |time| time.min(latest));
            moves.push((latest, lane, index));
        }
    }
    moves.sort_by_key(|(time, lane, index)| (*time, *lane, std::cmp::Reverse(*index)));
    moves.into_iter().map(|(_, lane, index)| (lane, index)).collect()
}

/// Returns what an alias points to between its moves, oldest first.
fn spans(moves: &[(f64, &Move)]) -> Vec<Span> {
    let span = |from: f64, to: f64, version: Option<u64>, kind: &str| Span {
        from,
        width: ((to - from) * 10.0).round() / 10.0,
        version: format_version(version),
        kind: kind.to_owned(),
        exists: version.is_some(),
    };
    let ends = moves.iter().skip(1).map(|(at, _)| *at).chain([100.0]);
    let first = moves.first().filter(|(at, one)| *at > 0.0 && one.previous_version.is_some());
    let first = first.map(|(at, one)| span(0.0, *at, one.previous_version, ""));
    first
        .into_iter()
        .chain(moves.iter().zip(ends).map(|((from, one), to)| span(*from, to, one.version, &one.kind)))
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "there are at most some dozens of columns")]
fn percent(column: usize, columns: usize) -> f64 {
    (column as f64 / columns as f64 * 1000.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn histories() -> Vec<AliasHistory> {
        let one = |kind: &str, from: Option<u64>, to: Option<u64>, time: Option<&str>| json!({ "kind": kind, "previous_version": from, "version": to, "time": time });
        let document = json!([
            { "alias": "Champion", "version": 4, "moves": [
                one("unrecorded", Some(2), Some(4), None),
                one("rollback", Some(3), Some(2), Some("2026-11-03T00:00:00Z")),
                one("promotion", Some(2), Some(3), Some("2026-11-01T00:00:00Z")),
            ]},
            { "alias": "Staging", "version": null, "moves": [one("promotion", None, Some(3), Some("2026-11-02T00:00:00Z"))] },
        ]);
        Vec::deserialize(&document).unwrap()
    }

    #[test]
    fn moves_of_all_aliases_are_in_the_order_of_time() {
        assert_eq!(in_order_of_time(&histories()), [(0, 2), (1, 0), (0, 1), (0, 0)]);
    }

    #[test]
    fn a_lane_shows_the_version_between_two_moves() {
        let view = TimelineView::new(&histories());
        let shown = |lane: usize| -> Vec<(f64, f64, &str, &str)> {
            let spans = &view.lanes[lane].spans;
            spans.iter().map(|span| (span.from, span.width, span.version.as_str(), span.kind.as_str())).collect()
        };
        assert_eq!(
            shown(0),
            [(0.0, 40.0, "3", "promotion"), (40.0, 20.0, "2", "rollback"), (60.0, 40.0, "4", "unrecorded")]
        );
        assert_eq!(shown(1), [(20.0, 80.0, "3", "promotion")]);
        assert_eq!(view.lanes[1].title, "Staging, does not exist now");
    }

    #[test]
    fn what_is_no_history_is_not_drawn() {
        for document in
            [json!(null), json!([]), json!([{ "alias": "A", "version": 1, "moves": [] }]), json!({ "x": 1 })]
        {
            assert!(timeline(&document).is_none(), "{document}");
        }
        assert!(timeline(&json!([{ "alias": "A", "version": 1, "moves": [{ "kind": "promotion", "version": 1, "previous_version": null, "time": null }] }])).is_some());
    }
}
