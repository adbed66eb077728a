//! The exit codes, and their selection.

use crate::outcome::{BatchStatus, Code, Connection, Health, JobResult, JobStatus, Rerun};
use crate::shutdown::Signal;

/// How the process ends. The codes are a contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: every job succeeded.
    Ok,
    /// 1: a job failed, or a report could not be written.
    Failed,
    /// 2: wrong usage or a bad config; nothing was started.
    Usage,
    /// 3: a gate or a precondition failed; the blocked jobs changed nothing.
    Blocked,
    /// 4: the registry could not be reached or refused the login; running the same command again is safe.
    Unavailable,
    /// 128 and the number of the signal that ended the run; services were stopped.
    Interrupted(Signal),
}

impl Exit {
    /// Returns the number that the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Blocked => 3,
            Self::Unavailable => 4,
            Self::Interrupted(signal) => signal.exit_code(),
        }
    }

    /// Returns the exit if a report could not be written: a failure, unless the exit already is one.
    pub(crate) const fn without_report(self) -> Self {
        match self {
            Self::Ok => Self::Failed,
            other => other,
        }
    }

    /// Returns the status that reports show.
    pub const fn status(self) -> BatchStatus {
        match self {
            Self::Ok => BatchStatus::Ok,
            Self::Failed | Self::Usage => BatchStatus::Failed,
            Self::Blocked => BatchStatus::Blocked,
            Self::Unavailable => BatchStatus::Unavailable,
            Self::Interrupted(_) => BatchStatus::Interrupted,
        }
    }

    /// Selects the exit of a batch: the first of interrupted, failed, unavailable and blocked that any job has. Unavailable
    /// becomes failed where a second run of any job would not lead to the same end.
    pub fn from_jobs(jobs: &[JobResult], signal: Option<Signal>) -> Self {
        if let Some(signal) = signal {
            return Self::Interrupted(signal);
        }
        let ends: Vec<Self> = jobs.iter().map(Self::from_job).collect();
        let first = [Self::Failed, Self::Unavailable, Self::Blocked].into_iter().find(|exit| ends.contains(exit));
        match first.unwrap_or(Self::Ok) {
            Self::Unavailable if jobs.iter().any(|job| job.rerun != Rerun::Idempotent) => Self::Failed,
            exit => exit,
        }
    }

    /// Selects the exit of a diagnosis. Unavailable comes first, because it may be the cause of other failures, and because a
    /// diagnosis can always be repeated.
    pub fn from_connections(connections: &[Connection]) -> Self {
        let has = |health| {
            connections.iter().flat_map(|connection| &connection.observations).any(|seen| seen.status == health)
        };
        if has(Health::Unavailable) {
            Self::Unavailable
        } else if has(Health::Failed) {
            Self::Failed
        } else {
            Self::Ok
        }
    }

    fn from_job(job: &JobResult) -> Self {
        match (job.status, job.error.as_ref().map(|error| error.code)) {
            (JobStatus::Blocked, _) => Self::Blocked,
            // A job that failed after its write is a failure, even if its alias was restored.
            (
                JobStatus::Failed | JobStatus::Restored | JobStatus::Unknown,
                Some(Code::Unreachable | Code::LoginRefused),
            ) => Self::Unavailable,
            (JobStatus::Failed | JobStatus::Unknown, _) | (JobStatus::Restored | JobStatus::Done(_), Some(_)) => {
                Self::Failed
            }
            // A second run is not safe or not needed, whatever the reason.
            (JobStatus::NotRestored | JobStatus::NoticeFailed, _) => Self::Failed,
            _ => Self::Ok,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Failure, Outcome};

    fn job(status: JobStatus, code: Option<Code>) -> JobResult {
        let error = code.map(|code| Failure { code, message: String::new(), hint: None });
        JobResult {
            config: "a.yaml".into(),
            index: 0,
            id: None,
            kind: "PromotionJob",
            status,
            seconds: 0.0,
            outcome: Outcome::default(),
            error,
            rerun: Rerun::Idempotent,
            notifications: vec![],
        }
    }

    #[test]
    fn a_failure_outranks_an_outage_and_an_outage_outranks_a_block() {
        let blocked = job(JobStatus::Blocked, Some(Code::AliasMoved));
        let outage = job(JobStatus::Failed, Some(Code::Unreachable));
        let failed = job(JobStatus::Failed, Some(Code::ModelNotFound));
        let done = job(JobStatus::Done("promoted"), None);
        assert_eq!(Exit::from_jobs(&[job(JobStatus::Done("rolled_back"), None)], None), Exit::Ok);
        assert_eq!(Exit::from_jobs(std::slice::from_ref(&done), None), Exit::Ok);
        assert_eq!(Exit::from_jobs(&[done.clone(), blocked.clone()], None), Exit::Blocked);
        assert_eq!(Exit::from_jobs(&[blocked.clone(), outage.clone()], None), Exit::Unavailable);
        assert_eq!(Exit::from_jobs(&[blocked, outage, failed], None), Exit::Failed);
        assert_eq!(Exit::from_jobs(&[done], Some(Signal::Terminate)).code(), 143);
    }

    #[test]
    fn an_outage_is_a_failure_where_a_second_run_would_repeat_work() {
        let outage = job(JobStatus::Failed, Some(Code::Unreachable));
        for (rerun, expected) in
            [(Rerun::Idempotent, Exit::Unavailable), (Rerun::RepeatsWork, Exit::Failed), (Rerun::Unknown, Exit::Failed)]
        {
            let done = JobResult { rerun, ..job(JobStatus::Done("rolled_back"), None) };
            assert_eq!(Exit::from_jobs(&[done.clone(), outage.clone()], None), expected);
            assert_eq!(Exit::from_jobs(&[done], None), Exit::Ok);
        }
    }

    #[test]
    fn a_restore_does_not_change_the_exit_code_of_a_failure() {
        let exit = |status, code| Exit::from_jobs(&[job(status, code)], None);
        assert_eq!(exit(JobStatus::Restored, None), Exit::Ok);
        assert_eq!(exit(JobStatus::Restored, Some(Code::AliasMismatch)), Exit::Failed);
        assert_eq!(exit(JobStatus::Restored, Some(Code::Unreachable)), Exit::Unavailable);
        assert_eq!(exit(JobStatus::Done("promoted"), Some(Code::Unreachable)), Exit::Failed);
        assert_eq!(exit(JobStatus::Done("rolled_back"), Some(Code::Unreachable)), Exit::Failed);
    }
}
