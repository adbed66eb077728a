//! The codes of failures, as one table: what happened, where things are, what to do next.

use std::fmt;

use serde::Serialize;

macro_rules! codes {
    ($($code:ident: $meaning:literal, now: $state:literal, next: $next:literal;)*) => {
        /// The stable codes of a failure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum Code {
            $(#[doc = $meaning] $code,)*
            /// A failure that only one kind of job knows, in the kind's own code.
            #[serde(untagged)]
            OfKind(&'static str),
        }

        impl Code {
            /// All codes but those of single kinds of jobs.
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// Returns what happened.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$code => $meaning,)*
                    Self::OfKind(_) => "A failure that only one kind of job knows.",
                }
            }

            /// Returns where things are as a rule. What is true of one job is what
            /// [`JobResult::describe_state`](super::JobResult::describe_state) says.
            pub const fn usual_state(self) -> &'static str {
                match self {
                    $(Self::$code => $state,)*
                    Self::OfKind(_) => "the job says it",
                }
            }

            /// Returns what to do next: the hint of a failure that has no other.
            pub const fn next_step(self) -> &'static str {
                match self {
                    $(Self::$code => $next,)*
                    Self::OfKind(_) => "see the manual of this kind of job",
                }
            }
        }
    };
}

codes! {
    ModelNotFound: "The registered model does not exist.",
        now: "nothing was changed",
        next: "correct `job.name`, or the address of the registry; or register a first version";
    ModelEmpty: "The registered model has no version.",
        now: "nothing was changed",
        next: "register a first version, for example with a RegistrationJob";
    VersionNotFound: "The version does not exist.",
        now: "nothing was changed",
        next: "set `job.version` to a version that exists; a StatusJob lists them";
    VersionNotReady: "The version exists and is not `READY`.",
        now: "nothing was changed",
        next: "run it again once the version is READY, or set `job.version` to another version";
    NothingSelected: "`select` finds no version that qualifies.",
        now: "nothing was changed",
        next: "change `job.select`, or register a version that it finds";
    AliasNotFound: "The alias that the job is about, or that selects the version, does not exist.",
        now: "nothing was changed",
        next: "correct `job.alias` or `job.version`: aliases are case-sensitive";
    AliasMoved: "The alias is not at the version that `expect` names.",
        now: "nothing was changed",
        next: "find out who moved the alias; then plan again, or set `job.expect` to the version that may be replaced";
    HistoryMissing: "The history of the alias has no version to roll back to.",
        now: "nothing was changed",
        next: "set `job.to` to the version to go back to";
    HistoryUnreadable: "The tag of the history is damaged, or holds something else.",
        now: "nothing was changed",
        next: "set `job.to` to the version to go back to";
    HistoryOutdated: "The alias is not at the version where its history ends: somebody moved it without a record.",
        now: "nothing was changed",
        next: "set `job.to` to the version to go back to";
    EvidenceNotFound: "The run or logged model that a version was made from does not exist.",
        now: "nothing was changed",
        next: "restore the run, or look whether it is on another tracking server";
    NotPlannedYet: "A plan cannot be pinned: it depends on an earlier job of the batch, or on a process, which a plan does not start.",
        now: "nothing was changed",
        next: "put the earlier job into a file of its own and apply it, then plan the rest; with a process, run the config without a plan";
    GateFailed: "A gate failed.",
        now: "nothing was changed",
        next: "see the table of gates: make the version pass, promote another one, or correct the check that gave no verdict";
    VerifyFailed: "The alias was moved, and its version was not verified.",
        now: "the alias was moved back, or stays where `on_verify_failure` says",
        next: "find out why the version fails before you promote it again";
    AliasMismatch: "After the write, the alias points to another version.",
        now: "the alias is where somebody else moved it",
        next: "find out who else moves this alias before you run the job again";
    AliasLeft: "The alias was not moved back, because somebody else moved it meanwhile.",
        now: "the alias is where somebody else moved it",
        next: "find out who moved it, and whether it is where it should be";
    RegistryRefused: "The registry answered with a permanent error.",
        now: "nothing was changed by the refused request",
        next: "correct what the registry complains about; running the job again as it is ends in the same error";
    RegistryUnreadable: "The registry sent an answer that is not MLflow's.",
        now: "nothing was changed, unless the answer was that to a write",
        next: "check that the address is an MLflow tracking server's, path prefix included";
    DatabaseUnusable: "The database is missing, is not MLflow's, or is in an unusable state.",
        now: "nothing was changed",
        next: "correct the path of the database, or repair it";
    StoreUnusable: "The file store is missing, damaged, or in an unusable state.",
        now: "nothing was changed",
        next: "correct the path of the file store, or repair it";
    Unfinished: "A version was registered, and a later step, such as moving an alias to it, failed.",
        now: "the version exists; the alias is where it was",
        next: "do not register it again: promote the version with a PromotionJob once it is READY";
    PermissionDenied: "The login is valid and lacks a permission.",
        now: "nothing was changed by the refused request",
        next: "ask the owner of the registry for the permission, or use another login";
    Unreachable: "The registry could not be reached, or answered that it is busy or out of order.",
        now: "nothing was changed, unless a write got no answer",
        next: "run `runner --doctor` on the config to see what is in the way, and run the job again when the registry answers";
    Unconfirmed: "A step that must not be repeated got no answer, so it is unknown whether it happened.",
        now: "unknown: the step may have happened",
        next: "look with a StatusJob whether it is there; if it is, do not run the job again";
    LoginRefused: "The registry refused the login.",
        now: "nothing was changed, unless a write got no answer",
        next: "correct the login: `runner --doctor` on the config says where it comes from";
    NeedFailed: "A job that this one needs did not succeed.",
        now: "nothing was changed: the job was not started",
        next: "see what the other job says, then run it and this job";
    ServiceFailed: "A service of the job could not be started, or a process that the job uses ended.",
        now: "nothing was changed, unless the job ran a program: that may have done a part of its work",
        next: "correct the service in the config";
    NoticeFailed: "The job succeeded, and a required channel did not receive its notification.",
        now: "the alias is where the job moved it",
        next: "do not run the job again: tell people yourself, and correct the channel";
    Panicked: "The job ended in a defect of the program.",
        now: "unknown, where the job may have written",
        next: "look at the alias before you run the job again, and report what was printed";
    Interrupted: "A signal ended the job.",
        now: "nothing was changed",
        next: "run the same command again";
}

/// Writes the code as in the JSON document.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_error_kinds_are_formatted_alike() {
        let codes = [Code::ModelNotFound, Code::OfKind("COMMAND_FAILED")];
        assert_eq!(codes.map(|code| code.to_string()), ["MODEL_NOT_FOUND", "COMMAND_FAILED"]);
        assert_eq!(serde_json::to_string(&codes).unwrap(), r#"["MODEL_NOT_FOUND","COMMAND_FAILED"]"#);
    }

    #[test]
    fn every_code_says_what_happened_and_what_to_do_next_in_the_style_of_its_place() {
        for code in Code::ALL {
            assert!(code.meaning().ends_with('.'), "{code}");
            for fragment in [code.usual_state(), code.next_step()] {
                assert!(!fragment.is_empty() && !fragment.ends_with('.'), "{code}: {fragment}");
                assert!(fragment.starts_with(char::is_lowercase), "{code}: {fragment}");
            }
        }
    }
}
