//! What a registry holds, in the words of MLflow.

use std::collections::BTreeMap;
use std::fmt;

use super::names::{Alias, ModelName, Version};
use crate::outcome::{FoundTag, FoundVersion};
use crate::secret::redact_message;
use crate::text::ForeignText;

/// The tag that tells a version of a prompt, which MLflow keeps beside the models, by the value `true`.
pub(super) const PROMPT_TAG: &str = "mlflow.prompt.is_prompt";

/// The longest value of a tag of a registered model that any MLflow stores, in characters.
pub(super) const LONGEST_MODEL_TAG: usize = 100_000;

/// A registered model with its aliases and tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredModel {
    /// Its name.
    pub name: ModelName,
    /// Where each alias points, as the registry says it. A version deleted behind MLflow's back may still be named.
    pub aliases: BTreeMap<String, Version>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl RegisteredModel {
    /// Returns the version an alias points to.
    pub fn alias(&self, alias: &Alias) -> Option<Version> {
        self.aliases.get(alias.as_str()).copied()
    }

    /// Returns whether it is a prompt, which MLflow keeps beside the models.
    pub(super) fn is_prompt(&self) -> bool {
        self.tags.get(PROMPT_TAG).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Makes sure that an answer is about the model that was asked for.
    ///
    /// # Errors
    /// What it is about instead: a cache in between may answer for another.
    pub(super) fn require(&self, name: &ModelName) -> Result<(), String> {
        require_name(name, &self.name)
    }
}

/// One version of a registered model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelVersion {
    /// The registered model.
    pub name: ModelName,
    /// Its number.
    pub version: Version,
    /// Whether it can be used.
    pub status: Status,
    /// What the registry says beside the status, such as why a registration failed.
    pub status_message: Option<String>,
    /// Where its artifacts are.
    pub source: Option<String>,
    /// The run that made it.
    pub run_id: Option<String>,
    /// The logged model that it is, where the registry says so; see [`ModelVersion::logged_model`].
    pub model_id: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// When it was made, in milliseconds since 1970 UTC.
    pub creation_timestamp: Option<i64>,
    /// When it last changed, in milliseconds since 1970 UTC. Moving an alias does not count.
    pub last_updated_timestamp: Option<i64>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The aliases that point to it. A search over REST leaves them out.
    pub aliases: Vec<String>,
}

impl ModelVersion {
    /// Returns the id of the logged model that it is. MLflow's own servers tell it only as a source such as
    /// `models:/m-1b3d…`, while `models:/<name>/<version>` is a copy of another version.
    pub fn logged_model(&self) -> Option<&str> {
        let of_source = || self.source.as_deref()?.strip_prefix("models:/");
        let is_id = |id: &&str| id.len() > 2 && id.starts_with("m-") && !id.contains(['/', '@']);
        self.model_id.as_deref().or_else(|| of_source().filter(is_id))
    }

    /// Makes sure that an answer is about a version of the model that was asked for.
    ///
    /// # Errors
    /// What it is about instead: a cache in between may answer for another.
    pub(super) fn require(&self, name: &ModelName) -> Result<(), String> {
        require_name(name, &self.name)
    }

    /// Makes sure that an answer is about the very version that was asked for.
    ///
    /// # Errors
    /// What it is about instead.
    pub(super) fn require_version(&self, name: &ModelName, version: Version) -> Result<(), String> {
        self.require(name)?;
        match self.version == version {
            true => Ok(()),
            false => Err(format!("asked for version {version} of {name}, it answered with version {}", self.version)),
        }
    }

    /// Makes sure that an answer is about the alias that was asked for, where it says which point to the version.
    ///
    /// # Errors
    /// What it is about instead.
    pub(super) fn require_alias(&self, name: &ModelName, alias: &Alias) -> Result<(), String> {
        self.require(name)?;
        let alike = |told: &String| told.to_lowercase() == alias.as_str().to_lowercase();
        match self.aliases.is_empty() || self.aliases.iter().any(alike) {
            true => Ok(()),
            false => {
                let told = ForeignText::new(self.aliases.join(", "));
                Err(format!("asked for the alias {alias} of {name}, it answered with a version that has only {told}"))
            }
        }
    }

    /// Returns how much memory it takes, roughly, in bytes.
    pub(super) fn weight(&self) -> usize {
        let texts = [&self.status_message, &self.source, &self.run_id, &self.model_id, &self.description];
        let texts = texts.into_iter().flatten().chain(&self.aliases);
        let tags = self.tags.iter().flat_map(|(key, value)| [key, value]);
        size_of::<Self>() + texts.chain(tags).map(|text| size_of::<String>() + text.len()).sum::<usize>()
    }

