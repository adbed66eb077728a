//! A look at one connection.

use std::collections::BTreeMap;
use std::time::Duration;

use super::asked::Asked;
use crate::outcome::{Connection, Health, Observation, Topic};
use crate::registry::databricks::Environment;
use crate::registry::rest::{Ignored, Proxies, Surroundings};
use crate::registry::{Questions, trouble};

/// The longest that one answer is waited for, whatever a config says: somebody sits there and waits too.
const LONGEST: Duration = Duration::from_secs(5);

/// Looks at a connection and at the models that jobs want there.
pub(super) async fn at(asked: &Asked, databricks: &Environment, env: &BTreeMap<String, String>) -> Connection {
    let surroundings = Surroundings::of(env);
    let place = asked.config.login_place(&surroundings);
    let lacks_login = place.is_err();
    let uri = asked.config.uri();
    let limit = Duration::from_secs(asked.config.http_request_timeout).min(LONGEST);
    let questions = Questions {
        subjects: asked.subjects.clone(),
        login_from: place.ok().flatten().map(|place| asked.origins.field(&place).map(str::to_owned).unwrap_or(place)),
        limit,
    };
    let mut observations = vec![];
    match asked.config.open_briefly(databricks, &surroundings, limit) {
        Ok(registry) => observations.extend(registry.examine(&questions).await),
        Err(error) => {
            let topic = if lacks_login { Topic::Login } else { Topic::Server };
            observations.push(trouble(topic, &error));
        }
    }
    // What the connection tells of a proxy is more than that there is one.
    let seen = observations.iter().any(|seen| seen.topic == Topic::Proxy);
    let proxy = proxy(surroundings.proxies(), uri.expose()).filter(|_| !seen);
    let given = [address(asked)].into_iter().chain(proxy).chain(ignored(asked, &surroundings));
    let observations = given.chain(observations).collect();
    Connection { uri: uri.to_string(), configs: asked.configs.clone(), observations }
}

fn address(asked: &Asked) -> Observation {
    let told = match asked.config.uri_field() {
        Some(field) => match asked.origins.field(field) {
            Some(origin) => format!("from {origin}"),
            None => format!("from `services.mlflow.{field}`"),
        },
        None => "MLflow's own default, because none is given".to_owned(),
    };
    Observation::ok(Topic::Address, told)
}

/// Tells of the logins that are given and not used, each with its place.
fn ignored(asked: &Asked, surroundings: &Surroundings) -> Vec<Observation> {
    let told = |ignored: Ignored| {
        let from = asked.origins.field(&ignored.field).map(|origin| format!(" (from {origin})")).unwrap_or_default();
        let told = format!("{}{from} is ignored: {}", ignored.field, ignored.why);
        Observation::new(Topic::Login, Health::Warning, told)
            .hint("unset it, give it what it lacks, or remove what wins over it, so that nobody takes it for the login that counts")
    };
    asked.config.ignored_logins(surroundings).into_iter().map(told).collect()
}

/// Tells of the proxy that requests to an address go through, or would.
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
