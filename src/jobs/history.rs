//! `HistoryJob`: shows who moved the aliases of a model, when and why.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use super::job::Kind;
use super::{Access, Context, Error, JobEnd, Resource};
use crate::history::{History, HistoryEntry, alias_from_tag_key, backup_keys, tag_key};
use crate::outcome::{DoneWord, Drawing, Findings, JobStatus, Outcome, Rerun, Table};
use crate::registry::{Alias, ModelName, RegisteredModel, Version};
use crate::secret::redact_message;
use crate::text::{format_or_dash, format_version};

/// The clock difference above which a time is doubtful.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// Shows who moved the aliases of a registered model, when, between which versions, and why. It only reads.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryJob {
    /// The registered model. Default: `services.mlflow.registry_name`.
    pub name: ModelName,
    /// The alias. Default: every alias that the model has or had.
    #[serde(default)]
    pub alias: Option<Alias>,
    /// The maximum number of moves shown for each alias.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1))]
    pub limit: u32,
}

impl Kind for HistoryJob {
    const DONE: Option<DoneWord> = None;

    /// Reads the histories, in every mode.
    async fn run(&self, context: &Context<'_>) -> Result<JobEnd, Error> {
        let histories = self.read(context).await?;
        let tables = histories.iter().map(|history| history_table(&self.name, history)).collect();
        let findings = Some(Box::new(Findings::new("history", &histories, tables).drawn_as(Drawing::Timeline)));
        Ok(JobEnd::success(JobStatus::Read, Outcome { findings, ..self.outline() }))
    }

    fn accesses(&self) -> Vec<Access> {
        let name = self.name.clone();
        vec![Access::read(match &self.alias {
            Some(alias) => Resource::Alias(name, alias.clone()),
            None => Resource::Aliases(name),
        })]
    }

    fn outline(&self) -> Outcome {
        Outcome::for_model(self.name.as_str(), self.alias.as_ref().map(Alias::as_str))
    }

    fn rerun(&self, _: JobStatus, _: &Outcome) -> Rerun {
        Rerun::Idempotent
    }
}

impl HistoryJob {
    async fn read(&self, context: &Context<'_>) -> Result<Vec<AliasHistory>, Error> {
        let model = context.read(context.registry.get_model(&self.name)).await?;
        if let Some(alias) = &self.alias {
            context.writes.alias_read(model.alias(alias));
        }
        let recorded = model.tags.keys().filter_map(|key| alias_from_tag_key(key));
        let known: BTreeSet<&str> = model.aliases.keys().map(String::as_str).chain(recorded).collect();
        let wanted: Vec<&str> = match &self.alias {
            Some(alias) if !known.contains(alias.as_str()) => {
                return Err(Error::AliasUnknown { name: self.name.clone(), alias: alias.clone() });
            }
            Some(alias) => vec![alias.as_str()],
            None => known.into_iter().collect(),
        };
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let now = Timestamp::now();
        let histories: Vec<_> = wanted.into_iter().map(|alias| read_history(alias, &model, limit, now)).collect();
        info!(model = %self.name, "{}: read the history of {}", self.name, count_aliases(histories.len()));
        histories.iter().for_each(|history| warn_about_records(history, &self.name));
        Ok(histories)
    }
}

/// Reads the history of one alias from the tags of its model.
fn read_history(alias: &str, model: &RegisteredModel, limit: usize, now: Timestamp) -> AliasHistory {
    let version = model.aliases.get(alias).copied().map(Version::get);
    let history = History::from_tags(&model.tags, alias);
    let entries: Vec<&HistoryEntry> = history.iter().flat_map(History::entries).collect();
    let records = match (&history, entries.first()) {
        (Err(_), _) => Records::Unreadable,
        (Ok(_), None) => Records::None,
        (Ok(_), Some(newest)) if newest.version == version => Records::Current,
        (Ok(_), Some(_)) => Records::Outdated,
    };
    let mut moves = moves(&entries, version, now);
    let omitted = moves.len().saturating_sub(limit);
    moves.truncate(limit);
    AliasHistory { alias: alias.to_owned(), version, records, moves, omitted, aside: backup_keys(alias, &model.tags) }
}

/// Returns the moves up to the current version, newest first. A gap in the records becomes an `unrecorded` move.
fn moves(entries: &[&HistoryEntry], current: Option<u64>, now: Timestamp) -> Vec<Move> {
    let (mut at, mut earliest) = (current, now);
    let mut moves = vec![];
    for entry in entries {
        if entry.version != at {
            moves.push(unrecorded(entry.version, at));
        }
        let time_is_doubtful = entry.time.duration_since(earliest) > TOLERANCE;
        moves.push(Move {
            kind: entry.kind().name(),
            version: entry.version,
            previous_version: entry.previous_version,
            time: Some(entry.time),
            time_is_doubtful,
            actor: Some(entry.actor.clone()),
            message: entry.message.as_deref().map(redact_message),
        });
        at = entry.previous_version;
        // A doubtful time must not make the times of older moves look doubtful.
        if !time_is_doubtful {
            earliest = entry.time;
        }
    }
    moves
}

