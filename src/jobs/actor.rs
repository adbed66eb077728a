//! Determines who is responsible for a move.

use std::collections::BTreeMap;

/// The variables that name the person who started a run: `RUNNER_ACTOR`, then those of CI systems.
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

/// The variables that name the operating system's user.
const USER: [&str; 3] = ["USER", "LOGNAME", "USERNAME"];

/// Returns who started this run: `RUNNER_ACTOR`, else the person that a CI system names, else user@host. Without a
/// variable, the user comes from the password database; a user without a name there is the user ID.
///
/// ```
/// let env = [("GITHUB_ACTOR".to_owned(), "ada".to_owned())].into();
/// assert_eq!(runner::jobs::actor(&env), "ada");
/// ```
pub fn actor(env: &BTreeMap<String, String>) -> String {
    first_value(env, &VARIABLES).unwrap_or_else(|| at_host(first_value(env, &USER).or_else(account).or_else(user_id)))
}

/// Returns the first of these variables that is not blank.
fn first_value(env: &BTreeMap<String, String>, names: &[&str]) -> Option<String> {
    let value = |name: &&str| env.get(*name).map(|value| value.trim()).filter(|value| !value.is_empty());
    names.iter().find_map(value).map(str::to_owned)
}

/// Reads the user from the password database, because containers and systemd may set no variable.
fn account() -> Option<String> {
    whoami::username().ok().filter(|name| !name.trim().is_empty())
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no number")]
fn user_id() -> Option<String> {
    Some(rustix::process::geteuid().as_raw().to_string())
}

#[cfg(not(unix))]
const fn user_id() -> Option<String> {
    None
}

fn at_host(user: Option<String>) -> String {
    let host = whoami::hostname().unwrap_or_else(|_| "localhost".to_owned());
    user.map_or_else(|| host.clone(), |user| format!("{user}@{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn our_own_variable_wins_and_empty_ones_are_ignored() {
        let all = [("RUNNER_ACTOR", "me"), ("GITHUB_ACTOR", "ada"), ("USER", "root")];
        assert_eq!(actor(&env(&all)), "me");
        assert_eq!(actor(&env(&[("RUNNER_ACTOR", " "), ("GITLAB_USER_LOGIN", "grace")])), "grace");
    }

    #[test]
    fn without_a_ci_system_the_actor_is_user_at_host() {
        let host = whoami::hostname().unwrap();
        assert_eq!(actor(&env(&[("USER", "ada"), ("LOGNAME", "grace")])), format!("ada@{host}"));
        assert_eq!(actor(&env(&[("USER", " "), ("LOGNAME", "grace"), ("USERNAME", "joan")])), format!("grace@{host}"));
        assert_eq!(actor(&env(&[("USERNAME", "joan")])), format!("joan@{host}"));
    }

    #[cfg(unix)]
    #[test]
    fn without_a_variable_the_user_comes_from_the_password_database_or_is_the_uid() {
        let id = |what| {
            let shown = std::process::Command::new("id").arg(what).output().unwrap().stdout;
            String::from_utf8(shown).unwrap().trim().to_owned()
        };
        let known = if id("-un").is_empty() { id("-u") } else { id("-un") };
        assert_eq!(actor(&env(&[])), format!("{known}@{}", whoami::hostname().unwrap()));
        assert_eq!(user_id(), Some(id("-u")));
    }
}
