//! The events that messages are about.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::outcome::{DoneWord, JobResult, JobStatus};

/// How a job ended, as configs write it to select the messages of a channel.
///
/// The words are those of [`JobStatus::name`]. Each kind of job adds its own word for success. `config` knows the kinds,
/// so it completes the schema with [`Event::schema`] and rejects other words.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Event(Cow<'static, str>);

impl Event {
    /// The name of the definition in the schema.
    pub const DEFINITION: &'static str = "Event";

    /// Returns the event of a job; `None` if no message is sent, because the job only read, or a signal ended it.
    pub const fn from_status(status: JobStatus) -> Option<Self> {
        match status {
            JobStatus::Done(_)
            | JobStatus::Unchanged
            | JobStatus::Blocked
            | JobStatus::Failed
            | JobStatus::Restored
            | JobStatus::NotRestored
            | JobStatus::NoticeFailed
            | JobStatus::Unknown => Some(Self(Cow::Borrowed(status.name()))),
            JobStatus::Read | JobStatus::Planned | JobStatus::Skipped | JobStatus::Interrupted => None,
        }
    }

    /// Returns whether a list of events includes this one. `failed` includes every event that needs attention, except
    /// `blocked`.
    pub fn is_in(&self, events: &[Self]) -> bool {
        let is_failure = [JobStatus::NotRestored, JobStatus::NoticeFailed, JobStatus::Unknown]
            .iter()
            .any(|status| status.name() == self.0);
        events.iter().any(|event| event == self || (is_failure && event.0 == JobStatus::Failed.name()))
    }

    /// Returns the schema of an event, given the success words of all kinds of jobs.
    pub fn schema(words: impl Iterator<Item = DoneWord>) -> Value {
        let general = [
            (JobStatus::Unchanged, "Nothing had to be done."),
            (JobStatus::Blocked, "A gate or a precondition failed."),
            (JobStatus::Failed, "The job failed."),
            (JobStatus::Restored, "The alias was moved, and moved back because of what happened later."),
            (
                JobStatus::NotRestored,
                "The alias was moved and was to be moved back, and was not. `failed` includes it.",
            ),
            (
                JobStatus::NoticeFailed,
                "The job did its work, and a required channel was not notified. `failed` includes it.",
            ),
            (
                JobStatus::Unknown,
                "A write got no answer, so it is not known whether it was applied. `failed` includes it.",
            ),
        ];
        let general = general.map(|(status, meaning)| DoneWord { word: status.name(), meaning });
        let choice = |DoneWord { word, meaning }| json!({ "type": "string", "const": word, "description": meaning });
        let choices: Vec<Value> = words.chain(general).map(choice).collect();
        json!({ "oneOf": choices, "description": "How a job ended." })
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for Event {
    fn schema_name() -> Cow<'static, str> {
        Self::DEFINITION.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// Whether a message is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// The job succeeded.
    Good,
    /// Nothing had to be done, or the change was undone.
    Neutral,
    /// Somebody has to act.
    Bad,
}

impl Tone {
    /// Returns the tone of a job. A job that did its work and then failed is bad news.
    pub(super) const fn for_job(job: &JobResult) -> Self {
        if job.error.is_some() && !matches!(job.status, JobStatus::Skipped) {
            return Self::Bad;
        }
        match job.status {
            JobStatus::Done(_) => Self::Good,
            JobStatus::Blocked
            | JobStatus::Failed
            | JobStatus::NotRestored
            | JobStatus::NoticeFailed
            | JobStatus::Unknown => Self::Bad,
            _ => Self::Neutral,
        }
    }
}
