//! Where a job stands in its config. Paths are only made of it where something is wrong: a batch has many jobs.

use figment::value::{Dict, Value};

use super::tree::KeyPath;

/// The place of a job.
#[derive(Clone, Copy)]
pub(super) enum JobPlace {
    /// Under `job`.
    Alone,
    /// In the list under `jobs`, counted from 0.
    InList(usize),
}

impl JobPlace {
    /// Makes the path to the job.
    pub(super) fn path(self) -> KeyPath {
        match self {
            Self::Alone => KeyPath::new(&["job"]),
            Self::InList(index) => KeyPath::new(&["jobs"]).child(index),
        }
    }
}

/// Where the name of a job's model comes from.
#[derive(Clone, Copy)]
pub(super) enum NamedIn {
    /// The job itself.
    Job,
    /// The registry that the job configures for itself.
    OwnService,
    /// The registry of all jobs of the config.
    Services,
}

impl NamedIn {
    /// Looks where a job has the name from, before its own services are taken out of it.
    pub(super) fn of(job: &Dict) -> Self {
        let service = job.get("mlflow_service").and_then(Value::as_dict);
        match service.is_some_and(|service| service.contains_key("registry_name")) {
            _ if job.contains_key("name") => Self::Job,
            true => Self::OwnService,
            false => Self::Services,
        }
    }

    /// Makes the path to the name.
    pub(super) fn path(self, job: JobPlace) -> KeyPath {
        match self {
            Self::Job => job.path().child("name"),
            Self::OwnService => job.path().child("mlflow_service").child("registry_name"),
            Self::Services => KeyPath::new(&["services", "mlflow", "registry_name"]),
        }
    }
}
