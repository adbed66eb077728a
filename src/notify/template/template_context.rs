//! The values that templates can use.

use serde::Serialize;

use crate::outcome::{JobResult, JobStatus, Verdict, model_page};
use crate::secret::redact_message;
use crate::text::{escape_line, format_time, format_version, split_words};

/// The context of the run that a message needs besides the result of a job.
#[derive(Debug, Clone, Copy)]
pub struct RunInfo<'a> {
    /// The user or CI system that started the run.
    pub actor: &'a str,
    /// The URL at which people see the registry, without a login.
    pub registry: &'a str,
}

/// The values that a template can use. A value that a job does not have renders as `none`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TemplateContext {
    /// The name of the sender.
    pub app_name: String,
    /// The job's `KIND`, such as `PromotionJob`.
    pub kind: String,
    /// The same in words, such as `Promotion Job`.
    pub job: String,
    /// The status of the job, such as `promoted`.
    pub status: String,
    /// The status as a word of a title, such as `Finished`.
    pub ending: String,
    /// The result in one line: version and alias, or the error.
    pub summary: String,
    /// The registered model.
    pub model: Option<String>,
    /// The alias.
    pub alias: Option<String>,
    /// The version that the alias is moved to, or that was created; after a restore, the version that it is at again.
    pub version: Option<u64>,
    /// The version that the alias pointed to before.
    pub from: Option<u64>,
    /// The same as `version`.
    pub to: Option<u64>,
    /// The reason: the job's `message`.
    pub why: Option<String>,
    /// The verdicts of the gates: a list of `gate`, `name`, `mode`, `passed`, `conclusive`, `code` and `reason`.
    pub gates: Vec<Verdict>,
    /// The user or CI system that started the run.
    pub actor: String,
    /// The error: `error.code`, `error.message` and `error.hint`, each empty if there is none.
    pub error: Problem,
    /// How long the job took, in seconds.
    pub seconds: f64,
    /// The page of the model in the MLflow UI, if the registry is a server.
    pub url: Option<String>,
    /// The config file of the job.
    pub config: String,
    /// In a digest, a list with these values of every job; otherwise empty.
    pub jobs: Vec<Self>,
}

/// The error of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A stable code.
    pub code: String,
    /// The problem and its place.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl TemplateContext {
    /// Creates the context of a message that is not about a single job.
    pub(in crate::notify) fn general(app_name: &str, kind: &str, status: &str, actor: &str) -> Self {
        Self {
            app_name: app_name.to_owned(),
            kind: kind.to_owned(),
            job: kind.to_owned(),
            status: status.to_owned(),
            actor: escape_line(actor).into_owned(),
            ..Self::default()
        }
    }

    /// Creates the context of a message about a job.
    pub(in crate::notify) fn for_job(app_name: &str, job: &JobResult, run: RunInfo<'_>) -> Self {
        let outcome = &job.outcome;
        let (from, to) = from_and_to(job);
        let error = job.error.as_ref().map(|error| Problem {
            code: error.code.to_string(),
            message: redact_message(&error.message),
            hint: redact_message(error.hint.as_deref().unwrap_or_default()),
        });
        let gate = |verdict: &Verdict| Verdict {
            name: redact_message(&verdict.name),
            reason: redact_message(&verdict.reason),
            ..verdict.clone()
        };
        Self {
            app_name: app_name.to_owned(),
            kind: job.kind.to_owned(),
            job: split_words(job.kind),
            status: job.status.name().to_owned(),
            ending: ending(job).to_owned(),
            summary: summary(job),
            model: outcome.name.as_deref().map(|name| escape_line(name).into_owned()).filter(|name| !name.is_empty()),
            alias: outcome.alias.as_deref().map(|alias| escape_line(alias).into_owned()),
            version: to,
            from,
            to,
            why: outcome.message.as_deref().map(redact_message),
            gates: outcome.gates.iter().map(gate).collect(),
            actor: escape_line(run.actor).into_owned(),
            error: error.unwrap_or_default(),
            seconds: job.seconds,
            url: outcome.name.as_ref().and_then(|name| model_page(run.registry, name, to)),
            config: escape_line(&job.config).into_owned(),
            jobs: vec![],
        }
    }
}

/// Returns the versions that the alias came from and is at now. A restored alias moved in the opposite direction.
fn from_and_to(job: &JobResult) -> (Option<u64>, Option<u64>) {
    let (before, after) = (job.outcome.previous_version, job.outcome.version);
    if job.status == JobStatus::Restored { (after, before) } else { (before, after) }
}

/// Summarizes in one line what happened.
fn summary(job: &JobResult) -> String {
    if let Some(error) = &job.error {
        return redact_message(&error.message);
    }
    let outcome = &job.outcome;
    if outcome.name.is_none() {
        let summary = outcome.findings.as_ref().and_then(|findings| findings.summary.clone());
        return summary.unwrap_or_else(|| format!("{} in {}", outcome.subject(), format_time(job.seconds)));
    }
    match outcome.full_alias() {
        Some(alias) if job.status == JobStatus::Unchanged => {
            format!("{alias}: unchanged at version {}", format_version(outcome.version))
        }
        Some(alias) => format!("{alias}: {}", outcome.transition(job.status)),
        None => format!("{}: version {}", outcome.subject(), format_version(outcome.version)),
    }
}

const fn ending(job: &JobResult) -> &'static str {
    match job.status {
        JobStatus::Done(_) | JobStatus::Unchanged | JobStatus::Read => "Finished",
        JobStatus::Planned => "Planned",
        JobStatus::Blocked => "Blocked",
        JobStatus::Failed => "Failed",
        JobStatus::Restored => "Restored",
        JobStatus::NotRestored => "Not Restored",
        JobStatus::NoticeFailed => "Done, Notice Failed",
        JobStatus::Unknown => "Unknown",
        JobStatus::Skipped => "Skipped",
        JobStatus::Interrupted => "Interrupted",
    }
}
