//! The values that templates can use.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::outcome::{JobResult, JobStatus, Verdict};
use crate::secret::redact_message;
use crate::text::{escape_line, format_version};

/// The characters that are percent-encoded in a path segment, as in browsers.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

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
    /// The verdicts of the gates: a list of `gate`, `mode`, `passed`, `code` and `reason`.
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
        let gate = |verdict: &Verdict| Verdict { reason: redact_message(&verdict.reason), ..verdict.clone() };
        Self {
            app_name: app_name.to_owned(),
            kind: job.kind.to_owned(),
            job: spaced(job.kind),
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
            url: outcome.name.as_ref().and_then(|name| page(run.registry, name, to)),
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

/// Returns the page of a model in the UI of MLflow or Databricks; none if the registry is not a server.
fn page(registry: &str, model: &str, version: Option<u64>) -> Option<String> {
    if let Some(host) = registry.strip_prefix("databricks:") {
        let levels: Vec<String> =
            model.split('.').map(|level| utf8_percent_encode(level, SEGMENT).to_string()).collect();
        let page = format!("{host}/explore/data/models/{}", levels.join("/"));
        return Some(version.map_or_else(|| page.clone(), |version| format!("{page}/version/{version}")));
    }
    if !(registry.starts_with("http://") || registry.starts_with("https://")) || model.is_empty() {
        return None;
    }
    let (registry, model) = (redact_message(registry), utf8_percent_encode(model, SEGMENT));
    let page = format!("{}/#/models/{model}", registry.trim_end_matches('/').replace("***@", ""));
    Some(version.map_or_else(|| page.clone(), |version| format!("{page}/versions/{version}")))
}

/// Summarizes in one line what happened.
fn summary(job: &JobResult) -> String {
    if let Some(error) = &job.error {
        return redact_message(&error.message);
    }
    let outcome = &job.outcome;
    if outcome.name.is_none() {
        let summary = outcome.findings.as_ref().and_then(|findings| findings.summary.clone());
        return summary.unwrap_or_else(|| outcome.subject().to_owned());
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

/// Returns `PromotionJob` as `Promotion Job`.
fn spaced(kind: &str) -> String {
    let mut words = String::with_capacity(kind.len() + 1);
    for (at, letter) in kind.char_indices() {
        if at > 0 && letter.is_uppercase() {
            words.push(' ');
        }
        words.push(letter);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_page_is_encoded_and_contains_no_login() {
        let shown = |registry, version| page(registry, "it's a/b?#é", version);
        let expected = "https://h/x/#/models/it%27s%20a%2Fb%3F%23%C3%A9/versions/3";
        assert_eq!(shown("https://me:pw@h/x/", Some(3)).as_deref(), Some(expected));
        assert_eq!(shown("http://h", None).as_deref(), Some("http://h/#/models/it%27s%20a%2Fb%3F%23%C3%A9"));
        assert_eq!(shown("sqlite:///mlflow.db", Some(3)), None);
        let shown = |version| page("databricks:https://h", "main.ml.bikes 2", version);
        assert_eq!(shown(Some(3)).as_deref(), Some("https://h/explore/data/models/main/ml/bikes%202/version/3"));
        assert_eq!(shown(None).as_deref(), Some("https://h/explore/data/models/main/ml/bikes%202"));
    }
}
