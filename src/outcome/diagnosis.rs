//! The result of `--doctor`.

use std::fmt;

use serde::Serialize;

use super::BatchStatus;
use super::redact::redact_sentence;

/// The diagnosis of every registry: the document that `--doctor --output json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Diagnosis {
    /// The overall status.
    pub status: BatchStatus,
    /// The exit code of the process.
    pub exit_code: u8,
    /// Every distinct connection once, in the order of the configs.
    pub connections: Vec<Connection>,
}

/// The diagnosis of one registry.
#[derive(Debug, Clone, Serialize)]
pub struct Connection {
    /// Its address, redacted.
    pub uri: String,
    /// The configs whose jobs use it.
    pub configs: Vec<String>,
    /// The observations in the order in which they were made.
    pub observations: Vec<Observation>,
}

/// One observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Observation {
    /// The topic.
    pub topic: Topic,
    /// The result.
    pub status: Health,
    /// The finding.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The topic of an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Where the address comes from.
    Address,
    /// Whether the program of a process exists.
    Process,
    /// The proxy between this machine and the server.
    Proxy,
    /// Whether the connection is encrypted, and how long the certificate is valid.
    Tls,
    /// What answers at the address.
    Server,
    /// The login that is sent.
    Login,
    /// The workspace of the registry.
    Workspace,
    /// Whether the catalog and the schema of a model exist, in Unity Catalog.
    Catalog,
    /// How long answers take.
    Latency,
    /// How far the clocks of both sides differ.
    Clock,
    /// Whether a registered model exists.
    Model,
    /// Whether aliases may be moved.
    Permission,
}

/// The result of an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Everything is as it should be.
    Ok,
    /// It works, and may stop working soon.
    Warning,
    /// It cannot be found out.
    Unknown,
    /// A job would fail.
    Failed,
    /// The registry cannot be reached, or refuses the login.
    Unavailable,
}

/// Writes the word of the JSON document.
impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Writes the word of the JSON document.
impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Observation {
    /// Creates an observation without a hint.
    pub(crate) fn new(topic: Topic, status: Health, message: impl Into<String>) -> Self {
        Self { topic, status, message: redact_sentence(&message.into()), hint: None }
    }

    /// Creates an observation of something that is as it should be.
    pub(crate) fn ok(topic: Topic, message: impl Into<String>) -> Self {
        Self::new(topic, Health::Ok, message)
    }

    /// Adds a hint.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(redact_sentence(&hint.into())), ..self }
    }

    /// Returns whether a job would fail because of this observation.
    pub(crate) const fn is_trouble(&self) -> bool {
        matches!(self.status, Health::Failed | Health::Unavailable)
    }
}
