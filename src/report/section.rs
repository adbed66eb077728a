//! What a job found, as tables below the table of all jobs: made once, rendered as text and as Markdown.

use std::borrow::Cow;

use super::history::history;
use super::overview::overview;
use super::plan::plan;
use super::ranking::ranking;
use super::verdicts::verdicts;
use crate::outcome::JobResult;
use crate::text::ForeignText;

/// How many characters of a free text are shown.
const WIDEST: usize = 60;

/// A table about one job.
pub(super) struct Section {
    /// What it is about, fit to follow the name of the job.
    pub(super) title: Cow<'static, str>,
    /// The names of the columns; none where there is no table.
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// What is to be known about it, a line each.
    pub(super) notes: Vec<String>,
}

/// Returns the sections of a job, in the order they are shown.
pub(super) fn sections(job: &JobResult) -> impl Iterator<Item = Section> {
    let outcome = &job.outcome;
    let verification = outcome.verification.as_ref();
    let sections = [
        outcome.ranking.as_deref().map(ranking),
        plan(job),
        verdicts("gates", &outcome.gates),
        verification.and_then(|done| verdicts("verification", &done.verdicts)),
        outcome.overview.as_deref().map(|found| overview(&outcome.name, found)),
    ];
    let histories = outcome.history.iter().flatten().map(|moves| history(&outcome.name, moves));
    sections.into_iter().flatten().chain(histories)
}

/// Shows a text of whatever length, from outside, in a cell.
pub(super) fn cut(text: &str) -> String {
    ForeignText::new(text).cut(WIDEST).to_string()
}
