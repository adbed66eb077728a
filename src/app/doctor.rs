//! `--doctor`: inspects every registry. It writes nothing, runs no job and notifies nobody.

use std::collections::BTreeMap;
use std::time::Duration;

use super::output::{print, print_document};
use crate::cli::Output;
use crate::config::JobSpec;
use crate::exit::Exit;
use crate::http::Proxies;
use crate::jobs::Resource;
use crate::outcome::{Connection, Diagnosis, Health, Observation, Topic};
use crate::registry::{DiagnosisRequest, HostEnvironment, IgnoredLogin, ModelSubject, observe_error};
use crate::report;
use crate::services::{MlflowConfig, ProcessConfig};
use crate::writer::Streams;

/// The longest time to wait for one answer, whatever the config says, because a person is waiting.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Inspects each distinct connection of the jobs and prints the findings.
pub(super) async fn run(specs: &[JobSpec], env: &BTreeMap<String, String>, output: Output, streams: &Streams) -> Exit {
    let mut connections = vec![];
    for target in distinct_connections(specs) {
        connections.push(inspect(&target, env).await);
    }
    let exit = Exit::from_connections(&connections);
    let diagnosis = Diagnosis { status: exit.status(), exit_code: exit.code(), connections };
    match output {
        Output::Json => print_document(exit, &report::json(&diagnosis), streams),
        Output::Text | Output::Yaml => print(exit, &report::diagnosis(&diagnosis), streams),
    }
}

/// A connection and what the jobs do there.
struct Target {
    config: MlflowConfig,
    /// Where its fields come from, in the first config that uses it.
    origins: BTreeMap<String, String>,
    /// The configs whose jobs use it.
    configs: Vec<String>,
    subjects: Vec<ModelSubject>,
    /// The processes of these configs that no earlier connection has.
    processes: Vec<ProcessConfig>,
    /// The name of the process that serves it.
    server: Option<String>,
}

/// Returns the distinct connections of the jobs, in their order.
fn distinct_connections(specs: &[JobSpec]) -> Vec<Target> {
    let mut found: Vec<Target> = vec![];
    for spec in specs {
        // Jobs on different models share a connection.
        let config = spec.services.mlflow.connection();
        let at = found.iter().position(|target| target.config == config).unwrap_or_else(|| {
            let origins = spec.provenance.as_ref().map(|provenance| provenance.origins.clone()).unwrap_or_default();
            let server = spec.services.registry_process().map(|process| process.name.clone());
            found.push(Target { config, origins, configs: vec![], subjects: vec![], processes: vec![], server });
            found.len() - 1
        });
        for process in &spec.services.processes {
            if !found.iter().any(|target| target.processes.contains(process)) {
                found[at].processes.push(process.clone());
            }
        }
        found[at].add(spec);
    }
    found
}

impl Target {
    fn add(&mut self, spec: &JobSpec) {
        if self.configs.last() != Some(&spec.config) && !self.configs.contains(&spec.config) {
            self.configs.push(spec.config.clone());
        }
        let outline = spec.job.outline();
        let Some(Ok(name)) = outline.name.map(|name| name.parse()) else { return };
        let at = self.subjects.iter().position(|subject| subject.name == name).unwrap_or_else(|| {
            self.subjects.push(ModelSubject { name, aliases: vec![], is_made: false, is_written: false });
            self.subjects.len() - 1
        });
        let subject = &mut self.subjects[at];
        let alias = outline.alias.and_then(|alias| alias.parse().ok());
        subject.aliases.extend(alias.filter(|alias| !subject.aliases.contains(alias)));
        let makes_versions = |resource: &Resource| *resource == Resource::Versions(subject.name.clone());
        subject.is_made |= spec.job.accesses().iter().any(|access| access.writes && makes_versions(&access.resource));
        subject.is_written |= !spec.job.only_reads();
    }
}

/// Inspects a connection and the models that the jobs use there.
async fn inspect(target: &Target, env: &BTreeMap<String, String>) -> Connection {
    let environment = HostEnvironment::from_variables(env);
    let origin = target.config.login_origin(&environment);
    let lacks_login = origin.is_err();
    let uri = target.config.uri();
    let limit = Duration::from_secs(target.config.http_request_timeout).min(MAX_WAIT);
    let request = DiagnosisRequest {
        subjects: target.subjects.clone(),
        login_origin: origin.ok().flatten().map(|field| target.origins.get(&field).cloned().unwrap_or(field)),
        limit,
    };
    let mut observations: Vec<Observation> = target.processes.iter().map(ProcessConfig::inspect).collect();
    match target.config.open_for_diagnosis(&environment, limit) {
        _ if target.server.is_some() => observations.extend(target.server.as_deref().map(not_started)),
        Ok(registry) => observations.extend(registry.diagnose(&request).await),
        Err(error) => {
            let topic = if lacks_login { Topic::Login } else { Topic::Server };
            observations.push(observe_error(topic, &error));
        }
    }
    // What the registry reports about a proxy is more specific.
    let known = observations.iter().any(|observation| observation.topic == Topic::Proxy);
    let proxy = proxy(environment.proxies(), uri.expose()).filter(|_| !known);
    let given = [address(target)].into_iter().chain(proxy).chain(ignored_logins(target, &environment));
    let observations = given.chain(observations).collect();
    Connection { uri: uri.to_string(), configs: target.configs.clone(), observations }
}

/// Reports a registry that only a run can ask.
fn not_started(process: &str) -> Observation {
    let text = format!("the process {process} serves it, which is not started for this");
    Observation::new(Topic::Server, Health::Unknown, text)
        .hint(format!("to look at it, start what the process {process} runs yourself, and leave the process out"))
}

fn address(target: &Target) -> Observation {
    let text = match target.config.uri_field() {
        Some(field) => match target.origins.get(field) {
            Some(origin) => format!("from {origin}"),
            None => format!("from `services.mlflow.{field}`"),
        },
        None => "MLflow's own default, because none is given".to_owned(),
    };
    Observation::ok(Topic::Address, text)
}

/// Reports the logins that are given and not used, each with its source.
fn ignored_logins(target: &Target, environment: &HostEnvironment) -> Vec<Observation> {
    let describe = |ignored: IgnoredLogin| {
        let from = target.origins.get(&ignored.field).map(|origin| format!(" (from {origin})")).unwrap_or_default();
        let text = format!("{}{from} is ignored: {}", ignored.field, ignored.reason);
        Observation::new(Topic::Login, Health::Warning, text)
            .hint("unset it, give it what it lacks, or remove what wins over it, so that nobody takes it for the login that counts")
    };
    target.config.ignored_logins(environment).into_iter().map(describe).collect()
}

/// Reports the proxy that requests to an address go through, or would without an exception for the host.
fn proxy(proxies: &Proxies, uri: &str) -> Option<Observation> {
    let proxy = proxies.proxy_for_scheme(uri)?;
    if let Some(by) = proxies.bypassed_by(uri) {
        return Some(Observation::ok(Topic::Proxy, format!("{} is set, and {by} names the host", proxy.variable)));
    }
    Some(match proxy.fault {
        Some(fault) => Observation::new(Topic::Proxy, Health::Warning, format!("{} {fault}", proxy.variable)),
        None => Observation::ok(Topic::Proxy, format!("requests go through {proxy}")),
    })
}
