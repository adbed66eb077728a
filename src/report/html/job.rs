//! One job of the page: its end, where things are, and what it found.

use std::collections::BTreeMap;

use jiff::Timestamp;
use minijinja::Value;
use serde::Serialize;
use serde_json::json;

use super::super::tables::ranking_table;
use super::gates::gates;
use super::headline::{job_headline, kind_in_words, words};
use super::metrics::metrics;
use super::places::Places;
use super::render::render;
use super::tables::table;
use super::timeline::timeline;
use super::tone::Tone;
use super::verification::verification;
use super::versions::{version, versions};
use crate::outcome::{Delivery, Drawing, Findings, JobResult, JobStatus, Labels, Notification, Verdict};
use crate::text::format_seconds;

/// How much of a job a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Detail {
    /// The job is the page, or with few others that only read.
    Page,
    /// The job is one of a list.
    Entry,
    /// The job is one of a long list, and only what must be looked at is shown in full.
    Line,
}

/// A job of the page.
#[derive(Debug, Serialize)]
pub(super) struct JobView<'a> {
    detail: Detail,
    pub(super) tone: Tone,
    sign: &'static str,
    /// The word of the status, for the style sheet and for people.
    pub(super) status: &'static str,
    pub(super) words: String,
    kind: String,
    /// Whether the job only reads.
    is_read: bool,
    label: String,
    /// The config, with the index of the job.
    config: String,
    about: String,
    url: Option<String>,
    why: Option<&'a str>,
    places: Option<Places>,
    problem: Option<Problem<'a>>,
    pub(super) is_open: bool,
    /// How many gates passed, and how many did not.
    verdicts: Option<String>,
    time: String,
    notifications: Vec<NotificationView<'a>>,
    sections: Vec<Value>,
}

/// What went wrong, where things are and what to do.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    code: String,
    what: &'a str,
    place: Option<String>,
    next: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct NotificationView<'a> {
    channel: &'a str,
    is_sent: bool,
    error: Option<&'a str>,
}

impl<'a> JobView<'a> {
    pub(super) fn new(job: &'a JobResult, labels: &Labels<'_>, ended: Timestamp, detail: Detail) -> Self {
        let outcome = &job.outcome;
        let tone = Tone::for_job(job);
        let places = Places::new(job);
        let problem = job.error.as_ref().map(|error| Problem {
            code: error.code.to_string(),
            what: &error.message,
            place: job.describe_state(),
            next: error.hint.as_deref(),
        });
        let is_short = detail == Detail::Line && tone != Tone::Bad;
        Self {
            detail,
            tone,
            sign: tone.sign(),
            status: job.status.name(),
            words: words(job.status),
            kind: kind_in_words(job.kind),
            is_read: job.status == JobStatus::Read,
            label: labels.for_job(job),
            config: labels.for_place(None, &job.config, job.index),
            about: match outcome.full_alias() {
                Some(alias) if job.status != JobStatus::Read => alias,
                None if job.status != JobStatus::Read => outcome.subject().to_owned(),
                _ => job_headline(job),
            },
            url: outcome.page(outcome.version).filter(|_| !is_short),
            why: outcome.message.as_deref(),
            places,
            problem,
            is_open: tone == Tone::Bad,
            verdicts: count_verdicts(&outcome.gates),
            time: format_seconds(job.seconds),
            notifications: job.notifications.iter().map(NotificationView::new).collect(),
            sections: sections(job, ended, is_short).into_iter().map(|section| below(section, detail)).collect(),
        }
    }

    pub(super) fn render(&self) -> Value {
        render("job", self)
    }
}

impl<'a> NotificationView<'a> {
    fn new(notification: &'a Notification) -> Self {
        let Notification { channel, status, error, .. } = notification;
        Self { channel, is_sent: *status == Delivery::Sent, error: error.as_deref() }
    }
}

/// Moves the headings of a section one level down where it is part of an entry. Markup from outside is escaped, so that only
/// the templates have headings.
fn below(section: Value, detail: Detail) -> Value {
    match (detail, section.as_str()) {
        (Detail::Entry | Detail::Line, Some(markup)) => {
            let markup = markup.replace("h3>", "h4>").replace("h2>", "h3>");
            Value::from_safe_string(markup)
        }
        _ => section,
    }
}

/// Counts the verdicts of gates by their words, the worst first; none where there are none.
fn count_verdicts(verdicts: &[Verdict]) -> Option<String> {
    let mut counts: BTreeMap<(Tone, &str), usize> = BTreeMap::new();
    for verdict in verdicts {
        *counts.entry((Tone::for_verdict(verdict), verdict.word())).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|((_, word), count)| format!("{count} {word}")).collect();
    Some(counts.join(", ")).filter(|counts| !counts.is_empty())
}

/// Renders what the job found, the most important first.
fn sections(job: &JobResult, ended: Timestamp, is_short: bool) -> Vec<Value> {
    let outcome = &job.outcome;
    let gates = gates(&outcome.gates, is_short);
    if is_short {
        return gates.into_iter().collect();
    }
    let ranking = outcome.ranking.as_deref().map(|ranking| table(&ranking_table(ranking)));
    let found = [gates, verification(outcome), metrics(outcome), version(outcome, ended), ranking];
    found
        .into_iter()
        .flatten()
        .chain(outcome.findings.iter().flat_map(|findings| self::findings(findings, job)))
        .collect()
}

/// Renders what only one kind of job reports: a drawing if it has one, and tables.
fn findings(findings: &Findings, job: &JobResult) -> Vec<Value> {
    let Findings { drawing, document, tables, log, .. } = findings;
    let log = (!log.is_empty()).then(|| render("log", &json!({ "text": log.join("\n") })));
    let tables = || tables.iter().map(table).chain(log.clone());
    match drawing {
        Some(Drawing::Timeline) => timeline(document).into_iter().chain(tables()).collect(),
        Some(Drawing::Versions) => {
            versions(document, &job.outcome).map_or_else(|| tables().collect(), |versions| vec![versions])
        }
        None => tables().collect(),
    }
}
