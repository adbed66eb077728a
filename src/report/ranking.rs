//! How versions were ranked.

use super::section::Section;
use crate::outcome::{Ranked, Ranking};
use crate::text::format_or_dash;

/// How many versions are shown.
const SHOWN: usize = 10;

/// Shows a ranking, the best first.
pub(super) fn ranking(ranking: &Ranking) -> Section {
    let head: Vec<String> =
        ["rank", "version"].into_iter().map(str::to_owned).chain(ranking.order_by.iter().cloned()).collect();
    let mut rows: Vec<Vec<String>> = ranking.versions.iter().take(SHOWN).enumerate().map(row).collect();
    if let Some(more @ 1..) = ranking.versions.len().checked_sub(SHOWN) {
        let mut rest = vec!["…".to_owned(), format!("and {more} more")];
        rest.resize(head.len(), String::new());
        rows.push(rest);
    }
    Section { title: "ranking".into(), head, rows, notes: vec![] }
}

fn row((at, ranked): (usize, &Ranked)) -> Vec<String> {
    let rank = format_or_dash(ranked.eligible.then_some(at + 1));
    let values = ranked.values.iter().map(|value| format_or_dash(*value));
    [rank, ranked.version.to_string()].into_iter().chain(values).collect()
}
