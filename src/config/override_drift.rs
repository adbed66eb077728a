//! Variables that change a plan where it is applied.

use super::job_path::SERVICES;
use super::node::{Node, Number, Value};
use super::overrides::Setting;

/// Returns whether a config pins one of its jobs as a plan does: to a version, and to where its alias must be.
pub(super) fn is_pinned(config: &Node) -> bool {
    let list = config.child("jobs").and_then(Node::as_list).unwrap_or_default();
    config.child("job").into_iter().chain(list).any(|job| {
        let version = job.child("version").or_else(|| job.child("to")).map(|node| &node.value);
        job.child("expect").is_some() && matches!(version, Some(Value::Number(Number::Unsigned(_))))
    })
}

/// Returns whether a setting is a variable of a job, and not of the services, which a plan leaves to variables.
pub(super) fn is_of_job(setting: &Setting) -> bool {
    let is = |key: &String, name: &str| key.eq_ignore_ascii_case(name);
    let is_service = |key| SERVICES.iter().any(|(_, block)| is(key, block));
    let of_job = setting.keys.first().is_some_and(|key| is(key, "job") || is(key, "jobs"));
    setting.is_variable() && of_job && !setting.keys.iter().any(is_service)
}

/// Returns the warning about variables that change the jobs of a pinned config.
pub(super) fn warning(config: &str, variables: &[String]) -> Option<String> {
    let them = if variables.len() == 1 { "it" } else { "them" };
    let change = if variables.len() == 1 { "changes" } else { "change" };
    (!variables.is_empty()).then(|| {
        format!(
            "{config}: {} {change} a job that is pinned to a version by `expect`, as a plan is: unset {them} to apply it \
             as it is written",
            variables.join(", ")
        )
    })
}
