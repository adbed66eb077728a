//! The log of applied changes and of requests with their responses, in order.

use serde_json::Value;

use super::faults::{Effect, Key};

/// A model and an alias.
pub(super) type AliasName = (String, String);

/// One request of the program.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    /// The logical time, counted over all requests and changes.
    pub(super) tick: usize,
    pub(super) key: Key,
    /// The parameters of a read, the body of a write.
    pub(super) fields: Value,
    pub(super) effect: Effect,
    /// The correct response, if it was sent completely and in time.
    pub(super) answered: Option<(u16, Value)>,
}

impl Exchange {
    pub(super) fn text(&self, key: &str) -> &str {
        self.fields[key].as_str().unwrap_or_default()
    }

    /// Returns the version of a request that sets an alias.
    pub(super) fn sets_alias(&self) -> Option<u64> {
        (self.key.call == "POST registered-models/alias").then(|| self.text("version").parse().unwrap())
    }

    /// Returns the version of an alias in its response, if present.
    pub(super) fn shows(&self, name: &AliasName) -> Option<Option<u64>> {
        let (status, body) = self.answered.as_ref()?;
        if self.text("name") != name.0 {
            return None;
        }
        let number = |value: &Value| value.as_str().and_then(|number| number.parse().ok());
        match self.key.call.as_str() {
            "GET registered-models/alias" if self.text("alias") == name.1 => match status {
                200 => Some(number(&body["model_version"]["version"])),
                400 => Some(None),
                _ => None,
            },
            "GET registered-models/get" if *status == 200 => {
                let aliases = body["registered_model"]["aliases"].as_array().map(Vec::as_slice).unwrap_or_default();
                Some(
                    aliases
                        .iter()
                        .find(|found| found["alias"] == name.1.as_str())
                        .and_then(|at| number(&at["version"])),
                )
            }
            _ => None,
        }
    }
}

/// The author of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A job of the program.
    Job(usize),
    /// The network, which delivered a request of a job twice.
    Copy(usize),
    /// Another client.
    Foreign,
}

/// A change in the registry.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) tick: usize,
    pub(super) by: By,
    pub(super) change: Change,
}

/// A change of the registry.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    /// An alias was set or deleted, even without an effect.
    Alias { name: AliasName, before: Option<u64>, after: Option<u64> },
    /// A version was created.
    Version { model: String, version: u64 },
    /// A model was created.
    Model { model: String },
    /// A tag of a model was set.
    Tag { model: String, key: String },
}

/// The whole log.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub(super) exchanges: Vec<Exchange>,
    pub(super) events: Vec<Event>,
}

impl Log {
    /// Returns all changes of an alias.
    pub(super) fn moves(&self, name: &AliasName) -> impl DoubleEndedIterator<Item = Move> {
        self.events.iter().filter_map(move |event| match &event.change {
            Change::Alias { name: changed, before, after } if changed == name => {
                Some(Move { tick: event.tick, by: event.by, before: *before, after: *after })
            }
            _ => None,
        })
    }

    /// Returns whether another client changed anything.
    pub(super) fn has_foreign(&self) -> bool {
        self.events.iter().any(|event| event.by == By::Foreign)
    }

    /// Returns whether any read returned a stale state.
    pub(super) fn has_stale(&self) -> bool {
        self.exchanges.iter().any(|exchange| matches!(exchange.effect, Effect::Stale(_)))
    }

    /// Returns whether no fault occurred.
    pub(super) fn is_clear(&self) -> bool {
        !self.has_foreign() && self.exchanges.iter().all(|exchange| exchange.effect == Effect::None)
    }
}

/// A change of one alias.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    pub(super) tick: usize,
    pub(super) by: By,
    pub(super) before: Option<u64>,
    pub(super) after: Option<u64>,
}
