//! What a job found and did.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::model_page::model_page;
use super::{JobStatus, MetricDiff, Verdict, Verification};
use crate::text::{ForeignText, format_version};

/// The length at which a text from outside is truncated in a cell, in characters.
const WIDEST_CELL: usize = 60;

/// What a job found and did. Rare fields are boxed, because a batch stores an outcome for each job.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// The registered model; `None` if the job is about something else.
    pub name: Option<String>,
    /// The alias, if the job has one.
    pub alias: Option<String>,
    /// The subject of the job, if it is not a registered model.
    #[serde(skip)]
    pub subject: Option<String>,
    /// Where things are now, if the job is not about a registered model.
    #[serde(skip)]
    pub state: Option<String>,
    /// The version that the alias was moved to, or that was created; `None` if the job ended before that.
    pub version: Option<u64>,
    /// The version the alias pointed to before.
    pub previous_version: Option<u64>,
    /// The last known version of the alias; `None` if the job has no alias.
    #[serde(flatten)]
    pub current: Option<CurrentVersion>,
    /// The reason of the move, from the `message` of the job.
    pub message: Option<String>,
    /// The version as the registry has it.
    pub model_version: Option<Box<FoundVersion>>,
    /// The ranking of the versions, if the job searches for the best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranking: Option<Box<Ranking>>,
    /// The findings that only this kind of job reports.
    #[serde(flatten)]
    pub findings: Option<Box<Findings>>,
    /// The verdict of every gate.
    pub gates: Vec<Verdict>,
    /// The verification of the version after the move, if the job has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Box<Verification>>,
    /// A description of the verification after the move; only in a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
    /// Whether the job created the registered model.
    #[serde(skip)]
    pub model_created: bool,
    /// The state of the creation of the version; `None` if the request was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_created: Option<WriteState>,
    /// The state of the move of the alias; `None` if it was not sent. It is kept if the alias is restored later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias_written: Option<WriteState>,
    /// Whether the move was written to the alias's history.
    pub recorded: bool,
    /// The metrics of both versions side by side, sorted by their keys; in a plan, and where a page shows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Vec<MetricDiff>>,
    /// Where people look at the registry, without a login; none where no service was started for the job.
    #[serde(skip)]
    pub registry: Option<String>,
}

impl Outcome {
    /// Creates the outcome of a job about a registered model, or about one of its aliases.
    pub fn for_model(name: &str, alias: Option<&str>) -> Self {
        let current = alias.map(|_| CurrentVersion::default());
        Self { name: Some(name.to_owned()), alias: alias.map(str::to_owned), current, ..Self::default() }
    }

    /// Returns the subject of the job without the alias: the model, or what its kind sets.
    pub fn subject(&self) -> &str {
        self.name.as_deref().or(self.subject.as_deref()).unwrap_or_default()
    }

    /// Returns the alias with its model, such as `bikes@Champion`.
    pub fn full_alias(&self) -> Option<String> {
        self.alias.as_ref().map(|alias| format!("{}@{alias}", self.subject()))
    }

    /// Returns the address of the model, or of one of its versions, in the UI of its registry; none where there is no UI.
    pub fn page(&self, version: Option<u64>) -> Option<String> {
        model_page(self.registry.as_deref()?, self.name.as_deref()?, version)
    }

    /// Formats the versions of the alias, such as `2 -> 3`, or `2 -> 3 -> 2` after a restore.
    pub fn transition(&self, status: JobStatus) -> String {
        let (from, to) = (format_version(self.previous_version), format_version(self.version));
        match status {
            JobStatus::Restored => format!("{from} -> {to} -> {from}"),
            _ => format!("{from} -> {to}"),
        }
    }

    /// Describes what a job with this status achieved; `None` if it did not succeed.
    pub fn describe_success(&self, status: JobStatus) -> Option<String> {
        let summary = self.findings.as_ref().and_then(|findings| findings.summary.as_ref());
        match (status, self.full_alias(), self.version) {
            (JobStatus::Done(_), Some(alias), Some(version)) => Some(format!("{alias} was moved to version {version}")),
            (JobStatus::Done(_), None, Some(version)) => {
                Some(format!("version {version} of {} was created", self.subject()))
            }
            (JobStatus::Unchanged, Some(alias), Some(version)) => {
                Some(format!("{alias} is at version {version} as asked"))
            }
            (JobStatus::Done(word), None, None) => {
                let summary = summary.map_or_else(String::new, |summary| format!(" ({summary})"));
                Some(format!("{} is {word}{summary}", self.subject()))
            }
            _ => None,
        }
    }

