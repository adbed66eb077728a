//! What `--doctor` saw of the registries of a run.

use serde::Serialize;

use super::BatchStatus;
use super::redact::sentence;

/// What was seen of every registry: the document that `--doctor --output json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Diagnosis {
    /// How the whole is.
    pub status: BatchStatus,
    /// The exit code of the process.
    pub exit_code: u8,
    /// Every distinct connection once, in the order of the configs.
    pub connections: Vec<Connection>,
}

/// What was seen of one registry.
#[derive(Debug, Clone, Serialize)]
pub struct Connection {
    /// Its address, redacted.
    pub uri: String,
    /// The configs whose jobs use it.
    pub configs: Vec<String>,
    /// What was seen, in the order in which it was looked at.
    pub observations: Vec<Observation>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Observation {
    /// What was looked at.
    pub topic: Topic,
    /// How it is.
    pub status: Health,
    /// What was seen.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What an observation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Where the address comes from.
    Address,
    /// What stands between this machine and the server.
    Proxy,
    /// Whether the connection is encrypted, and how long the certificate holds.
    Tls,
    /// What answers.
    Server,
    /// Who this program says it is.
    Login,
    /// Which workspace of the registry is meant.
    Workspace,
    /// Whether the catalog and the schema of a model are there, in Unity Catalog.
    Catalog,
    /// How long answers take.
    Latency,
    /// How far the clocks of both sides are apart.
    Clock,
    /// Whether a registered model is there.
    Model,
    /// Whether aliases may be moved.
    Permission,
}

/// How a thing is that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Ok,
    /// It works, and may soon not.
    Warning,
    /// It cannot be told.
    Unknown,
    /// A job would fail.
    Failed,
    /// The registry is out of reach, or refuses the login.
    Unavailable,
}

impl Topic {
    /// Returns the word used in every report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Server => "server",
            Self::Login => "login",
            Self::Workspace => "workspace",
            Self::Catalog => "catalog",
            Self::Latency => "latency",
            Self::Clock => "clock",
            Self::Model => "model",
            Self::Permission => "permission",
        }
    }
}

impl Health {
    /// Returns the word used in every report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Unavailable => "unavailable",
        }
    }
}

impl Observation {
    /// Makes an observation that asks nobody to do anything.
    pub(crate) fn new(topic: Topic, status: Health, message: impl Into<String>) -> Self {
        Self { topic, status, message: sentence(&message.into()), hint: None }
    }

    /// Says that a thing is as it should be.
    pub(crate) fn ok(topic: Topic, message: impl Into<String>) -> Self {
        Self::new(topic, Health::Ok, message)
    }

    /// Adds what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(sentence(&hint.into())), ..self }
    }

    /// Returns whether a job would not get past it.
    pub(crate) const fn is_trouble(&self) -> bool {
        matches!(self.status, Health::Failed | Health::Unavailable)
    }
}
