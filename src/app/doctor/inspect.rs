//! Inspects one connection.

use std::collections::BTreeMap;
use std::time::Duration;

use super::connections::Target;
use crate::http::Proxies;
use crate::outcome::{Connection, Health, Observation, Topic};
use crate::registry::{DiagnosisRequest, HostEnvironment, IgnoredLogin, observe_error};

/// The longest time to wait for one answer, whatever the config says, because a person is waiting.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Inspects a connection and the models that the jobs use there.
pub(super) async fn inspect(target: &Target, env: &BTreeMap<String, String>) -> Connection {
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
    let mut observations = vec![];
    match target.config.open_for_diagnosis(&environment, limit) {
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
