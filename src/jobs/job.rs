//! The trait of a kind of job, and the enum of all kinds.

use super::error::Error;
use super::{Access, Context, JobEnd};
use crate::outcome::{DoneWord, JobStatus, Outcome, Rerun};

/// A kind of job. Batches, reports, plans, notifications and exit codes use only these methods.
pub(super) trait Kind {
    /// The status of a job of this kind that changed something; `None` for a kind that only reads. A job that only
    /// reads does the same in a plan, and sends no notifications.
    const DONE: Option<DoneWord>;

    /// Whether a running job is told that a process that it uses has ended, and ends itself. Any other job is dropped then,
    /// unless it has written something.
    const HANDLES_LOST_PROCESS: bool = false;

    /// Runs the job to its end. Its writes are in the write log of the context.
    ///
    /// # Errors
    /// The error that stopped the job before it had more to report than its outline.
    async fn run(&self, context: &Context<'_>) -> Result<JobEnd, Error>;

    /// Returns the resources that the job reads and writes.
    fn accesses(&self) -> Vec<Access>;

    /// Returns the outcome before the job has done anything: its model and alias.
    fn outline(&self) -> Outcome;

    /// Returns a field that contradicts another one, with the reason, so that the config is refused before anything
    /// starts.
    fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Returns the key of the version that a plan pins; `None` if the job moves no alias to a version that it selects.
    fn pinned_key(&self) -> Option<&'static str> {
        None
    }

    /// Returns what a second run of the job would do, given how far the first one came.
    fn rerun(&self, status: JobStatus, outcome: &Outcome) -> Rerun;

    /// Returns what to do instead of running the job again, where a second run does not lead to the same end.
    fn rerun_hint(&self) -> &'static str {
        "look at what it did before you run it again"
    }
}

/// Defines the enum of all kinds, which forwards each method to the kind of the job.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident),* $(,)?) => {
        /// A job, chosen in a config by its `KIND`.
        ///
        /// `config` converts `{KIND: X, …}` to serde's `{X: {…}}` before it deserializes a job, because serde's
        /// internally tagged form loses the position of an error.
        #[derive(Debug, Clone, PartialEq, serde::Deserialize, schemars::JsonSchema)]
        #[schemars(tag = "KIND")]
        pub enum Job {
            $($(#[$doc])* $kind($kind),)*
        }

        impl Job {
            /// The names of all kinds, in the order of the list.
            pub const KINDS: &[&str] = &[$(stringify!($kind)),*];

            /// Returns the `KIND`.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$kind(_) => stringify!($kind),)* }
            }

            /// Returns the success statuses of all kinds.
            pub fn done_words() -> impl Iterator<Item = DoneWord> {
                [$(<$kind as job::Kind>::DONE),*].into_iter().flatten()
            }

            /// Returns whether the job only reads: it does the same in a plan, and sends no notifications.
            pub const fn only_reads(&self) -> bool {
                match self { $(Self::$kind(_) => <$kind as job::Kind>::DONE.is_none(),)* }
            }

            /// Returns whether the job ends itself when a process that it uses has ended.
            pub const fn handles_lost_process(&self) -> bool {
                match self { $(Self::$kind(_) => <$kind as job::Kind>::HANDLES_LOST_PROCESS,)* }
            }

            /// Runs the job to its end. Every error is in the result; the writes are in the write log of the context.
            pub async fn run(&self, context: &Context<'_>) -> JobEnd {
                let ended = match self { $(Self::$kind(job) => job::Kind::run(job, context).await,)* };
                ended.unwrap_or_else(|error| {
                    let ranking = error.ranking().cloned().map(Box::new);
                    JobEnd::failure(&error, Some(Outcome { ranking, ..self.outline() }))
                })
            }

            /// Returns the resources that the job reads and writes.
            pub fn accesses(&self) -> Vec<Access> {
                match self { $(Self::$kind(job) => job::Kind::accesses(job),)* }
            }

            /// Returns the outcome before the job has done anything: its model and alias.
            pub fn outline(&self) -> Outcome {
                match self { $(Self::$kind(job) => job::Kind::outline(job),)* }
            }

            /// Returns a field that another one contradicts, and how.
            pub fn contradiction(&self) -> Option<(&'static str, &'static str)> {
                match self { $(Self::$kind(job) => job::Kind::contradiction(job),)* }
            }

            /// Returns the key of the version that a plan pins.
            pub fn pinned_key(&self) -> Option<&'static str> {
                match self { $(Self::$kind(job) => job::Kind::pinned_key(job),)* }
            }

            /// Returns what a second run of the job would do, given how far the first one came.
            pub fn rerun(
                &self,
                status: JobStatus,
                outcome: &Outcome,
            ) -> Rerun {
                match self { $(Self::$kind(job) => job::Kind::rerun(job, status, outcome),)* }
            }

            /// Returns what to do instead of running the job again, where a second run does not lead to the same end.
            pub fn rerun_hint(&self) -> &'static str {
                match self { $(Self::$kind(job) => job::Kind::rerun_hint(job),)* }
            }
        }
    };
}
pub(super) use kinds;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Job;

    #[test]
    fn only_read_only_jobs_have_no_write_access() {
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
            let writes = job.accesses().iter().any(|access| access.writes);
            assert_eq!((job.kind(), job.only_reads(), writes), (kind, only_reads, !only_reads));
        }
    }
}
