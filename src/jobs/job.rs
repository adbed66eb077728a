//! What a kind of job says of itself, and the enum that is made of the list of kinds.

use super::error::Error;
use super::{Access, Context, JobEnd};
use crate::outcome::{DoneWord, JobStatus, Outcome, Rerun};

/// What a kind of job says of itself. Batches, reports, plans, notifications and exit codes work on this alone.
pub(super) trait Kind {
    /// The word for a job of this kind that changed something; none for a kind that only reads. A job that only reads does
    /// the same in a plan, and nobody is told about it.
    const DONE: Option<DoneWord>;

    /// Runs the job to its end. What it wrote is in the log of the context.
    ///
    /// # Errors
    /// The error that stopped the job before there was more to report than its outline.
    async fn run(&self, context: &Context<'_>) -> Result<JobEnd, Error>;

    /// Returns what the job reads and writes.
    fn accesses(&self) -> Vec<Access>;

    /// Returns the outcome of a job that did nothing yet: what it is about.
    fn outline(&self) -> Outcome;

    /// Returns a field that another one contradicts, and how, so that the config is refused before anything starts.
    fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Returns the key of the version that a plan pins; none where the job does not choose one to move an alias to.
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

/// Makes the enum of all kinds, which passes every question on to the kind of the job.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident),* $(,)?) => {
        /// A job, chosen in a config by its `KIND`.
        ///
        /// The config room turns `{KIND: X, …}` into serde's own `{X: {…}}` before it reads one, because serde's
        /// internally tagged form forgets where in the file an error is.
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

            /// Returns the words that jobs of all kinds end with once they changed something.
            pub fn done_words() -> impl Iterator<Item = DoneWord> {
                [$(<$kind as job::Kind>::DONE),*].into_iter().flatten()
            }

            /// Returns whether the job changes nothing: it does the same in a plan, and nobody is told about it.
            pub const fn only_reads(&self) -> bool {
                match self { $(Self::$kind(_) => <$kind as job::Kind>::DONE.is_none(),)* }
            }

            /// Runs the job to its end. Every problem is in what it returns; what it wrote is in the log of the context.
            pub async fn run(&self, context: &Context<'_>) -> JobEnd {
                let ended = match self { $(Self::$kind(job) => job::Kind::run(job, context).await,)* };
                ended.unwrap_or_else(|error| {
                    let ranking = error.ranking().cloned().map(Box::new);
                    JobEnd::failure(&error, Some(Outcome { ranking, ..self.outline() }))
                })
            }

            /// Returns what the job reads and writes.
            pub fn accesses(&self) -> Vec<Access> {
                match self { $(Self::$kind(job) => job::Kind::accesses(job),)* }
            }

            /// Returns the outcome of a job that did nothing yet: what it is about.
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
