//! Where a job stands in its config. Its path is made only where something is wrong, because a batch has many jobs.

use figment::value::{Dict, Value};

use super::key_path::KeyPath;

/// The services that a job may configure for itself.
pub(crate) const SERVICES: [(&str, &str); 3] =
    [("logger", "logger_service"), ("alerts", "alerts_service"), ("mlflow", "mlflow_service")];

/// The place of a job.
#[derive(Clone, Copy)]
pub(super) enum JobPath {
    /// Under `job`.
    Alone,
    /// In the list under `jobs`, counted from 0.
    InList(usize),
}

impl JobPath {
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
pub(super) enum NameSource {
    /// The job itself.
    Job,
    /// The registry that the job configures for itself.
    OwnService,
    /// The registry of all jobs of the config.
    Services,
}

impl NameSource {
    /// Finds out where a job has the name from, before its own services are taken out of it.
    pub(super) fn of_job(job: &Dict) -> Self {
        let service = job.get("mlflow_service").and_then(Value::as_dict);
        match service.is_some_and(|service| service.contains_key("registry_name")) {
            _ if job.contains_key("name") => Self::Job,
            true => Self::OwnService,
            false => Self::Services,
        }
    }

    /// Makes the path to the name.
    pub(super) fn path(self, job: JobPath) -> KeyPath {
        match self {
            Self::Job => job.path().child("name"),
            Self::OwnService => job.path().child("mlflow_service").child("registry_name"),
            Self::Services => KeyPath::new(&["services", "mlflow", "registry_name"]),
        }
    }
}
