//! The message about a finished job or batch, for people and for programs.

use serde_json::{Value, json};
use uuid::Uuid;

use super::channel_context::SendError;
use super::event::Tone;
use super::sanitize::redact_logins;
use super::summary::Summary;
use super::template::{MessageTemplates, Problem, RunInfo, Template, TemplateContext};
use crate::outcome::{JobResult, JobStatus};
use crate::secret::redact_message;
use crate::text::{escape_line, format_version};

/// The number of lines of a program that a message repeats.
const MAX_OUTPUT: usize = 5;

/// A message to people.
#[derive(Debug, Clone)]
pub struct Message {
    /// A unique ID, the same in every try to deliver it.
    pub id: String,
    /// The name of the sender.
    pub app_name: String,
    /// The title: which job ended, and how.
    pub title: String,
    /// The main text: version and alias, or the error.
    pub text: String,
    /// The short text for the console, if the job failed and the default text is used. The result below it contains the
    /// rest.
    pub brief: Option<String>,
    /// Details, each a label and a text.
    pub details: Vec<(&'static str, String)>,
    /// The URL of a page with more information.
    pub url: Option<String>,
    /// The tone of the message.
    pub tone: Tone,
    context: TemplateContext,
    document: Value,
}

impl Message {
    /// Creates the message about one job. If a template cannot be rendered, the default text is used.
    pub fn for_job(templates: &MessageTemplates<'_>, job: &JobResult, run: RunInfo<'_>) -> Self {
        let context = TemplateContext::for_job(templates.app_name, job, run);
        let (title, text) = templates.render(&context);
        let details = details(&context, job, &text);
        let is_default = job.error.is_some() && text == context.summary;
        let brief = is_default.then(|| job.outcome.full_alias().unwrap_or_else(|| job.outcome.subject().to_owned()));
        let parts = MessageParts { title, text, details, tone: Tone::for_job(job) };
        Self { brief, ..Self::new(parts, context, &[job]) }
    }

    /// Creates the summary of a batch: the number of jobs per status, then one line per job, failed ones first.
    pub fn for_batch(templates: &MessageTemplates<'_>, jobs: &[(&JobResult, RunInfo<'_>)]) -> Self {
        let actor = jobs.first().map_or("", |(_, run)| run.actor);
        let contexts = jobs.iter().map(|(job, run)| TemplateContext::for_job(templates.app_name, job, *run)).collect();
        let jobs: Vec<&JobResult> = jobs.iter().map(|(job, _)| *job).collect();
        let Summary { counts, lines, tone } = Summary::new(&jobs);
        let (status, ending) = if tone == Tone::Bad { ("failed", "Failed") } else { ("ok", "Finished") };
        let context = TemplateContext {
            summary: counts,
            ending: ending.to_owned(),
            jobs: contexts,
            ..TemplateContext::general(templates.app_name, "Batch", status, actor)
        };
        let (title, text) = templates.render(&context);
        Self::new(MessageParts { title, text, details: lines, tone }, context, &jobs)
    }

    /// Creates a test message.
    pub fn test(app_name: &str) -> Self {
        let context = TemplateContext::general(app_name, "Test", "test", "");
        let text = "This is a test of the channels in a config. No job has run.".to_owned();
        let parts = MessageParts { title: "Test Notice".to_owned(), text, details: vec![], tone: Tone::Neutral };
        let mut message = Self::new(parts, context, &[]);
        message.document["test"] = json!(true);
        message
    }

    fn new(parts: MessageParts, context: TemplateContext, jobs: &[&JobResult]) -> Self {
        let MessageParts { title, text, details, tone } = parts;
        // A template may add a secret.
        let (title, text) = (redact_message(&title), redact_message(&text));
        let details = details.into_iter().map(|(label, text)| (label, redact_message(&text))).collect();
        let document = json!({
            "app_name": context.app_name,
            "title": title,
            "message": text,
            "actor": context.actor,
            "url": context.url,
            "jobs": jobs.iter().map(|job| without_notifications(job)).collect::<Vec<_>>(),
        });
        let (app_name, url) = (context.app_name.clone(), context.url.clone());
        Self {
            id: Uuid::new_v4().to_string(),
            app_name,
            title,
            text,
            brief: None,
            details,
            url,
            tone,
            context,
            document: redact_logins(document),
        }
    }

    /// Returns the message for programs: `app_name`, `title`, `message`, `actor`, `url`, and `jobs`, each as in the
    /// document of `--output json`.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Renders a template of a channel.
    ///
    /// # Errors
    /// The template cannot be rendered.
    pub fn render(&self, template: &Template) -> Result<String, SendError> {
        template.render(&self.context, &self.title, &self.text).map_err(SendError::permanent)
    }
}

