//! What a plan cannot know before the batch runs.

use tracing::info;

use crate::jobs::{Job, JobEnd};
use crate::outcome::{Code, Failure, JobStatus};

/// What a plan cannot know about a job.
pub(super) enum OpenQuestion {
    /// What an earlier job of the batch does.
    EarlierJob,
    /// What a process answers, which a plan does not start.
    Process(String),
}

/// Returns the end of a job that can be planned in full only when the batch runs.
pub(super) fn planned_later(job: &Job, question: &OpenQuestion) -> JobEnd {
    match question {
        OpenQuestion::EarlierJob => {
            info!("planned without a version, which depends on an earlier job of this batch; nothing was changed");
        }
        OpenQuestion::Process(name) => {
            info!("planned without a version and without its gates: a plan does not start the process {name}");
        }
    }
    JobEnd { status: JobStatus::Planned, outcome: Some(job.outline()), error: None }
}

/// Returns the end of a job that cannot be pinned before the batch runs.
pub(super) fn unpinnable(job: &Job, question: &OpenQuestion) -> JobEnd {
    let (message, hint) = match question {
        OpenQuestion::EarlierJob => (
            "the version depends on an earlier job of this batch, which has not run yet".to_owned(),
            "put the earlier job into a file of its own and apply it; then plan the rest".to_owned(),
        ),
        OpenQuestion::Process(name) => (
            format!("the version depends on the process {name}, which a plan does not start"),
            format!(
                "run the config without a plan; or start what the process {name} runs yourself, and plan without it"
            ),
        ),
    };
    let error = Failure { code: Code::NotPlannedYet, message, hint: Some(hint) };
    JobEnd { status: JobStatus::Blocked, outcome: Some(job.outline()), error: Some(error) }
}