    /// Returns the version as results show it.
    pub fn found(self) -> FoundVersion {
        let tag = |(key, value): (String, String)| FoundTag { key, value: redact_message(&value) };
        FoundVersion {
            name: self.name.as_str().to_owned(),
            version: self.version.to_string(),
            status: self.status.to_string(),
            status_message: self.status_message,
            source: self.source.as_deref().map(redact_message),
            run_id: self.run_id,
            model_id: self.model_id,
            description: self.description,
            creation_timestamp: self.creation_timestamp,
            last_updated_timestamp: self.last_updated_timestamp,
            tags: self.tags.into_iter().map(tag).collect(),
            aliases: self.aliases,
        }
    }
}

fn require_name(asked: &ModelName, found: &ModelName) -> Result<(), String> {
    match asked.is_alike(found) {
        true => Ok(()),
        false => Err(format!("asked for the model \"{asked}\", it answered with \"{found}\"")),
    }
}

/// Whether a version can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Its files are in place.
    Ready,
    /// It is still being made.
    Pending,
    /// Its registration failed.
    Failed,
    /// What a registry newer than this program may say.
    Other(String),
}

impl Status {
    /// Reads MLflow's word; a version made before the word existed has none, and is ready.
    pub fn parse(word: Option<&str>) -> Self {
        match word {
            None | Some("" | "READY") => Self::Ready,
            Some("PENDING_REGISTRATION") => Self::Pending,
            Some("FAILED_REGISTRATION") => Self::Failed,
            Some(other) => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("READY"),
            Self::Pending => f.write_str("PENDING_REGISTRATION"),
            Self::Failed => f.write_str("FAILED_REGISTRATION"),
            Self::Other(word) => ForeignText::new(word).fmt(f),
        }
    }
}

/// A version to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    /// The registered model; it must exist.
    pub name: ModelName,
    /// Where the artifacts are.
    pub source: String,
    /// The run that made them.
    pub run_id: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Tags of the version.
    pub tags: BTreeMap<String, String>,
}

/// A move of an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasMove {
    /// The registered model.
    pub name: ModelName,
    /// The alias to move.
    pub alias: Alias,
    /// Where to.
    pub version: Version,
    /// Where it must be when it is moved; a registry with transactions checks it in the same one.
    pub expect: Option<Expect>,
    /// Where it was seen last, if it was. A registry without transactions looks there before it sends the move again.
    pub seen: Option<Expect>,
}

/// What moving or deleting an alias did, with the tags that were written in the same step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasMoved {
    /// Where the alias was right before, read in the same step.
    pub previous: Option<Version>,
    /// The keys and values of the tags of the model that were written, in their order.
    pub written: Vec<(String, String)>,
}

/// Where an alias must point for a move to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// It must not exist.
    Absent,
    /// It must point to this version.
    At(Version),
}

impl Expect {
    /// Expects an alias where it is.
    pub(crate) fn at(current: Option<Version>) -> Self {
        current.map_or(Self::Absent, Self::At)
    }

    /// Returns whether the alias is where it must be.
    pub fn holds(self, current: Option<Version>) -> bool {
        match self {
            Self::Absent => current.is_none(),
            Self::At(version) => current == Some(version),
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("none"),
            Self::At(version) => version.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logged_model_is_told_by_the_source_or_by_the_registry() {
        let of = |source: &str, model_id: Option<&str>| {
            let (name, version) = ("bikes".parse().unwrap(), Version::new(1).unwrap());
            let version = ModelVersion {
                name,
                version,
                status: Status::Ready,
                status_message: None,
                source: Some(source.to_owned()),
                run_id: None,
                model_id: model_id.map(str::to_owned),
                description: None,
                creation_timestamp: None,
                last_updated_timestamp: None,
                tags: BTreeMap::new(),
                aliases: vec![],
            };
            version.logged_model().map(str::to_owned)
        };
        assert_eq!(of("models:/m-1b3d", None).as_deref(), Some("m-1b3d"));
        assert_eq!(of("s3://bucket/model", Some("m-2")).as_deref(), Some("m-2"));
        for other in ["models:/m-bikes/3", "models:/bikes@m-1", "models:/m-", "models:/bikes", "runs:/m-1/model", "m-1"]
        {
            assert_eq!(of(other, None), None, "{other}");
        }
    }
}
