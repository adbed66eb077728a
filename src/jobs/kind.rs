//! The closed set of jobs.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Claim, Context, Ended, HistoryJob, PromotionJob, RegistrationJob, RollbackJob, StatusJob};
use crate::outcome::Outcome;

/// A job, chosen in a config by its `KIND`.
///
/// The config room turns `{KIND: X, …}` into serde's own `{X: {…}}` before it reads one, because serde's
/// internally tagged form forgets where in the file an error is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(tag = "KIND")]
pub enum Job {
    /// Moves an alias of a registered model to a version.
    PromotionJob(PromotionJob),
    /// Creates a version of a registered model.
    RegistrationJob(RegistrationJob),
    /// Moves an alias of a registered model back to an earlier version.
    RollbackJob(RollbackJob),
    /// Shows who moved the aliases of a registered model.
    HistoryJob(HistoryJob),
    /// Shows the versions of a registered model.
    StatusJob(StatusJob),
}

impl Job {
    /// Returns the `KIND`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::PromotionJob(_) => "PromotionJob",
            Self::RegistrationJob(_) => "RegistrationJob",
            Self::RollbackJob(_) => "RollbackJob",
            Self::HistoryJob(_) => "HistoryJob",
            Self::StatusJob(_) => "StatusJob",
        }
    }

    /// Returns what the job reads and writes, so that jobs side by side do not get into each other's way.
    pub fn claims(&self) -> Vec<Claim> {
        match self {
            Self::PromotionJob(job) => job.claims(),
            Self::RegistrationJob(job) => job.claims(),
            Self::RollbackJob(job) => job.claims(),
            Self::HistoryJob(job) => job.claims(),
            Self::StatusJob(job) => job.claims(),
        }
    }

    /// Returns a field that another one contradicts, and how, so that a config can be refused before anything starts.
    pub fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::PromotionJob(job) => job.contradiction(),
            Self::RegistrationJob(_) | Self::RollbackJob(_) | Self::HistoryJob(_) | Self::StatusJob(_) => None,
        }
    }

    /// Returns the key of the version that a plan pins; none where a job does not choose one to move an alias to.
    pub const fn pinned_key(&self) -> Option<&'static str> {
        match self {
            Self::PromotionJob(_) => Some("version"),
            Self::RollbackJob(_) => Some("to"),
            Self::RegistrationJob(_) | Self::HistoryJob(_) | Self::StatusJob(_) => None,
        }
    }

    /// Returns whether the job changes nothing in any registry: it is done the same in a plan, and nobody is told.
    pub const fn only_reads(&self) -> bool {
        match self {
            Self::PromotionJob(_) | Self::RegistrationJob(_) | Self::RollbackJob(_) => false,
            Self::HistoryJob(_) | Self::StatusJob(_) => true,
        }
    }

    /// Returns the outcome of a job that did nothing yet: what it is about.
    pub fn outline(&self) -> Outcome {
        match self {
            Self::PromotionJob(job) => job.outline(),
            Self::RegistrationJob(job) => job.outcome(None),
            Self::RollbackJob(job) => job.outline(),
            Self::HistoryJob(job) => job.outline(),
            Self::StatusJob(job) => job.outline(),
        }
    }

    /// Runs the job to its end. Every problem is in what it returns; what it wrote is in the log of the context.
    pub async fn run(&self, context: &Context<'_>) -> Ended {
        match self {
            Self::PromotionJob(job) => job.run(context).await,
            Self::RegistrationJob(job) => job.run(context).await,
            Self::RollbackJob(job) => job.run(context).await,
            Self::HistoryJob(job) => job.run(context).await,
            Self::StatusJob(job) => job.run(context).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_that_only_reads_claims_to_write_nothing_and_every_other_claims_something() {
        for (kind, only_reads) in [
            ("PromotionJob", false),
            ("RegistrationJob", false),
            ("RollbackJob", false),
            ("HistoryJob", true),
            ("StatusJob", true),
        ] {
            let mut fields = json!({ "name": "bikes" });
            if kind == "RegistrationJob" {
                fields["source"] = json!("s3://bikes");
            }
            let job: Job = serde_json::from_value(json!({ kind: fields })).unwrap();
            let writes = job.claims().iter().any(|claim| claim.writes);
            assert_eq!((job.kind(), job.only_reads(), writes), (kind, only_reads, !only_reads));
        }
    }
}
