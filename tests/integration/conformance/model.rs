//! The model of a case; every call returns its observation as a short text.

use std::collections::BTreeMap;

use runner::registry::{AliasChange, Error, Filter, ModelName, ModelVersion, NewVersion, Result, Version};

use super::backends::Backend;
use crate::support::set_alias::SetAlias as _;

pub(super) struct Model<'w> {
    pub(super) backend: &'w Backend,
    pub(super) name: ModelName,
}

impl Model<'_> {
    /// Returns a version to create, with its own run and source.
    pub(super) fn new_version(&self, number: u64) -> NewVersion {
        NewVersion {
            name: self.name.clone(),
            source: format!("s3://bucket/{number}"),
            run_id: Some(format!("run{number}")),
            description: None,
            tags: BTreeMap::new(),
        }
    }

    pub(super) fn set(&self, alias: &str, to: u64) -> String {
        let to = AliasChange::set(self.name.clone(), alias.parse().unwrap(), version(to));
        describe(self.backend.wait(self.backend.registry.set_alias(&to)), |()| "set".into())
    }

    pub(super) fn get(&self, alias: &str) -> String {
        let found = self.backend.wait(self.backend.registry.get_alias(&self.name, &alias.parse().unwrap()));
        describe(found, |found| number(found.as_ref()))
    }

    pub(super) fn delete(&self, alias: &str, at: u64) -> String {
        let deletion = AliasChange::delete(self.name.clone(), alias.parse().unwrap(), version(at));
        let done = self.backend.wait(self.backend.registry.set_alias(&deletion));
        describe(done, |()| "deleted".into())
    }

    /// Returns every alias with its version.
    pub(super) fn aliases(&self) -> String {
        let show = |(alias, at): (&String, &Version)| format!("{alias}={at}");
        let found = self.backend.wait(self.backend.registry.get_model(&self.name));
        describe(found, |model| format!("[{}]", model.aliases.iter().map(show).collect::<Vec<_>>().join(" ")))
    }

    /// Returns the aliases that point to a version.
    pub(super) fn aliases_of(&self, number: u64) -> String {
        describe(self.version(number), |found| format!("{number}[{}]", found.aliases.join(" ")))
    }

    pub(super) fn latest(&self) -> String {
        let found = self.backend.wait(self.backend.registry.latest_version(&self.name));
        format!("latest {}", describe(found, |found| number(found.as_ref())))
    }

    /// Returns the number of every version, lowest first.
    pub(super) fn numbers(&self) -> String {
        describe(self.all(), |found| sorted(&found))
    }

    pub(super) fn all(&self) -> Result<Vec<ModelVersion>> {
        self.backend.wait(self.backend.registry.versions(&self.name))
    }

    /// Returns the versions that a filter finds, and whether MLflow finds others.
    pub(super) fn find(&self, filter: &str) -> String {
        let parsed: Filter = filter.parse().unwrap();
        let found = self.all().unwrap().into_iter().filter(|version| parsed.matches(version)).collect::<Vec<_>>();
        let own = sorted(&found);
        let found_by_mlflow = self.backend.other.find(self.name.as_str(), filter);
        match found_by_mlflow.map(|found_by_mlflow| join(found_by_mlflow.into_iter())) {
            Some(found_by_mlflow) if found_by_mlflow != own => {
                format!("{own} where MLflow finds {found_by_mlflow} by {filter}")
            }
            _ => own,
        }
    }

    pub(super) fn create(&self, new: &NewVersion) -> String {
        describe(self.backend.wait(self.backend.registry.create_version(new)), |made| made.version.to_string())
    }

    /// Creates the next version from a source, and returns its described origin.
    pub(super) fn copy(&self, source: String) -> String {
        let new = NewVersion { source, run_id: None, ..self.new_version(1) };
        describe(self.backend.wait(self.backend.registry.create_version(&new)), |made| made.source.unwrap_or_default())
    }

    pub(super) fn ensure(&self) -> String {
        describe(self.backend.wait(self.backend.registry.ensure_model(&self.name)), |made| {
            if made { "made" } else { "there" }.into()
        })
    }

    pub(super) fn tag(&self, key: &str, value: &str) -> String {
        describe(self.backend.wait(self.backend.registry.set_model_tag(&self.name, key, value)), |()| "set".into())
    }

    pub(super) fn read_tag(&self, key: &str) -> String {
        let found = self.backend.wait(self.backend.registry.get_model(&self.name));
        let show = |value: &String| if value.len() > 20 { "a long text".into() } else { format!("{value:?}") };
        describe(found, |model| model.tags.get(key).map_or_else(|| "no tag".into(), show))
    }

    /// Replaces the model name in an observation with `name`.
    pub(super) fn anonymous(&self, seen: &str) -> String {
        seen.replace(self.name.as_str(), "name")
    }

    fn version(&self, number: u64) -> Result<ModelVersion> {
        self.backend.wait(self.backend.registry.get_version(&self.name, version(number)))
    }

    pub(super) fn delete_version(&self, number: u64) {
        self.backend.other.delete_version(self.name.as_str(), number);
    }

    pub(super) fn describe_version(&self, number: u64) {
        self.backend.other.describe_version(self.name.as_str(), number);
    }

    pub(super) fn delete_model(&self) {
        self.backend.other.delete_model(self.name.as_str());
    }

    pub(super) fn updated(&self) -> i64 {
        self.backend.other.updated(self.name.as_str())
    }
}

fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

fn number(found: Option<&ModelVersion>) -> String {
    found.map_or_else(|| "none".to_owned(), |found| found.version.to_string())
}

fn sorted(found: &[ModelVersion]) -> String {
    let mut numbers: Vec<_> = found.iter().map(|version| version.version.get()).collect();
    numbers.sort_unstable();
    join(numbers.into_iter())
}

fn join(numbers: impl Iterator<Item = u64>) -> String {
    format!("({})", numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" "))
}

fn describe<T>(result: Result<T>, show: impl FnOnce(T) -> String) -> String {
    match result {
        Ok(found) => show(found),
        Err(Error::ModelNotFound { .. }) => "no model".into(),
        Err(Error::VersionNotFound { version, .. }) => format!("no version {version}"),
        Err(Error::AliasMoved { actual: None, .. }) => "no alias".into(),
        Err(Error::AliasMoved { actual: Some(at), .. }) => format!("the alias is at {at}"),
        Err(Error::Refused { code, .. }) => format!("refused: {code}"),
        Err(Error::Unsupported { .. }) => "unsupported".into(),
        Err(other) => other.to_string(),
    }
}
