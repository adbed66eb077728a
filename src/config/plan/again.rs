//! What would change a plan again where it is applied.

use figment::value::{Dict, Value};

use crate::config::jobs::SERVICES;
use crate::config::overrides::Setting;

/// Returns whether a config says of one of its jobs as exactly as a plan what it does: the version, and where its alias
/// must be.
pub(in crate::config) fn is_pinned(config: &Dict) -> bool {
    let list = config.get("jobs").and_then(Value::as_array).unwrap_or_default();
    config.get("job").into_iter().chain(list).filter_map(Value::as_dict).any(|job| {
        let version = job.get("version").or_else(|| job.get("to"));
        job.contains_key("expect") && version.is_some_and(|version| version.to_u128().is_some())
    })
}

/// Returns whether a variable is of a job, and none of the services that a plan leaves to variables.
pub(in crate::config) fn is_of_job(setting: &Setting) -> bool {
    let is = |key: &String, name: &str| key.eq_ignore_ascii_case(name);
    let is_service = |key| SERVICES.iter().any(|(_, block)| is(key, block));
    let of_job = setting.keys.first().is_some_and(|key| is(key, "job") || is(key, "jobs"));
    setting.is_variable() && of_job && !setting.keys.iter().any(is_service)
}

/// Returns whether the jobs of two configs differ.
pub(in crate::config) fn differ(one: &Value, other: &Value) -> bool {
    // A variable gives a number as a text where the field takes both.
    let plain = |config: &Value, key: &str| Some(serde_json::to_string(config.find_ref(key)?).ok()?.replace('"', ""));
    ["job", "jobs"].iter().any(|key| plain(one, key) != plain(other, key))
}

/// Says which variables change the jobs of a config that does exactly what it says.
pub(in crate::config) fn warning(config: &str, variables: &[String]) -> Option<String> {
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
