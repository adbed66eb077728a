//! Describes in one sentence the state after a job.

use super::{CurrentVersion, JobResult, JobStatus, Outcome, WriteState};
use crate::text::{escape_line, format_version};

impl JobResult {
    /// Describes whether the job changed anything, and where its alias is now. A job without a registered model says it
    /// itself, or nothing. Every report and notification uses this sentence.
    pub fn describe_state(&self) -> Option<String> {
        let outcome = &self.outcome;
        let Some(name) = &outcome.name else {
            let is_skipped = self.status == JobStatus::Skipped;
            return if is_skipped { Some("nothing was changed".to_owned()) } else { outcome.state.clone() };
        };
        let name = &*escape_line(name);
        let created = match outcome.version_created {
            Some(WriteState::Confirmed) => {
                Some(format!("version {} of {name} was registered", format_version(outcome.version)))
            }
            Some(WriteState::Sent) => Some(format!("unknown: a new version of {name} may have been registered")),
            None if outcome.model_created => {
                Some(format!("the registered model {name} was created, without a version"))
            }
            None => None,
        };
        let alias = outcome.full_alias().map(|alias| escape_line(&alias).into_owned()).map(|alias| {
            match outcome.alias_written {
                Some(_) => outcome.describe_written_alias(&alias, self.status),
                None => outcome.describe_alias(&alias),
            }
        });
        let mut state = match (created, alias) {
            (Some(created), Some(alias)) => format!("{created}; {alias}"),
            (Some(state), None) => state,
            (None, Some(alias)) if outcome.alias_written.is_some() || self.status.is_success() => alias,
            (None, Some(_)) if self.status == JobStatus::Skipped => "nothing was changed".to_owned(),
            (None, Some(alias)) => format!("nothing was changed: {alias}"),
            (None, None) => "nothing was changed".to_owned(),
        };
        if self.status == JobStatus::NoticeFailed {
            state.push_str(", the notice was not delivered");
        }
        Some(state)
    }
}

impl Outcome {
    /// Describes where an alias is that the job did not write.
    fn describe_alias(&self, alias: &str) -> String {
        match self.current.unwrap_or_default() {
            CurrentVersion { current_known: false, .. } => format!("{alias} is where it was (not read)"),
            CurrentVersion { current_version: None, .. } => format!("{alias} does not exist"),
            CurrentVersion { current_version: Some(version), .. } => format!("{alias} is at version {version}"),
        }
    }

