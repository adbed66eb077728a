//! The connections that `--doctor` inspects, each once.

use std::collections::BTreeMap;

use crate::config::JobSpec;
use crate::jobs::Resource;
use crate::registry::ModelSubject;
use crate::services::MlflowConfig;

/// A connection and what the jobs do there.
pub(super) struct Target {
    pub(super) config: MlflowConfig,
    /// Where its fields come from, in the first config that uses it.
    pub(super) origins: BTreeMap<String, String>,
    /// The configs whose jobs use it.
    pub(super) configs: Vec<String>,
    pub(super) subjects: Vec<ModelSubject>,
}

/// Returns the distinct connections of the jobs, in their order.
pub(super) fn distinct_connections(specs: &[JobSpec]) -> Vec<Target> {
    let mut found: Vec<Target> = vec![];
    for spec in specs {
        // Jobs on different models share a connection.
        let config = spec.services.mlflow.connection();
        let at = found.iter().position(|target| target.config == config).unwrap_or_else(|| {
            let origins = spec.origins.clone();
            found.push(Target { config, origins, configs: vec![], subjects: vec![] });
            found.len() - 1
        });
        found[at].add(spec);
    }
    found
}

impl Target {
    fn add(&mut self, spec: &JobSpec) {
        if self.configs.last() != Some(&spec.config) && !self.configs.contains(&spec.config) {
            self.configs.push(spec.config.clone());
        }
        let outline = spec.job.outline();
        let Some(Ok(name)) = outline.name.map(|name| name.parse()) else { return };
        let at = self.subjects.iter().position(|subject| subject.name == name).unwrap_or_else(|| {
            self.subjects.push(ModelSubject { name, aliases: vec![], is_made: false, is_written: false });
            self.subjects.len() - 1
        });
        let subject = &mut self.subjects[at];
        let alias = outline.alias.and_then(|alias| alias.parse().ok());
        subject.aliases.extend(alias.filter(|alias| !subject.aliases.contains(alias)));
        let makes_versions = |resource: &Resource| *resource == Resource::Versions(subject.name.clone());
        subject.is_made |= spec.job.accesses().iter().any(|access| access.writes && makes_versions(&access.resource));
        subject.is_written |= !spec.job.only_reads();
    }
}
