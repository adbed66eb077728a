//! Inspects one connection.

use std::collections::BTreeMap;
use std::time::Duration;

use super::connections::Target;
use crate::outcome::{Connection, Health, Observation, Topic};
use crate::registry::databricks::Environment;
use crate::registry::rest::{Ignored, Proxies, Surroundings};
use crate::registry::{Questions, trouble};

/// The longest time to wait for one answer, whatever the config says, because a person is waiting.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Inspects a connection and the models that the jobs use there.
pub(super) async fn inspect(target: &Target, databricks: &Environment, env: &BTreeMap<String, String>) -> Connection {
    let surroundings = Surroundings::of(env);
    let place = target.config.login_place(&surroundings);
    let lacks_login = place.is_err();
    let uri = target.config.uri();
    let limit = Duration::from_secs(target.config.http_request_timeout).min(MAX_WAIT);
    let questions = Questions {
        subjects: target.subjects.clone(),
        login_from: place.ok().flatten().map(|place| target.origins.field(&place).map(str::to_owned).unwrap_or(place)),
        limit,
    };
    let mut observations = vec![];
    match target.config.open_briefly(databricks, &surroundings, limit) {
        Ok(registry) => observations.extend(registry.examine(&questions).await),
        Err(error) => {
            let topic = if lacks_login { Topic::Login } else { Topic::Server };
            observations.push(trouble(topic, &error));
        }
    }
    // What the registry reports about a proxy is more specific.
    let known = observations.iter().any(|observation| observation.topic == Topic::Proxy);
    let proxy = proxy(surroundings.proxies(), uri.expose()).filter(|_| !known);
    let given = [address(target)].into_iter().chain(proxy).chain(ignored_logins(target, &surroundings));
    let observations = given.chain(observations).collect();
    Connection { uri: uri.to_string(), configs: target.configs.clone(), observations }
}

fn address(target: &Target) -> Observation {
    let text = match target.config.uri_field() {
        Some(field) => match target.origins.field(field) {
            Some(origin) => format!("from {origin}"),
            None => format!("from `services.mlflow.{field}`"),
        },
        None => "MLflow's own default, because none is given".to_owned(),
    };
    Observation::ok(Topic::Address, text)
}

/// Reports the logins that are given and not used, each with its source.
fn ignored_logins(target: &Target, surroundings: &Surroundings) -> Vec<Observation> {
    let describe = |ignored: Ignored| {
        let from = target.origins.field(&ignored.field).map(|origin| format!(" (from {origin})")).unwrap_or_default();
        let text = format!("{}{from} is ignored: {}", ignored.field, ignored.why);
        Observation::new(Topic::Login, Health::Warning, text)
            .hint("unset it, give it what it lacks, or remove what wins over it, so that nobody takes it for the login that counts")
    };
    target.config.ignored_logins(surroundings).into_iter().map(describe).collect()
}

/// Reports the proxy that requests to an address go through, or would without an exception for the host.
fn proxy(proxies: &Proxies, uri: &str) -> Option<Observation> {
    let proxy = proxies.named(uri)?;
    if let Some(by) = proxies.spared_by(uri) {
        return Some(Observation::ok(Topic::Proxy, format!("{} is set, and {by} names the host", proxy.variable)));
    }
    Some(match proxy.fault {
        Some(fault) => Observation::new(Topic::Proxy, Health::Warning, format!("{} {fault}", proxy.variable)),
        None => Observation::ok(Topic::Proxy, format!("requests go through {proxy}")),
    })
}
