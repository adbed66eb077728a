//! A look at one connection.

use std::collections::BTreeMap;
use std::time::Duration;

use super::asked::Asked;
use crate::http::Proxies;
use crate::outcome::{Connection, Health, Observation, Topic};
use crate::registry::{DiagnosisRequest, HostEnvironment, IgnoredLogin, observe_error};

/// The longest that one answer is waited for, whatever a config says: somebody sits there and waits too.
const LONGEST: Duration = Duration::from_secs(5);

/// Looks at a connection and at the models that jobs want there.
pub(super) async fn at(asked: &Asked, env: &BTreeMap<String, String>) -> Connection {
    let environment = HostEnvironment::from_variables(env);
    let place = asked.config.login_origin(&environment);
    let lacks_login = place.is_err();
    let uri = asked.config.uri();
    let limit = Duration::from_secs(asked.config.http_request_timeout).min(LONGEST);
    let wanted = DiagnosisRequest {
        subjects: asked.subjects.clone(),
        login_origin: place.ok().flatten().map(|place| asked.origins.of(&place).map(str::to_owned).unwrap_or(place)),
        limit,
    };
    let mut observations = vec![];
    match asked.config.open_for_diagnosis(&environment, limit) {
        Ok(registry) => observations.extend(registry.diagnose(&wanted).await),
        Err(error) => {
            let topic = if lacks_login { Topic::Login } else { Topic::Server };
            observations.push(observe_error(topic, &error));
        }
    }
    // What the connection tells of a proxy is more than that there is one.
    let seen = observations.iter().any(|seen| seen.topic == Topic::Proxy);
    let proxy = proxy(environment.proxies(), uri.expose()).filter(|_| !seen);
    let given = [address(asked)].into_iter().chain(proxy).chain(ignored(asked, &environment));
    let observations = given.chain(observations).collect();
    Connection { uri: uri.to_string(), configs: asked.configs.clone(), observations }
}

fn address(asked: &Asked) -> Observation {
    let told = match asked.config.uri_field() {
        Some(field) => match asked.origins.of(field) {
            Some(origin) => format!("from {origin}"),
            None => format!("from `services.mlflow.{field}`"),
        },
        None => "MLflow's own default, because none is given".to_owned(),
    };
    Observation::ok(Topic::Address, told)
}

/// Tells of the logins that are given and not used, each with its place.
fn ignored(asked: &Asked, environment: &HostEnvironment) -> Vec<Observation> {
    let told = |ignored: IgnoredLogin| {
        let from = asked.origins.of(&ignored.field).map(|origin| format!(" (from {origin})")).unwrap_or_default();
        let told = format!("{}{from} is ignored: {}", ignored.field, ignored.reason);
        Observation::new(Topic::Login, Health::Warning, told)
            .hint("unset it, give it what it lacks, or remove what wins over it, so that nobody takes it for the login that counts")
    };
    asked.config.ignored_logins(environment).into_iter().map(told).collect()
}

/// Tells of the proxy that requests to an address go through, or would.
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
