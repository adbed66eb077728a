//! What people are told: the words of a job's end, and the facts behind them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::facts::{About, Facts, Problem};
use super::summary::{Summary, summarized};
use super::template::Template;
use super::text::without_logins;
use super::{SendError, Texts, Tone};
use crate::outcome::{JobResult, JobStatus};
use crate::secret::redact_message;
use crate::text::{escape_line, format_version};

/// A message to people.
#[derive(Debug, Clone)]
pub struct Notice {
    /// A name of its own, the same in every try to deliver it.
    pub id: String,
    /// The name it is sent under.
    pub app_name: String,
    /// What ended, and how.
    pub title: String,
    /// The gist: version and alias, or what went wrong.
    pub message: String,
    /// The facts to show beside it, a label and a text each.
    pub details: Vec<(&'static str, String)>,
    /// Where to look closer.
    pub url: Option<String>,
    /// Whether it is good news.
    pub tone: Tone,
    facts: Facts,
    document: Value,
}

impl Notice {
    /// Makes the notice of a job's end. Where a template cannot be filled in, the words are those of a default.
    pub fn of(texts: &Texts<'_>, job: &JobResult, about: About<'_>) -> Self {
        let facts = Facts::of(texts.app_name, job, about);
        let (title, message) = texts.filled(&facts);
        let gist = Gist { details: details(&facts, job.status, &message), title, message, tone: Tone::of(job) };
        Self::made(gist, facts, &[job])
    }

    /// Makes the summary of a batch: how many jobs ended in which way, then a line a job, those with a problem first.
    pub fn of_batch(texts: &Texts<'_>, jobs: &[(&JobResult, About<'_>)]) -> Self {
        let actor = jobs.first().map_or("", |(_, about)| about.actor);
        let facts = jobs.iter().map(|(job, about)| Facts::of(texts.app_name, job, *about)).collect();
        let jobs: Vec<&JobResult> = jobs.iter().map(|(job, _)| *job).collect();
        let Summary { counts, lines, tone } = summarized(&jobs);
        let (status, ending) = if tone == Tone::Bad { ("failed", "Failed") } else { ("ok", "Finished") };
        let facts = Facts {
            summary: counts,
            ending: ending.to_owned(),
            jobs: facts,
            ..Facts::general(texts.app_name, "Batch", status, actor)
        };
        let (title, message) = texts.filled(&facts);
        Self::made(Gist { title, message, details: lines, tone }, facts, &jobs)
    }

    /// Makes a notice that is clearly a test.
    pub fn test(app_name: &str) -> Self {
        let facts = Facts::general(app_name, "Test", "test", "");
        let message = "This is a test of the channels in a config. No job has run.".to_owned();
        let gist = Gist { title: "Test Notice".to_owned(), message, details: vec![], tone: Tone::Neutral };
        let mut notice = Self::made(gist, facts, &[]);
        notice.document["test"] = json!(true);
        notice
    }

    fn made(gist: Gist, facts: Facts, jobs: &[&JobResult]) -> Self {
        let Gist { title, message, details, tone } = gist;
        // What a template adds may be a secret as well.
        let (title, message) = (redact_message(&title), redact_message(&message));
        let details = details.into_iter().map(|(label, text)| (label, redact_message(&text))).collect();
        let document = json!({
            "app_name": facts.app_name,
            "title": title,
            "message": message,
            "actor": facts.actor,
            "url": facts.url,
            "jobs": jobs.iter().map(|job| untold(job)).collect::<Vec<_>>(),
        });
        let (app_name, url) = (facts.app_name.clone(), facts.url.clone());
        let document = without_logins(document);
        Self { id: Uuid::new_v4().to_string(), app_name, title, message, details, url, tone, facts, document }
    }

    /// Returns the notice for programs: `app_name`, `title`, `message`, `actor`, `url`, and `jobs`, each as in the
    /// document of `--output json`.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Fills in a template of a channel.
    ///
    /// # Errors
    /// When it cannot be filled in.
    pub fn fill(&self, template: &Template) -> Result<String, SendError> {
        template.render(&self.facts, &self.title, &self.message).map_err(SendError::lasting)
    }
}

/// Returns a job's result without what is not known before everybody is told.
fn untold(job: &JobResult) -> Value {
    let mut value = serde_json::to_value(job).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove("notifications");
    }
    value
}

fn details(facts: &Facts, status: JobStatus, message: &str) -> Vec<(&'static str, String)> {
    let mut details = vec![];
    if let Some(model) = &facts.model {
        details.push(("Model", model.clone()));
    }
    if let Some(alias) = &facts.alias {
        details.push(("Alias", alias.clone()));
        details.push(("From", format_version(facts.from)));
    }
    if facts.model.is_some() {
        // What was asked for and not done must not read as if it were.
        let is_done = !matches!(status, JobStatus::Blocked | JobStatus::Failed);
        details.push((if is_done { "To" } else { "Asked for" }, format_version(facts.to)));
    }
    if let Some(why) = &facts.why {
        details.push(("Message", why.clone()));
    }
    details.push(("By", facts.actor.clone()));
    let Problem { code, message: problem, hint } = &facts.error;
    if !code.is_empty() {
        let is_said = message.contains(problem);
        details.push(("Error", if is_said { code.clone() } else { format!("{code}: {problem}") }));
    }
    if !hint.is_empty() {
        details.push(("Hint", hint.clone()));
    }
    // Last: there may be more of them than a service shows.
    for gate in &facts.gates {
        let verdict = match gate.passed {
            true => "passed",
            false if gate.blocks() => "said no",
            false => "warned",
        };
        details.push(("Gate", format!("{} {verdict}: {}", gate.gate, escape_line(&gate.reason))));
    }
    details
}

/// The words of a notice.
struct Gist {
    title: String,
    message: String,
    details: Vec<(&'static str, String)>,
    tone: Tone,
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::outcome::{Code, Failure};

    fn shown(notice: &Notice, label: &str) -> Option<String> {
        notice.details.iter().find(|(known, _)| *known == label).map(|(_, text)| text.clone())
    }

    #[test]
    fn what_was_done_and_could_not_be_undone_is_bad_news_and_reads_as_done() {
        let mut job = sample::job("bikes", None);
        job.error = Some(Failure { code: Code::AliasLeft, message: "not restored".to_owned(), hint: None });
        let notice = sample::of(&job);
        assert_eq!((notice.tone, notice.title.as_str()), (Tone::Bad, "Promotion Job Not Restored"));
        assert_eq!((shown(&notice, "To").as_deref(), shown(&notice, "Asked for")), (Some("3"), None));
    }

    #[test]
    fn an_alias_that_was_put_back_came_from_where_it_was_moved_to() {
        let notice = sample::of(&JobResult { status: JobStatus::Restored, ..sample::job("bikes", None) });
        assert_eq!((shown(&notice, "From").as_deref(), shown(&notice, "To").as_deref()), (Some("3"), Some("2")));
        assert_eq!((notice.tone, notice.message.as_str()), (Tone::Neutral, "Version: 2 @ Champion"));
        assert!(notice.url.unwrap().ends_with("/versions/2"));
    }
}
