//! Who is held responsible for a move.

use std::collections::BTreeMap;

/// What names the person behind a run, best first: our own variable, then what CI systems set.
const VARIABLES: [&str; 9] = [
    "RUNNER_ACTOR",
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "BUILD_REQUESTEDFOREMAIL",
    "BUILDKITE_BUILD_CREATOR_EMAIL",
    "CIRCLE_USERNAME",
    "DRONE_BUILD_TRIGGER",
    "BUILD_USER_ID",
    "CHANGE_AUTHOR",
];

/// Names who runs this: `RUNNER_ACTOR`, else the person a CI system runs for, else user@host.
///
/// ```
/// let env = [("GITHUB_ACTOR".to_owned(), "ada".to_owned())].into();
/// assert_eq!(runner::jobs::actor(&env), "ada");
/// ```
pub fn actor(env: &BTreeMap<String, String>) -> String {
    let given = |name: &&str| env.get(*name).map(|value| value.trim()).filter(|value| !value.is_empty());
    if let Some(actor) = VARIABLES.iter().find_map(given) {
        return actor.to_owned();
    }
    let user = ["USER", "USERNAME", "LOGNAME"].iter().find_map(given).unwrap_or("unknown");
    format!("{user}@{}", gethostname::gethostname().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn our_own_variable_wins_and_empty_ones_do_not_count() {
        let all = [("RUNNER_ACTOR", "me"), ("GITHUB_ACTOR", "ada"), ("USER", "root")];
        assert_eq!(actor(&env(&all)), "me");
        assert_eq!(actor(&env(&[("RUNNER_ACTOR", " "), ("GITLAB_USER_LOGIN", "grace")])), "grace");
    }

    #[test]
    fn without_a_ci_system_it_is_the_user_at_the_host() {
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        assert_eq!(actor(&env(&[("USER", "ada")])), format!("ada@{host}"));
        assert_eq!(actor(&env(&[])), format!("unknown@{host}"));
    }
}
