//! The whole page.

use jiff::Timestamp;
use minijinja::Value;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::document::embedded;
use super::headline::{is_release, page_headline};
use super::job::{Detail, JobView};
use super::render::render;
use super::tone::Tone;
use crate::outcome::{BatchResult, Labels};
use crate::text::format_seconds;

/// The style of the page.
const STYLE: &str = include_str!("templates/style.css");

/// The number of jobs above which a page shows in full only what must be looked at.
const LONG_LIST: usize = 50;

/// The number of jobs up to which all are shown open, and without a filter.
const SHORT_LIST: usize = 3;

/// The number of jobs up to which those that must be looked at are shown open.
const MOST_OPEN: usize = 10;

/// What a page says beside the result.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// Who is held responsible.
    pub actor: String,
    /// When the run ended.
    pub ended: Timestamp,
    /// Whether nothing was to be changed.
    pub is_plan: bool,
    /// The config that does what was planned, where every job has a plan.
    pub plan: Option<String>,
}

#[derive(Debug, Serialize)]
struct PageView<'a> {
    title: String,
    eyebrow: String,
    headline: String,
    tone: Tone,
    is_batch: bool,
    actor: &'a str,
    when: String,
    time: String,
    exit_code: u8,
    filters: Vec<Filter>,
    jobs: Vec<Value>,
    plan: Option<PlanView<'a>>,
    style: Value,
    document: Value,
    program: &'static str,
}

/// A status and how many jobs have it.
#[derive(Debug, Serialize)]
struct Filter {
    status: &'static str,
    words: String,
    tone: Tone,
    sign: &'static str,
    count: usize,
}

#[derive(Debug, Serialize)]
struct PlanView<'a> {
    text: &'a str,
    /// The same as an address, so that the browser can save it.
    address: Value,
}

/// Renders the result as a page.
pub fn html(result: &BatchResult, run: &RunFacts) -> String {
    let labels = Labels::from_results(&result.jobs);
    let detail = match result.jobs.len() {
        1 => Detail::Page,
        2..=SHORT_LIST if is_release(result) => Detail::Page,
        2..=LONG_LIST => Detail::Entry,
        _ => Detail::Line,
    };
    let mut jobs: Vec<JobView<'_>> =
        result.jobs.iter().map(|job| JobView::new(job, &labels, run.ended, detail)).collect();
    jobs.sort_by_key(|job| job.tone);
    let is_short = jobs.len() <= SHORT_LIST;
    jobs.iter_mut().enumerate().for_each(|(index, job)| job.is_open = is_short || job.is_open && index < MOST_OPEN);
    let tone = jobs.iter().map(|job| job.tone).min().unwrap_or(Tone::Calm);
    let (eyebrow, headline) = page_headline(result, run.is_plan);
    let view = PageView {
        title: headline.clone(),
        eyebrow: if run.is_plan { format!("{eyebrow}: plan, nothing was changed") } else { eyebrow },
        headline,
        tone,
        is_batch: detail != Detail::Page,
        actor: &run.actor,
        when: run.ended.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        time: format_seconds(result.seconds),
        exit_code: result.exit_code,
        filters: if is_short { vec![] } else { filters(&jobs) },
        jobs: jobs.iter().map(JobView::render).collect(),
        plan: run.plan.as_deref().map(PlanView::new),
        style: Value::from_safe_string(minified(STYLE)),
        document: Value::from_safe_string(embedded(result)),
        program: concat!("runner ", env!("CARGO_PKG_VERSION")),
    };
    format!("{}\n", render("page", &view))
}

impl<'a> PlanView<'a> {
    fn new(text: &'a str) -> Self {
        let encoded = utf8_percent_encode(text, NON_ALPHANUMERIC);
        Self { text, address: Value::from_safe_string(format!("data:application/yaml;charset=utf-8,{encoded}")) }
    }
}

/// Counts the jobs of every status, in the order of the list.
fn filters(jobs: &[JobView<'_>]) -> Vec<Filter> {
    let mut filters: Vec<Filter> = vec![];
    for job in jobs {
        match filters.iter_mut().find(|filter| filter.status == job.status) {
            Some(filter) => filter.count += 1,
            None => filters.push(Filter {
                status: job.status,
                words: job.words.clone(),
                tone: job.tone,
                sign: job.tone.sign(),
                count: 1,
            }),
        }
    }
    filters
}

/// Removes the indentation of a style sheet.
fn minified(style: &str) -> String {
    style.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
pub(super) mod fixtures {
    use crate::outcome::{BatchResult, BatchStatus, CurrentVersion, JobResult, JobStatus, Outcome, Rerun, WriteState};

    /// A promotion of a model's Champion from version 2 to 3.
    pub(in crate::report::html) fn job(name: &str) -> JobResult {
        let outcome = Outcome {
            version: Some(3),
            previous_version: Some(2),
            alias_written: Some(WriteState::Confirmed),
            current: Some(CurrentVersion::new(Some(Some(3)))),
            ..Outcome::for_model(name, Some("Champion"))
        };
        JobResult {
            config: "release.yaml".to_owned(),
            index: 0,
            id: None,
            kind: "PromotionJob",
            status: JobStatus::Done("promoted"),
            seconds: 0.5,
            outcome,
            error: None,
            rerun: Rerun::default(),
            notifications: vec![],
        }
    }

    pub(in crate::report::html) fn result(jobs: Vec<JobResult>) -> BatchResult {
        BatchResult {
            schema_version: BatchResult::SCHEMA_VERSION,
            status: BatchStatus::Ok,
            exit_code: 0,
            seconds: 1.5,
            jobs,
        }
    }
}
