//! What a config comes down to.

use std::sync::Arc;

use super::{Origins, Written};
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
    /// What to tell about the file, on its first job only.
    pub warnings: Vec<String>,
    /// The variables that change what the file says, on its first job only.
    pub overridden: Vec<String>,
    /// Where its registry and login come from, where somebody asks.
    pub origins: Option<Box<Origins>>,
    /// How it is written, where a plan is to be made of it.
    pub written: Option<Box<Written>>,
}
