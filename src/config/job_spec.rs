//! A validated job of a config.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::job_source::JobSource;
use crate::jobs::Job;
use crate::services::ServicesConfig;

/// A validated job, with the services it runs with.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSpec {
    /// The path of the config file, as the user wrote it.
    pub config: String,
    /// The index of the job in that file, from 0.
    pub index: usize,
    /// Whether the job is in the list under `jobs`, rather than under `job`.
    pub in_list: bool,
    /// The job.
    pub job: Job,
    /// The services of the job. Jobs of a file that configure no service of their own share one value.
    pub services: Arc<ServicesConfig>,
    /// Warnings about the file, on its first job only.
    pub warnings: Vec<String>,
    /// The variables that override values of the file, on its first job only.
    pub overridden: Vec<String>,
    /// The origin of each field of its `mlflow` service that is not a default, in words for people. Filled if
    /// [`Sources`](super::Sources) asks for it.
    pub origins: BTreeMap<String, String>,
    /// How the job is written. Filled if [`Sources`](super::Sources) asks for it.
    pub source: Option<Box<JobSource>>,
}

impl JobSpec {
    pub(super) fn new(config: &str, (index, in_list): (usize, bool), job: Job, services: Arc<ServicesConfig>) -> Self {
        Self {
            config: config.to_owned(),
            index,
            in_list,
            job,
            services,
            warnings: Vec::new(),
            overridden: Vec::new(),
            origins: BTreeMap::new(),
            source: None,
        }
    }

    /// Adapts the paths of fields in a hint to this config: for a job in a list, `job.to` becomes `jobs[2].to`.
    pub fn address_fields(&self, hint: &str) -> String {
        if self.in_list { hint.replace("`job.", &format!("`jobs[{}].", self.index)) } else { hint.to_owned() }
    }
}
