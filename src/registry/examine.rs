//! What can be told of a registry without writing to it.

use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use super::access::{may_write, nearest_folder};
use super::{Alias, Error, ModelName, Registry, Version};
use crate::outcome::{Code, Failure, Health, Observation, Topic};

/// What is to be found out.
#[derive(Debug, Clone)]
pub(crate) struct Questions {
    /// The models that jobs are about.
    pub(crate) subjects: Vec<Subject>,
    /// Where the login comes from, as it may be shown; none where the config holds none.
    pub(crate) login_from: Option<String>,
    /// How long one answer may take.
    pub(crate) limit: Duration,
}

/// A model that jobs are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    /// Its name.
    pub(crate) name: ModelName,
    /// The aliases that they move.
    pub(crate) aliases: Vec<Alias>,
    /// Whether one of them makes the model where it is missing.
    pub(crate) is_made: bool,
    /// Whether one of them writes.
    pub(crate) is_written: bool,
}

impl Registry {
    /// Looks at the registry and at every model in question. It stops where a job would: what comes after cannot be told.
    pub(crate) async fn examine(&self, questions: &Questions) -> Vec<Observation> {
        let mut found = match self {
            Self::Rest(rest) => rest.examine(questions).await,
            Self::Sqlite(sqlite) => sqlite.examine(questions).await,
            Self::Databricks(databricks) => databricks.examine(questions).await,
            Self::File(store) => store.examine(questions).await,
        };
        for subject in &questions.subjects {
            if found.iter().any(is_the_end) {
                break;
            }
            let (is_there, model) = self.examine_model(subject, questions.limit).await;
            found.push(model);
            if is_there && subject.is_written {
                found.push(self.permission(subject).await);
            }
        }
        found
    }

    /// Tells of a model, and whether it is there.
    async fn examine_model(&self, subject: &Subject, limit: Duration) -> (bool, Observation) {
        let (name, topic) = (&subject.name, Topic::Model);
        let model = match timeout(limit, self.get_model(name)).await {
            Ok(Ok(model)) => model,
            Ok(Err(error)) if subject.is_made && is_missing(&error) => {
                return (false, Observation::ok(topic, format!("{name}: it is not there, and a job makes it")));
            }
            Ok(Err(error)) => return (false, trouble(topic, &error)),
            Err(_) => {
                let told = format!("{name}: no answer within {limit:?}");
                let hint = "look at the log of the server, or at who holds the database";
                return (false, Observation::new(topic, Health::Unavailable, told).hint(hint));
            }
        };
        let (mut told, mut is_whole) = (vec![], true);
        for alias in &subject.aliases {
            told.push(match model.alias(alias) {
                Some(version) if self.is_gone(name, version, limit).await => {
                    is_whole = false;
                    format!("{alias} points to version {version}, which is not there")
                }
                Some(version) => format!("{alias} points to version {version}"),
                None => format!("{alias} does not exist yet"),
            });
        }
        let told = if told.is_empty() { "it is there".to_owned() } else { told.join(", ") };
        let seen = Observation::ok(topic, format!("{name}: {told}"));
        if is_whole {
            return (true, seen);
        }
        let hint = "whoever loads the model by that alias fails: promote a version to it, or delete it";
        (true, Observation { status: Health::Warning, ..seen }.hint(hint))
    }

    /// Returns whether a version is certainly not there.
    async fn is_gone(&self, name: &ModelName, version: Version, limit: Duration) -> bool {
        matches!(timeout(limit, self.get_version(name, version)).await, Ok(Err(Error::VersionNotFound { .. })))
    }

    async fn permission(&self, subject: &Subject) -> Observation {
        match self {
            Self::Rest(rest) => rest.permission(subject).await,
            Self::Sqlite(sqlite) => sqlite.permission(subject).await,
            Self::File(store) => store.permission(subject).await,
            Self::Databricks(databricks) => databricks.permission(subject).await,
        }
    }
}

/// Tells why a database or file store cannot be read; that there is none yet is in order where a job makes it.
pub(super) fn unread(error: &Error, path: &Path, questions: &Questions) -> Observation {
    if !is_absent(error) || !questions.subjects.iter().any(|subject| subject.is_made) {
        return trouble(Topic::Server, error);
    }
    match nearest_folder(path).filter(|folder| !may_write(folder)) {
        Some(folder) => {
            let told = format!("there is none yet, and this user may not make it in {}", folder.display());
            Observation::new(Topic::Server, Health::Failed, told).hint("let this user write that folder")
        }
        None => Observation::ok(Topic::Server, "there is none yet, and a job makes it"),
    }
}

/// Tells whether this user may write some files and folders that a move changes; those that are missing are made.
pub(super) fn may_write_all<'p>(name: &ModelName, paths: impl IntoIterator<Item = (&'p Path, &'p str)>) -> Observation {
    let topic = Topic::Permission;
    let mut told = String::new();
    for (path, what) in paths.into_iter().filter(|(path, _)| path.exists()) {
        if !may_write(path) {
            return Observation::new(
                topic,
                Health::Failed,
                format!("{name}: this user may not write {}{what}", path.display()),
            )
            .hint("let this user write it");
        }
        if told.is_empty() {
            told = path.display().to_string();
        }
    }
    Observation::ok(topic, format!("{name}: this user may write {told}"))
}

/// Returns whether nothing after an observation could be told.
fn is_the_end(seen: &Observation) -> bool {
    let is_before_models = matches!(seen.topic, Topic::Server | Topic::Workspace);
    seen.status == Health::Unavailable || (is_before_models && seen.is_trouble())
}

/// Returns whether there is no such model, or no registry yet, which registering a model would make.
fn is_missing(error: &Error) -> bool {
    matches!(error, Error::ModelNotFound { .. }) || is_absent(error)
}

fn is_absent(error: &Error) -> bool {
    matches!(error, Error::DatabaseUnusable { absent: true, .. } | Error::StoreUnusable { absent: true, .. })
}

/// Makes an observation of an error.
pub(crate) fn trouble(topic: Topic, error: &Error) -> Observation {
    let Failure { code, message, hint } = Failure::from(error);
    let is_away = matches!(code, Code::Unreachable | Code::LoginRefused);
    let (topic, hint) = match code {
        Code::LoginRefused => (Topic::Login, hint),
        Code::PermissionDenied => (Topic::Permission, hint),
        // That it is safe to try again, as a job would say, goes without saying here.
        Code::Unreachable => (topic, Some("look at what it says about itself: its log, or who holds it".to_owned())),
        _ => (topic, Some(hint.unwrap_or_else(|| "look at the log of the server".to_owned()))),
    };
    let status = if is_away { Health::Unavailable } else { Health::Failed };
    Observation { topic, status, message, hint }
}
