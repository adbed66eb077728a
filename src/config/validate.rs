//! Validates a config against the schema in one walk, which interpolates `${…}`, checks each value, and builds the
//! input of the types.
//!
//! A value that does not fit is a fault, and is left out so that the rest can be checked. A mapping with a `KIND` is
//! converted to serde's form `{KIND: {…}}`, in which errors have a path.

use figment::value::Value as Data;

use super::build_jobs::JobBuilder;
use super::diagnostic::{Fault, Location};
use super::job_spec::JobSpec;
use super::key_path::KeyPath;
use super::node::{Map, Node, Value};
use super::source_map::SourceMap;
use super::walk::{Validated, Walk};
use crate::text::nearest;

/// Validates a config and builds its jobs. `name` is the path of the config as the user wrote it.
pub(super) fn validate(sources: &SourceMap<'_>, config: &Node, name: &str) -> (Vec<JobSpec>, Validated) {
    let mut walk = Walk::new(sources);
    let job_count = config.child("jobs").and_then(Node::as_list).map_or(1, <[Node]>::len);
    let Some(config) = config.as_map() else { return (Vec::new(), walk.out) };
    let (mut jobs, mut rest) = (config.clone(), config.clone());
    let is_of_jobs = |key: &String| matches!(key.as_str(), "job" | "jobs");
    jobs.retain(|key, _| is_of_jobs(key));
    rest.retain(|key, _| !is_of_jobs(key));
    walk.out.faults.extend(check_job_or_jobs(&mut jobs, &rest));
    let services = walk.keys(sources.top, &rest).remove("services").and_then(Data::into_dict).unwrap_or_default();
    let mut builder = JobBuilder::new(sources.top, name, services, &mut walk.out);
    builder.specs.reserve_exact(job_count);
    walk.jobs(&jobs, &mut |place, job, found| builder.add(place, job, found));
    (builder.specs, walk.out)
}

/// Checks that a config has either `job` or `jobs`. If it has both, an empty one is dropped.
fn check_job_or_jobs(jobs: &mut Map, rest: &Map) -> Option<Fault> {
    match jobs.len() {
        0 => {
            // A mistyped `job` has its own error with a suggestion.
            let is_near = |key: &String| nearest(key, &["job", "jobs"]).is_some();
            let fault = Fault::new(Location::Within(KeyPath::default()), "the config holds neither `job` nor `jobs`");
            let help =
                "add a job, for instance `job: {KIND: PromotionJob}`; what only goes under other configs is a `--base`";
            (!rest.keys().any(is_near)).then(|| fault.help(help.to_owned()))
        }
        1 => None,
        _ => {
            // Having both keys is one mistake, so errors in an empty value are not reported too.
            jobs.retain(|_, entry| match &entry.node.value {
                Value::Map(job) => !job.is_empty(),
                Value::List(jobs) => !jobs.is_empty(),
                _ => false,
            });
            let fault = Fault::new(Location::Key(KeyPath::new(&["jobs"])), "the config holds both `job` and `jobs`");
            Some(fault.help("keep one of them: put the job into the list".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    use super::super::reader::{Format, read};
    use super::super::schema_node::SchemaNode;
    use super::super::source_map::Origin;

    fn faults(yaml: &str) -> Vec<String> {
        let schema = crate::config::schema();
        let top = SchemaNode::top(&schema);
        let env = BTreeMap::new();
        let mut sources = SourceMap::new(top, &env);
        let source = sources.add("a.yaml".to_owned(), Origin::File);
        let root = read(yaml, Format::Yaml, source).root.unwrap();
        let say = |fault: Fault| {
            let path = fault.location.path().map(ToString::to_string).unwrap_or_default();
            format!("{path}: {} ({})", fault.message, fault.help.unwrap_or_default())
        };
        let (_, found) = validate(&sources, &root, "a.yaml");
        // The jobs of these tests have no name.
        let faults = found.faults.into_shown(|fault| !fault.message.contains("names no registered model"));
        faults.into_iter().map(say).collect()
    }

    #[test]
    fn job_and_jobs_together_are_one_error() {
        for config in ["{job: {KIND: StatusJob}, jobs: []}", "{job: null, jobs: 3}", "{job: {}, jobs: null}"] {
            let both = "jobs: the config holds both `job` and `jobs` (keep one of them: put the job into the list)";
            assert_eq!(faults(config), [both], "{config}");
        }
    }

    #[test]
    fn all_errors_are_reported_together() {
        let yaml = "{job: {KIND: PromotionJob, alais: x, record: 3, alias: [1]}, service: {}, \
                    services: {alerts: {timeout: 0}, mlflow: {http_request_backoff_jitter: .inf}}}";
        assert_eq!(
            faults(yaml),
            [
                "service: a config has no key `service` (did you mean `services`?)",
                "services.alerts.timeout: expected a whole number from 1 to 3600, found 0 ()",
                "services.mlflow.http_request_backoff_jitter: expected a number from 0 to 3600, found inf ()",
                "job.alais: a PromotionJob has no key `alais` (did you mean `alias`?)",
                "job.alias: expected text, found a list ()",
                "job.record: expected true or false, found 3 ()",
            ]
        );
    }

    #[test]
    fn a_kind_is_required_and_must_be_known() {
        let (last, others) = crate::jobs::Job::KINDS.split_last().unwrap();
        let all = format!("expected `{}` or `{last}`", others.join("`, `"));
        assert_eq!(
            faults("job: {alias: x}"),
            [format!(
                "job: `job` needs a `KIND` ({all}; a file that only changes other configs goes under them with `--base`, or over \
             them with `--extras` and `--set`)"
            )]
        );
        assert_eq!(faults("job: {kind: x}"), ["job.kind: `KIND` is written `kind` (write it in upper case)"]);
        assert_eq!(faults("job: {KIND: 3}"), [format!("job.KIND: a `KIND` is text, found 3 ({all})")]);
        let near = "jobs[0].KIND: `PromotonJob` is no known `KIND` (did you mean `PromotionJob`?)";
        assert_eq!(faults("jobs: [{KIND: PromotonJob}]"), [near]);
    }

    #[test]
    fn exactly_one_of_job_and_jobs_is_required() {
        assert!(faults("{services: {}}")[0].contains("neither"));
        assert!(faults("{job: {KIND: PromotionJob}, jobs: [{KIND: PromotionJob}]}")[0].contains("both"));
        assert!(faults("{jobs: []}")[0].contains("empty"));
        assert_eq!(faults("{jobb: {}}").len(), 1);
    }

    #[test]
    fn a_secret_of_the_wrong_type_is_not_repeated() {
        let found = faults("{job: {KIND: PromotionJob}, services: {mlflow: {tracking_token: 12345}}}");
        assert_eq!(
            found,
            ["services.mlflow.tracking_token: expected text, found a number (write the value in quotes)"]
        );
        let found = faults("{job: {KIND: PromotionJob}, services: {mlflow: {tracking_token:hunter2}}}");
        let glued = "`services.mlflow` has no key `tracking_token…`: a colon needs a blank behind it";
        assert_eq!(found, [format!("services.mlflow: {glued} (did you mean `tracking_token`?)")]);
        let found = faults("{job: {KIND: RegistrationJob, source: s, tags: {api_token: 12345}}}");
        assert_eq!(found, ["job.tags.api_token: expected text, found a number (write the value in quotes)"]);
    }
}
