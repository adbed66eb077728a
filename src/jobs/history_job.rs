//! History: who moved the aliases of a model, when, from where to where, and why.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use tracing::{info, warn};

use super::{Claim, Context, Ended, Error, Thing};
use crate::history::{History, HistoryEntry, alias_from_tag_key, backup_keys, tag_key};
use crate::outcome::{AliasHistory, JobStatus, Move, Outcome, Records};
use crate::registry::{Alias, ModelName, RegisteredModel, Version};
use crate::secret::redact_message;

/// How far clocks may differ before a time is doubted.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// Shows who moved the aliases of a registered model, when, from where to where, and why. It only reads.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryJob {
    /// The registered model; by default `services.mlflow.registry_name`.
    pub name: ModelName,
    /// The alias; by default every one that the model has or had.
    #[serde(default)]
    pub alias: Option<Alias>,
    /// How many moves of each alias are shown at most.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1))]
    pub limit: u32,
}

impl HistoryJob {
    /// Reads the histories, in every mode.
    pub(super) async fn run(&self, context: &Context<'_>) -> Ended {
        match self.read(context).await {
            Ok(history) => {
                let outcome = Outcome { history: Some(history), ..self.outline() };
                Ended::well(JobStatus::Unchanged, outcome)
            }
            Err(error) => Ended::early(&error, None),
        }
    }

    /// Reads one alias, or all of them.
    pub(super) fn claims(&self) -> Vec<Claim> {
        let name = self.name.clone();
        vec![Claim::read(match &self.alias {
            Some(alias) => Thing::Alias(name, alias.clone()),
            None => Thing::Aliases(name),
        })]
    }

    /// Returns the outcome before anything was read.
    pub(super) fn outline(&self) -> Outcome {
        let alias = self.alias.as_ref().map(|alias| alias.as_str().to_owned());
        Outcome { name: self.name.as_str().to_owned(), alias, ..Outcome::default() }
    }

    async fn read(&self, context: &Context<'_>) -> Result<Vec<AliasHistory>, Error> {
        let model = context.read(context.registry.get_model(&self.name)).await?;
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
        let histories: Vec<_> = wanted.into_iter().map(|alias| of(alias, &model, limit, now)).collect();
        info!(model = %self.name, "read the history of {} of {}", counted(histories.len()), self.name);
        histories.iter().for_each(|history| warned(history, &self.name));
        Ok(histories)
    }
}

/// Reads the history of one alias out of the tags of its model.
fn of(alias: &str, model: &RegisteredModel, limit: usize, now: Timestamp) -> AliasHistory {
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

/// Returns the moves that lead to where the alias is, newest first; what has no record is filled in.
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
        // A clock that is ahead must not make the rest look late, nor one that is behind the rest early.
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

fn counted(aliases: usize) -> String {
    if aliases == 1 { "1 alias".to_owned() } else { format!("{aliases} aliases") }
}

fn warned(history: &AliasHistory, name: &ModelName) {
    let AliasHistory { alias, records, .. } = history;
    match records {
        Records::Outdated => warn!(model = %name, alias, "{name}@{alias} was moved without a record"),
        Records::Unreadable => warn!(
            model = %name,
            alias,
            "the history of {name}@{alias} cannot be read: the tag {} is damaged, or somebody else's", tag_key(alias)
        ),
        Records::Current | Records::None => {}
    }
}

const fn twenty() -> u32 {
    20
}