    /// Describes where an alias is that the job wrote, or may have written.
    fn describe_written_alias(&self, alias: &str, status: JobStatus) -> String {
        let CurrentVersion { current_version, current_known } = self.current.unwrap_or_default();
        let (before, wanted) = (self.previous_version, format_version(self.version));
        let was = before.map_or_else(|| "did not exist".to_owned(), |before| format!("was at version {before}"));
        let back = before.map_or_else(|| "deleted again".to_owned(), |before| format!("at version {before} again"));
        let is_back = current_known && current_version == before;
        let is_sent = self.alias_written == Some(WriteState::Sent);
        match status {
            JobStatus::Unknown if is_sent && is_back => {
                format!("unknown: {alias} {was} when it was read last, and may still move to version {wanted}")
            }
            JobStatus::Unknown | JobStatus::NotRestored if is_sent && !current_known => {
                format!("unknown: {alias} {was} and may be at version {wanted}")
            }
            JobStatus::Unknown | JobStatus::NotRestored | JobStatus::Restored if !current_known => {
                format!("unknown: {alias} was moved to version {wanted} and may be {back}")
            }
            _ if !current_known => {
                format!("unknown: {alias} was moved to version {wanted}, and was not read after that")
            }
            _ if is_back && before.is_none() => format!("{alias} does not exist, as before"),
            _ if is_back => format!("{alias} is {back}"),
            JobStatus::NotRestored if current_version == self.version => {
                format!("{alias} was at version {wanted} when it was read last")
            }
            _ => self.describe_alias(alias),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Rerun;

    fn state(status: JobStatus, change: impl FnOnce(&mut Outcome)) -> String {
        let mut outcome = Outcome::for_model("bikes", Some("Champion"));
        (outcome.previous_version, outcome.version) = (Some(2), Some(3));
        change(&mut outcome);
        let job = JobResult {
            config: String::new(),
            index: 0,
            id: None,
            kind: "PromotionJob",
            status,
            seconds: 0.0,
            outcome,
            rerun: Rerun::default(),
            error: None,
            notifications: vec![],
        };
        job.describe_state().unwrap()
    }

    fn at(version: impl Into<Option<u64>>) -> Option<CurrentVersion> {
        Some(CurrentVersion::new(Some(version.into())))
    }

    #[test]
    fn a_job_without_writes_reports_the_current_alias() {
        let blocked = |current| state(JobStatus::Blocked, |outcome| outcome.current = current);
        assert_eq!(blocked(at(2)), "nothing was changed: bikes@Champion is at version 2");
        assert_eq!(blocked(at(None)), "nothing was changed: bikes@Champion does not exist");
        let unknown = blocked(Some(CurrentVersion::default()));
        assert_eq!(unknown, "nothing was changed: bikes@Champion is where it was (not read)");
        assert_eq!(state(JobStatus::Skipped, |_| ()), "nothing was changed");
    }

    #[test]
    fn a_job_with_writes_reports_the_known_or_possible_alias() {
        use JobStatus::{Done, Failed, NotRestored, NoticeFailed, Restored, Unknown};
        use WriteState::{Confirmed, Sent};
        let not_read = Some(CurrentVersion::default());
        for (status, written, before, current, expected) in [
            (Done("promoted"), Confirmed, Some(2), at(3), "bikes@Champion is at version 3"),
            (NoticeFailed, Confirmed, Some(2), at(3), "bikes@Champion is at version 3, the notice was not delivered"),
            (Restored, Confirmed, Some(2), at(2), "bikes@Champion is at version 2 again"),
            (Restored, Confirmed, None, at(None), "bikes@Champion does not exist, as before"),
            (NotRestored, Confirmed, Some(2), at(4), "bikes@Champion is at version 4"),
            (
                NotRestored,
                Confirmed,
                Some(2),
                not_read,
                "unknown: bikes@Champion was moved to version 3 and may be at version 2 again",
            ),
            (Unknown, Sent, Some(2), not_read, "unknown: bikes@Champion was at version 2 and may be at version 3"),
            (Unknown, Sent, None, not_read, "unknown: bikes@Champion did not exist and may be at version 3"),
            (NotRestored, Sent, Some(2), not_read, "unknown: bikes@Champion was at version 2 and may be at version 3"),
            (
                Unknown,
                Sent,
                Some(2),
                at(2),
                "unknown: bikes@Champion was at version 2 when it was read last, and may still move to version 3",
            ),
            (Failed, Confirmed, Some(2), at(3), "bikes@Champion is at version 3"),
            (
                Failed,
                Confirmed,
                Some(2),
                not_read,
                "unknown: bikes@Champion was moved to version 3, and was not read after that",
            ),
        ] {
            let found = state(status, |outcome| {
                (outcome.alias_written, outcome.previous_version, outcome.current) = (Some(written), before, current);
            });
            assert_eq!(found, expected, "{status:?}");
        }
    }

    #[test]
    fn a_registration_reports_the_created_version() {
        let registered = |created, model_created| {
            state(JobStatus::Failed, |outcome| {
                (outcome.version_created, outcome.model_created, outcome.current) = (created, model_created, at(2));
            })
        };
        assert_eq!(
            registered(Some(WriteState::Confirmed), true),
            "version 3 of bikes was registered; bikes@Champion is at version 2"
        );
        assert_eq!(
            registered(Some(WriteState::Sent), true),
            "unknown: a new version of bikes may have been registered; bikes@Champion is at version 2"
        );
        assert_eq!(
            registered(None, true),
            "the registered model bikes was created, without a version; bikes@Champion is at version 2"
        );
        assert_eq!(registered(None, false), "nothing was changed: bikes@Champion is at version 2");
    }
}
