//! What happened: plain data that every report, notice and exit code is made from.

use std::fmt;

use serde::Serialize;

/// What one invocation did: the document that `--output json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct BatchResult {
    /// How the whole ended.
    pub status: BatchStatus,
    /// The exit code of the process.
    pub exit_code: u8,
    /// Wall time in seconds.
    pub seconds: f64,
    /// The jobs, in the order of the configs.
    pub jobs: Vec<JobResult>,
}

/// How a whole invocation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchStatus {
    /// Every job did what it was asked, or found it done already.
    Ok,
    /// A job failed.
    Failed,
    /// The registry could not be reached or refused the login.
    Unavailable,
    /// A gate or precondition said no; nothing was changed.
    Blocked,
    /// A signal ended the run.
    Interrupted,
}

/// What one job did.
#[derive(Debug, Clone, Serialize)]
pub struct JobResult {
    /// The config file that holds the job, as it was given.
    pub config: String,
    /// The place of the job in that file, from 0.
    pub index: usize,
    /// The job's `KIND`.
    pub kind: &'static str,
    /// How it ended.
    pub status: JobStatus,
    /// Wall time in seconds.
    pub seconds: f64,
    /// What it did, as far as it came.
    pub outcome: Outcome,
    /// What went wrong.
    pub error: Option<Failure>,
    /// Who was told.
    pub notifications: Vec<Notification>,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// The alias was moved, and read back.
    Promoted,
    /// A version was created.
    Registered,
    /// The alias was there already; nothing was written.
    Unchanged,
    /// `--plan`: what would change was said, and nothing was changed.
    Planned,
    /// A gate or precondition said no; nothing was changed.
    Blocked,
    /// The job failed.
    Failed,
    /// The alias was moved, and put back because of what happened later.
    Restored,
    /// The job was never started.
    Skipped,
    /// A signal ended the job before it moved an alias.
    Interrupted,
}

impl JobStatus {
    /// Returns the word used in every report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::Registered => "registered",
            Self::Unchanged => "unchanged",
            Self::Planned => "planned",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Restored => "restored",
            Self::Skipped => "skipped",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What a job found and did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// The registered model.
    pub name: String,
    /// The alias, where the job has one.
    pub alias: Option<String>,
    /// The version the alias was moved to, or that was created; none where the job did not come so far.
    pub version: Option<u64>,
    /// The version the alias pointed to before.
    pub previous_version: Option<u64>,
    /// Why, in the words of whoever asked.
    pub message: Option<String>,
    /// The version as the registry has it, in the JSON shape of MLflow's REST API.
    pub model_version: Option<serde_json::Value>,
    /// The verdict of every gate.
    pub gates: Vec<Verdict>,
    /// Whether the move was written to the alias's history.
    pub recorded: bool,
}

/// What a gate said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The gate's `KIND`.
    pub gate: &'static str,
    /// Whether it let the version pass.
    pub passed: bool,
    /// Why, with the values that were compared.
    pub reason: String,
}

/// What went wrong, in a shape that scripts can rely on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// A stable code.
    pub code: Code,
    /// What is wrong, and where.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The stable codes of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// The registered model does not exist.
    ModelNotFound,
    /// The registered model has no version.
    ModelEmpty,
    /// The version does not exist.
    VersionNotFound,
    /// The version exists and is not `READY`.
    VersionNotReady,
    /// The alias that selects the version does not exist.
    AliasNotFound,
    /// `expect` names another version than the alias points to.
    AliasMoved,
    /// After the write the alias points elsewhere.
    AliasMismatch,
    /// The alias was not put back, because somebody else moved it meanwhile.
    AliasLeft,
    /// The registry answered with an error that trying again will not cure.
    RegistryRefused,
    /// The registry answered with something that is no MLflow answer.
    RegistryUnreadable,
    /// The database is missing, is not MLflow's, or cannot be used as it is.
    DatabaseUnusable,
    /// The file store is missing, is damaged, or cannot be used as it is.
    StoreUnusable,
    /// A version was registered, and what was to follow, such as moving an alias to it, did not happen.
    Unfinished,
    /// The login is fine and lacks a permission.
    PermissionDenied,
    /// The registry could not be reached, or answered that it is busy or broken.
    Unreachable,
    /// A step that must not be done twice got no answer, so nobody knows whether it was done.
    Unconfirmed,
    /// The registry refused the login.
    LoginRefused,
    /// A service of the job could not be started.
    ServiceFailed,
    /// The job is done, and a channel that is required was not told.
    NoticeFailed,
    /// The job ended in a way that is a defect of the program.
    Panicked,
    /// A signal ended the job.
    Interrupted,
}

/// Shows the word that is in the document for scripts.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Who was told about a job, and whether it reached them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// The channel's `KIND`.
    pub channel: &'static str,
    /// Whether it was delivered.
    pub status: Delivery,
    /// How often delivery was tried.
    pub attempts: u32,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Whether a notice reached its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The channel took it.
    Sent,
    /// The channel did not.
    Failed,
}
