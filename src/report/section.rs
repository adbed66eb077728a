//! What a job found, as tables below the table of all jobs: made once, rendered as text and as Markdown.

use std::borrow::Cow;

use super::plan::plan;
use super::ranking::ranking;
use super::verdicts::verdicts;
use crate::outcome::JobResult;

/// A table about one job.
pub(super) struct Section {
    /// What it is about, fit to follow the name of the job.
    pub(super) title: Cow<'static, str>,
    /// The names of the columns; none where there is no table.
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// Returns the sections of a job, in the order they are shown.
pub(super) fn sections(job: &JobResult) -> impl Iterator<Item = Section> {
    let outcome = &job.outcome;
    let verification = outcome.verification.as_ref();
    let sections = [
        outcome.ranking.as_ref().map(ranking),
        plan(job),
        verdicts("gates", &outcome.gates),
        verification.and_then(|done| verdicts("verification", &done.verdicts)),
        outcome.verify.as_deref().map(verified_by),
    ];
    sections.into_iter().flatten()
}

fn verified_by(verify: &str) -> Section {
    Section { title: format!("is verified then by {verify}").into(), head: vec![], rows: vec![] }
}
