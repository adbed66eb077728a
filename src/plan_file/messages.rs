//! Messages about a plan, before it is applied.

use std::collections::BTreeMap;

use crate::config::KeyPath;
use crate::outcome::{JobResult, JobStatus};
use crate::text::escape_line;

/// Describes in a line what a job of a plan does.
pub(super) fn describe_job(job: &JobResult) -> String {
    let outcome = &job.outcome;
    let Some(alias) = outcome.full_alias().filter(|_| outcome.version.is_some()) else {
        return format!("{} of {}", job.kind, outcome.subject());
    };
    let unchanged = if job.status == JobStatus::Unchanged { ", unchanged" } else { "" };
    format!("{alias}: {}{unchanged}", outcome.transition(JobStatus::Planned))
}

/// Explains which variable provides a secret that is not part of a plan.
pub(super) fn left_out(path: &KeyPath) -> String {
    format!(
        "the plan leaves out `{path}`: the config holds a secret there. Where you apply the plan, set {}; or write \
         `${{env:…}}` or `${{file:…}}` into the config, and plan again",
        variable(path)
    )
}

/// Warns about variables that changed jobs, and that may change the plan again.
pub(super) fn overriding(env: &BTreeMap<String, String>) -> Option<String> {
    // The variables of services are not part of a plan.
    let is_job = |name: &&String| {
        let name = name.to_ascii_uppercase();
        name.starts_with("RUNNER__JOB") && !name.contains("_SERVICE__")
    };
    let names: Vec<&str> =
        env.keys().filter(|name| name.starts_with("RUNNER__")).filter(is_job).map(String::as_str).collect();
    let (them, they) = if names.len() == 1 { ("it", "it") } else { ("them", "they") };
    (!names.is_empty()).then(|| {
        format!(
            "the plan holds what {} says: unset {them} where you apply the plan, or {they} may change it again",
            names.join(", ")
        )
    })
}

/// Warns about a process that two configs define in different ways.
pub(super) fn differing_process(name: &str) -> String {
    let name = escape_line(name);
    format!("the plan holds only the first of the different processes called {name}: plan their configs one by one")
}

/// Returns the variable that sets a key, and the form of its value if that is a mapping.
fn variable(path: &KeyPath) -> String {
    let fits = |key: &String| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let keys: Vec<&String> = path.keys().iter().take_while(|key| fits(key)).collect();
    let name = keys.iter().map(|key| key.to_ascii_uppercase()).collect::<Vec<_>>().join("__");
    // A key that cannot be part of a variable's name goes into a mapping.
    let rest = path.keys()[keys.len()..].iter().rev().fold(String::new(), |value, key| match value.as_str() {
        "" => format!("{{{key:?}: …}}"),
        value => format!("{{{key:?}: {value}}}"),
    });
    if rest.is_empty() {
        format!("the variable `RUNNER__{name}`")
    } else {
        format!("the variable `RUNNER__{name}` to `{rest}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_a_key_is_a_valid_shell_name() {
        let token = KeyPath::new(&["jobs", "1", "mlflow_service", "tracking_token"]);
        assert_eq!(variable(&token), "the variable `RUNNER__JOBS__1__MLFLOW_SERVICE__TRACKING_TOKEN`");
        let header = KeyPath::new(&["services", "alerts", "channels", "0", "headers", "X-Token"]);
        let expected = "the variable `RUNNER__SERVICES__ALERTS__CHANNELS__0__HEADERS` to `{\"X-Token\": …}`";
        assert_eq!(variable(&header), expected);
    }

    #[test]
    fn only_variables_of_jobs_change_a_plan() {
        let env = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), String::new())).collect();
        let others =
            ["RUNNER__SERVICES__LOGGER__LEVEL", "RUNNER__JOBS__1__MLFLOW_SERVICE__TRACKING_TOKEN", "RUNNER_JOB"];
        assert_eq!(overriding(&env(&others)), None);
        let warning = overriding(&env(&["RUNNER__JOB__VERSION"])).unwrap();
        assert!(warning.starts_with("the plan holds what RUNNER__JOB__VERSION says: unset it"), "{warning}");
    }
}
