//! Registered models, versions and moves of aliases.

use std::collections::BTreeMap;
use std::fmt;

use super::names::{Alias, ModelName, Version};
use crate::outcome::{FoundTag, FoundVersion};
use crate::secret::redact_message;
use crate::text::ForeignText;

/// The tag that marks a prompt with the value `true`. MLflow stores prompts as registered models.
pub(super) const PROMPT_TAG: &str = "mlflow.prompt.is_prompt";

/// The longest value of a registered model's tag that any MLflow stores, in characters.
pub(super) const LONGEST_MODEL_TAG: usize = 100_000;

/// A registered model with its aliases and tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredModel {
    /// Its name.
    pub name: ModelName,
    /// The version that each alias points to. The version may no longer exist if it was deleted without MLflow.
    pub aliases: BTreeMap<String, Version>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl RegisteredModel {
    /// Returns the version an alias points to.
    pub fn alias(&self, alias: &Alias) -> Option<Version> {
        self.aliases.get(alias.as_str()).copied()
    }

    pub(super) fn is_prompt(&self) -> bool {
        self.tags.get(PROMPT_TAG).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Fails unless this is the model that was requested. A cache in between may answer with another.
    ///
    /// # Errors
    /// Which model it is instead.
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
    /// An explanation of the status, such as why a registration failed.
    pub status_message: Option<String>,
    /// The address of its artifacts.
    pub source: Option<String>,
    /// The run that created it.
    pub run_id: Option<String>,
    /// The id of its logged model, if the registry returns one; see [`ModelVersion::logged_model`].
    pub model_id: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// When it was created, in milliseconds since 1970 UTC.
    pub creation_timestamp: Option<i64>,
    /// When it last changed, in milliseconds since 1970 UTC. Moving an alias does not count.
    pub last_updated_timestamp: Option<i64>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The aliases that point to it. Empty in the results of a search over REST.
    pub aliases: Vec<String>,
}

impl ModelVersion {
    /// Returns the id of its logged model. MLflow servers return it only in a source such as `models:/m-1b3d…`. A source
    /// such as `models:/<name>/<version>` is a copy of another version.
    pub fn logged_model(&self) -> Option<&str> {
        let in_source = || self.source.as_deref()?.strip_prefix("models:/");
        let is_id = |id: &&str| id.len() > 2 && id.starts_with("m-") && !id.contains(['/', '@']);
        self.model_id.as_deref().or_else(|| in_source().filter(is_id))
    }

    /// Fails unless this is a version of the model that was requested. A cache in between may answer with another.
    ///
    /// # Errors
    /// Which model it is instead.
    pub(super) fn require(&self, name: &ModelName) -> Result<(), String> {
        require_name(name, &self.name)
    }

    /// Fails unless this is the version that was requested.
    ///
    /// # Errors
    /// Which version it is instead.
    pub(super) fn require_version(&self, name: &ModelName, version: Version) -> Result<(), String> {
        self.require(name)?;
        match self.version == version {
            true => Ok(()),
            false => Err(format!("asked for version {version} of {name}, it answered with version {}", self.version)),
        }
    }

    /// Fails unless this is the version that the requested alias points to, as far as its aliases are known.
    ///
    /// # Errors
    /// Which aliases it has instead.
    pub(super) fn require_alias(&self, name: &ModelName, alias: &Alias) -> Result<(), String> {
        self.require(name)?;
        let is_same = |other: &String| other.to_lowercase() == alias.as_str().to_lowercase();
        match self.aliases.is_empty() || self.aliases.iter().any(is_same) {
            true => Ok(()),
            false => {
                let aliases = ForeignText::new(self.aliases.join(", "));
                Err(format!(
                    "asked for the alias {alias} of {name}, it answered with a version that has only {aliases}"
                ))
            }
        }
    }

    /// Returns its approximate size in memory, in bytes.
    pub(super) fn memory_size(&self) -> usize {
        let texts = [&self.status_message, &self.source, &self.run_id, &self.model_id, &self.description];
        let texts = texts.into_iter().flatten().chain(&self.aliases);
        let tags = self.tags.iter().flat_map(|(key, value)| [key, value]);
        size_of::<Self>() + texts.chain(tags).map(|text| size_of::<String>() + text.len()).sum::<usize>()
    }

    /// Converts it to the form that results contain.
    pub fn into_found_version(self) -> FoundVersion {
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
    match asked.eq_ignore_case(found) {
        true => Ok(()),
        false => Err(format!("asked for the model \"{asked}\", it answered with \"{found}\"")),
    }
}

/// Whether a version can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Its files are in place.
    Ready,
    /// Its registration is not finished.
    Pending,
    /// Its registration failed.
    Failed,
    /// A status that this program does not know.
    Other(String),
}

impl Status {
    /// Parses MLflow's word. Versions from before MLflow had a status have none and are ready.
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
    /// The registered model, which must exist.
    pub name: ModelName,
    /// The address of the artifacts.
    pub source: String,
    /// The run that created them.
    pub run_id: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Tags of the version.
    pub tags: BTreeMap<String, String>,
}

/// Where an alias must be before a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// It must not exist.
    Absent,
    /// It must point to this version.
    At(Version),
}

impl Expect {
    pub(crate) fn from_current(current: Option<Version>) -> Self {
        current.map_or(Self::Absent, Self::At)
    }

    /// Returns whether the alias is where it is expected.
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
    fn a_logged_model_is_known_from_the_source_or_from_the_registry() {
        let logged_model = |source: &str, model_id: Option<&str>| {
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
        assert_eq!(logged_model("models:/m-1b3d", None).as_deref(), Some("m-1b3d"));
        assert_eq!(logged_model("s3://bucket/model", Some("m-2")).as_deref(), Some("m-2"));
        for other in ["models:/m-bikes/3", "models:/bikes@m-1", "models:/m-", "models:/bikes", "runs:/m-1/model", "m-1"]
        {
            assert_eq!(logged_model(other, None), None, "{other}");
        }
    }
}
