//! A validated job of a config.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::job_source::JobSource;
use super::key_path::{JobPath, KeyPath};
use crate::jobs::Job;
use crate::services::ServicesConfig;

/// The fields of a job that hints advise to set, and that take a single value.
const SETTABLE: [&str; 5] = ["alias", "expect", "name", "to", "version"];

/// A value of a config, as people may see it: a secret is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetValue {
    /// Its address, such as `jobs[1].version`.
    pub path: String,
    /// The value as it is written.
    pub value: String,
    /// The variable, the argument, or the file and line that it comes from.
    pub source: String,
}

/// Where the values of a job come from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Provenance {
    /// The origin of each field of its `mlflow` service that is not a default, in words for people. Filled if
    /// [`Sources`](super::Sources) asks for it.
    pub origins: BTreeMap<String, String>,
    /// Its values, each with where it comes from, if [`Sources`](super::Sources) ask for that.
    pub values: Vec<SetValue>,
    /// The source of each field of the job that the config file itself does not set, by the field's address.
    pub(super) set_elsewhere: BTreeMap<String, String>,
}

/// What is said about a config file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FileNotes {
    /// Warnings about the file.
    pub warnings: Vec<String>,
    /// What variables change in what the file says.
    pub overridden: Vec<String>,
}

/// A validated job, with the services it runs with. Rare fields are boxed, because a batch has many jobs.
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
    /// The name of the job; `None` for one that is named by its place.
    pub id: Option<String>,
    /// The names of processes, and of earlier jobs, that the job needs.
    pub needs: Vec<String>,
    /// What is said about the file, on its first job only.
    pub notes: Option<Box<FileNotes>>,
    /// Where its values come from, as far as that is known.
    pub provenance: Option<Box<Provenance>>,
    /// The version that the job is pinned to, if it is written as in a plan: with that version, and with `expect`.
    pub pinned_version: Option<u64>,
    /// The source of each field of the shared registry that the config file itself does not set, by the field's address.
    pub(super) registry_set_elsewhere: Arc<BTreeMap<String, String>>,
    /// Whether no other config is given, so that an argument changes this one only.
    pub(super) is_only_config: bool,
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
            id: None,
            needs: Vec::new(),
            notes: None,
            provenance: None,
            pinned_version: None,
            registry_set_elsewhere: Arc::default(),
            is_only_config: false,
            source: None,
        }
    }

    /// Returns the path of the job in its config.
    pub(super) fn path(&self) -> KeyPath {
        if self.in_list { JobPath::InList(self.index) } else { JobPath::Alone }.path()
    }

    /// Returns the warnings about the file of its first job.
    pub fn warnings(&self) -> &[String] {
        self.notes.as_ref().map_or(&[], |notes| &notes.warnings)
    }

    /// Describes in a line what variables change in what the file of its first job says; none if they change nothing.
    pub fn describe_overrides(&self) -> Option<String> {
        let overridden = self.notes.as_ref().map(|notes| &notes.overridden).filter(|changes| !changes.is_empty())?;
        Some(format!("{}: {}", self.config, overridden.join("; ")))
    }

    /// Completes the addresses of fields in a hint. A job in a list has `jobs[2].to` for `job.to`. A field that the config
    /// file does not set itself is followed by what sets it, and a field of a list by the argument that sets it.
    pub fn address_fields(&self, hint: &str) -> String {
        let mut text = String::with_capacity(hint.len());
        let mut named = BTreeSet::new();
        let mut rest = hint;
        while let Some((before, (quoted, after))) =
            rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
        {
            let field = quoted.strip_prefix("job.");
            let address = match field {
                Some(field) if self.in_list => format!("jobs[{}].{field}", self.index),
                _ => quoted.to_owned(),
            };
            let _ = write!(text, "{before}`{address}`");
            let remark = self.remark(field, &address).filter(|_| !after.starts_with(" (from "));
            // Once is enough.
            text.extend(remark.filter(|_| named.insert(address)));
            rest = after;
        }
        text + rest
    }

    fn remark(&self, field: Option<&str>, address: &str) -> Option<String> {
        let own = self.provenance.as_ref().and_then(|provenance| provenance.set_elsewhere.get(address));
        if let Some(source) = own.or_else(|| self.registry_set_elsewhere.get(address)) {
            return Some(format!(" (from {source})"));
        }
        let field = field.filter(|field| self.in_list && self.is_only_config && SETTABLE.contains(field))?;
        Some(format!(" (or `--set jobs.{}.{field}=…`)", self.index))
    }
}
