//! What a config comes down to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::job_source::JobSource;
use crate::jobs::Job;
use crate::services::ServicesConfig;

/// A job and the services it runs with, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSpec {
    /// The config file, as it was given.
    pub config: String,
    /// The place of the job in that file, from 0.
    pub index: usize,
    /// What to do.
    pub job: Job,
    /// What it needs for that; shared by all jobs of the file that configure no service of their own.
    pub services: Arc<ServicesConfig>,
    /// Warnings about the file, on its first job only.
    pub warnings: Vec<String>,
    /// The variables that change what the file says, on its first job only.
    pub overridden: Vec<String>,
    /// Where the fields of its `mlflow` service come from, as people may see it, if [`Sources`](super::Sources) ask for
    /// that; a field with its default is not there.
    pub origins: BTreeMap<String, String>,
    /// How it is written, if [`Sources`](super::Sources) ask for that.
    pub source: Option<Box<JobSource>>,
}

impl JobSpec {
    pub(super) fn new(config: &str, index: usize, job: Job, services: Arc<ServicesConfig>) -> Self {
        Self {
            config: config.to_owned(),
            index,
            job,
            services,
            warnings: Vec::new(),
            overridden: Vec::new(),
            origins: BTreeMap::new(),
            source: None,
        }
    }
}