const fn unrecorded(previous_version: Option<u64>, version: Option<u64>) -> Move {
    Move {
        kind: "unrecorded",
        version,
        previous_version,
        time: None,
        time_is_doubtful: false,
        actor: None,
        message: None,
    }
}

fn count_aliases(aliases: usize) -> String {
    if aliases == 1 { "1 alias".to_owned() } else { format!("{aliases} aliases") }
}

fn warn_about_records(history: &AliasHistory, name: &ModelName) {
    let AliasHistory { alias, records, .. } = history;
    match records {
        Records::Outdated => warn!(model = %name, alias, "{name}@{alias}: the last move is not in the history"),
        Records::Unreadable => warn!(
            model = %name,
            alias,
            "{name}@{alias}: the history cannot be read: the tag {} is damaged, or holds something else", tag_key(alias)
        ),
        Records::Current | Records::None => {}
    }
}

/// The moves of one alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct AliasHistory {
    alias: String,
    /// The current version; `None` if the alias does not exist.
    version: Option<u64>,
    records: Records,
    /// The moves, newest first.
    moves: Vec<Move>,
    /// The number of older moves that are not shown.
    omitted: usize,
    /// The tags with backups of values that were not a history.
    aside: Vec<String>,
}

/// Whether the records of an alias's moves are reliable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Records {
    /// The alias is at the version where the records end.
    Current,
    /// The alias is at another version: somebody moved it without a record.
    Outdated,
    /// There are no records.
    None,
    /// The tag is damaged, or has another owner.
    Unreadable,
}

/// One move of an alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Move {
    /// `promotion`, `rollback`, `restore`, or `unrecorded` for a gap in the records.
    kind: &'static str,
    /// The version after the move; `None` if the alias was deleted.
    version: Option<u64>,
    /// The version before the move; `None` if the alias did not exist.
    previous_version: Option<u64>,
    /// The time in UTC, by the clock of the machine that moved it.
    time: Option<Timestamp>,
    /// Whether the time cannot be right: it is in the future, or later than that of a newer move.
    time_is_doubtful: bool,
    actor: Option<String>,
    message: Option<String>,
}

/// Shows the moves of an alias, newest first.
fn history_table(name: &ModelName, history: &AliasHistory) -> Table {
    let AliasHistory { alias, version, moves, .. } = history;
    let at = version.map_or_else(|| "which does not exist now".to_owned(), |version| format!("at version {version}"));
    let head = ["time (UTC)", "by", "kind", "from", "to", "message"].map(str::to_owned).to_vec();
    let rows = moves.iter().map(row).collect();
    let title = format!("history of {}@{}, {at}", Table::cell(name.as_str()), Table::cell(alias));
    let head = if moves.is_empty() { vec![] } else { head };
    Table { title, head, rows, notes: notes(history) }
}

fn row(one: &Move) -> Vec<String> {
    let text = |text: Option<&String>| format_or_dash(text.map(|text| Table::cell(text)));
    let time = format_or_dash(one.time.map(|time| time.strftime("%Y-%m-%d %H:%M:%S")));
    let mark = if one.time_is_doubtful { " ?" } else { "" };
    vec![
        format!("{time}{mark}"),
        text(one.actor.as_ref()),
        one.kind.to_owned(),
        format_version(one.previous_version),
        format_version(one.version),
        text(one.message.as_ref()),
    ]
}

fn notes(history: &AliasHistory) -> Vec<String> {
    let AliasHistory { records, moves, omitted, aside, .. } = history;
    let any = |holds: fn(&Move) -> bool| moves.iter().any(holds);
    let mut notes = vec![];
    match records {
        Records::None => notes.push("nothing is recorded".to_owned()),
        Records::Unreadable => {
            notes.push("the tag with the records is damaged, or somebody else's: it is left as it is".to_owned());
        }
        Records::Current | Records::Outdated => {}
    }
    if any(|one| one.kind == "unrecorded") {
        notes.push("unrecorded: somebody moved the alias without leaving a record".to_owned());
    }
    if any(|one| one.time_is_doubtful) {
        notes.push("?: this time cannot be right, for clocks differ; the order is that of the records".to_owned());
    }
    if *omitted > 0 {
        notes.push(format!("… and {omitted} older"));
    }
    if !aside.is_empty() {
        notes.push(format!("what was no history is kept in: {}", aside.join(", ")));
    }
    notes
}

const fn twenty() -> u32 {
    20
}