/// The texts of a message.
struct MessageParts {
    title: String,
    text: String,
    details: Vec<(&'static str, String)>,
    tone: Tone,
}

/// Returns a job's result as JSON, without notifications, which are only known after all messages are sent.
fn without_notifications(job: &JobResult) -> Value {
    let mut value = serde_json::to_value(job).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove("notifications");
    }
    value
}

fn details(context: &TemplateContext, job: &JobResult, text: &str) -> Vec<(&'static str, String)> {
    let mut details = vec![];
    if let Some(model) = &context.model {
        details.push(("Model", model.clone()));
    }
    if let Some(alias) = &context.alias {
        details.push(("Alias", alias.clone()));
        details.push(("From", format_version(context.from)));
    }
    if context.model.is_some() {
        // A move that was not made must not look like one that was.
        let is_done = !matches!(job.status, JobStatus::Blocked | JobStatus::Failed | JobStatus::Unknown);
        details.push((if is_done { "To" } else { "Asked for" }, format_version(context.to)));
    }
    if let Some(why) = &context.why {
        details.push(("Message", why.clone()));
    }
    details.push(("By", context.actor.clone()));
    let Problem { code, message: problem, hint } = &context.error;
    if !code.is_empty() {
        let is_in_text = text.contains(problem);
        details.push(("Error", if is_in_text { code.clone() } else { format!("{code}: {problem}") }));
    }
    if let Some(state) = job.describe_state().filter(|_| job.error.is_some()) {
        details.push(("Now", redact_message(&state)));
    }
    if !hint.is_empty() {
        details.push(("Hint", hint.clone()));
    }
    details.extend(last_lines(job).map(|line| ("Output", redact_message(line))));
    // Gates come last, because a service may not show all details.
    for gate in &context.gates {
        details
            .push(("Gate", format!("{} {}: {}", escape_line(&gate.label()), gate.word(), escape_line(&gate.reason))));
    }
    details
}

/// Returns the last lines that the program of a failed job wrote.
fn last_lines(job: &JobResult) -> impl Iterator<Item = &String> {
    let log = job.outcome.findings.as_ref().filter(|_| job.error.is_some()).map(|findings| &findings.log);
    let log = log.map(Vec::as_slice).unwrap_or_default();
    log[log.len().saturating_sub(MAX_OUTPUT)..].iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::test_fixtures;
    use crate::outcome::{Code, Failure};

    fn detail(message: &Message, label: &str) -> Option<String> {
        message.details.iter().find(|(known, _)| *known == label).map(|(_, text)| text.clone())
    }

    #[test]
    fn a_failed_restore_is_a_failure_message_about_an_applied_move() {
        let mut job = test_fixtures::job("bikes", None);
        job.status = JobStatus::NotRestored;
        job.error = Some(Failure { code: Code::AliasLeft, message: "not restored".to_owned(), hint: None });
        let message = test_fixtures::for_job(&job);
        assert_eq!((message.tone, message.title.as_str()), (Tone::Bad, "Promotion Job Not Restored"));
        assert_eq!((detail(&message, "To").as_deref(), detail(&message, "Asked for")), (Some("3"), None));
    }

    #[test]
    fn a_restored_alias_came_from_the_version_it_was_moved_to() {
        let restored = JobResult { status: JobStatus::Restored, ..test_fixtures::job("bikes", None) };
        let message = test_fixtures::for_job(&restored);
        assert_eq!((detail(&message, "From").as_deref(), detail(&message, "To").as_deref()), (Some("3"), Some("2")));
        assert_eq!((message.tone, message.text.as_str()), (Tone::Neutral, "bikes@Champion: 2 -> 3 -> 2"));
        assert!(message.url.unwrap().ends_with("/versions/2"));
    }
}