    /// Returns whether it is unknown if a write was applied: it got no answer, and no later read found the alias
    /// elsewhere.
    pub(crate) fn is_in_doubt(&self) -> bool {
        if self.version_created == Some(WriteState::Sent) {
            return true;
        }
        let current = self.current.unwrap_or_default();
        let may_come = !current.current_known || current.current_version == self.previous_version;
        self.alias_written == Some(WriteState::Sent) && may_come && !self.was_put_back()
    }

    /// Returns whether the job itself restored its alias after a failed verification.
    pub(crate) fn was_put_back(&self) -> bool {
        self.verification.as_ref().is_some_and(|verification| verification.put_back)
    }
}

/// The version of an alias at the last read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CurrentVersion {
    /// The version that the alias points to; `None` if the alias does not exist, or this is unknown.
    pub current_version: Option<u64>,
    /// Whether the version is known: the alias was read after the last write.
    pub current_known: bool,
}

impl CurrentVersion {
    /// Creates the value from the version of the alias; the outer `None` means unknown.
    pub fn new(current: Option<Option<u64>>) -> Self {
        Self { current_version: current.flatten(), current_known: current.is_some() }
    }
}

/// The state of a write. A write that the registry definitely refused has no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteState {
    /// The request was sent, and may have been applied.
    Sent,
    /// A later read confirmed the result.
    Confirmed,
}

/// The versions that a search found, best first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranking {
    /// The filter of the search.
    pub filter: Option<String>,
    /// The sort keys, most important first.
    pub order_by: Vec<String>,
    /// The versions; those that cannot be ranked come last.
    pub versions: Vec<Ranked>,
}

/// One version of a ranking.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// The number of the version.
    pub version: u64,
    /// The value of each key; `None` if the version has none, or it is NaN or infinite.
    pub values: Vec<Option<f64>>,
    /// Whether the version has every value, so that it can be chosen.
    pub eligible: bool,
}

/// The findings of a job that only its kind reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// The key of the document in the outcome.
    pub key: &'static str,
    /// The document for scripts.
    pub document: Value,
    /// The findings for people.
    pub tables: Vec<Table>,
    /// The result in one line; `None` if the tables are enough.
    pub summary: Option<String>,
    /// The last lines of a log, the newest last, where the job has one.
    pub log: Vec<String>,
    /// How a page draws the document; `None` if it shows only the tables.
    pub drawing: Option<Drawing>,
}

/// A drawing of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// A lane for each alias. The document is a list of objects with `alias`, `version` and `moves`, newest first; a move
    /// has `kind`, `version`, `previous_version` and `time`. The tables stand below it.
    Timeline,
    /// A card for each version, instead of the tables. The document has `metrics`, `versions` and `omitted`; a version has
    /// `version`, `status`, `aliases`, `age`, `tags` and `metrics`.
    Versions,
}

impl Findings {
    /// Creates findings from serializable data.
    pub fn new(key: &'static str, document: &impl Serialize, tables: Vec<Table>) -> Self {
        // Plain data with text keys can always be serialized.
        let document = serde_json::to_value(document).unwrap_or_default();
        Self { key, document, tables, summary: None, log: vec![], drawing: None }
    }

    /// Has pages draw the document.
    #[must_use]
    pub fn drawn_as(self, drawing: Drawing) -> Self {
        Self { drawing: Some(drawing), ..self }
    }
}

impl Serialize for Findings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.key, &self.document)])
    }
}

/// A table about one job. Reports render it as text, Markdown or HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The title of the table. Reports put the name of the job before it.
    pub title: String,
    /// The names of the columns; empty if there are only notes.
    pub head: Vec<String>,
    /// The cells, row by row.
    pub rows: Vec<Vec<String>>,
    /// The notes below the table, one line each.
    pub notes: Vec<String>,
}

impl Table {
    /// Truncates and redacts a text from outside for a table cell.
    pub fn cell(text: &str) -> String {
        ForeignText::new(text).cut(WIDEST_CELL).to_string()
    }
}

/// A version as the registry has it, in the JSON shape of MLflow's REST API; empty fields are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundVersion {
    /// The registered model.
    pub name: String,
    /// The number.
    pub version: String,
    /// The status in MLflow's spelling.
    pub status: String,
    /// The message for the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// The location of its artifacts, without a login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The run that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The logged model, if the registry returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The time of its creation, in milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<i64>,
    /// The time of its last change, in milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_timestamp: Option<i64>,
    /// Its tags, sorted by their keys; values without logins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<FoundTag>,
    /// The aliases that point to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// A tag of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundTag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}
