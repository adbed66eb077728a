//! What one request tells of a connection, whether it was answered or not.

use jiff::Timestamp;

use super::client::Client;
use super::failure::Failure;
use super::look::Look;
use crate::http::{Proxies, Stage, Validity};
use crate::outcome::{Health, Observation, Topic};

/// How many seconds two clocks may be apart before it is worth a word; a `Date` is exact to one.
const APART: i64 = 30;

/// Tells of a connection that works.
pub(in crate::registry) fn seen(client: &Client, look: &Look) -> Vec<Observation> {
    let latency = format!("the first answer came after {} ms, the connection made anew", look.latency.as_millis());
    vec![tls(client, look), Observation::ok(Topic::Latency, latency), clock(look.ahead)]
}

/// Tells of a connection that does not.
pub(in crate::registry) async fn lost(client: &Client, failure: Failure) -> Vec<Observation> {
    let reason = failure.reason();
    let server = |status| Observation::new(Topic::Server, status, reason.clone());
    let proxy = Proxies::of_process().through(client.uri());
    let observation = match failure {
        Failure::NoAnswer { stage: Stage::Connecting, .. } if proxy.is_some() => {
            Observation::new(Topic::Proxy, Health::Unavailable, reason.clone()).hint(format!(
                "check that the proxy runs and what {} says, or name the host in NO_PROXY",
                proxy.map(|proxy| proxy.variable).unwrap_or_default()
            ))
        }
        Failure::NoAnswer { stage: Stage::Trusting, .. } => distrust(&reason, client.distrusted().await),
        Failure::NoAnswer { stage: Stage::Connecting, .. } => server(Health::Unavailable)
            .hint("check that the server runs, the host and the port of the address, and what stands in between"),
        Failure::NoAnswer { stage: Stage::Answering | Stage::Babbling, .. } => server(Health::Unavailable).hint(
            "something takes connections there and gives no answer: look at the server's log, and at its proxy's",
        ),
        Failure::Status { status, .. } if status.as_u16() == 407 => Observation::new(
            Topic::Proxy,
            Health::Unavailable,
            format!("the proxy asks for a login of its own: {reason}"),
        )
        .hint("write the login into HTTP_PROXY or HTTPS_PROXY, or name the host in NO_PROXY"),
        Failure::Status { .. } => server(Health::Unavailable)
            .hint("the server, or a proxy before it, is overloaded or broken: look at its log, and try again"),
        Failure::Unsupported { hint, .. } => server(Health::Failed).hint(hint),
        Failure::SignIn { .. } => {
            let told = format!("people are to sign in before the server is reached: {reason}");
            Observation::new(Topic::Login, Health::Unavailable, told)
                .hint("have it let a token pass, and set that as MLFLOW_TRACKING_TOKEN, or use an address behind it")
        }
        Failure::Moved { .. } | Failure::NotMlflow { .. } => {
            server(Health::Failed).hint("check that the address is an MLflow server's, path prefix included")
        }
    };
    vec![observation]
}

fn tls(client: &Client, look: &Look) -> Observation {
    match client.address.is_https() {
        true => trusted(look.certificate.as_deref().and_then(Validity::of), client.trusts_anybody),
        false => Observation::ok(Topic::Tls, "not used"),
    }
}

/// Tells of a certificate that is trusted; the HTTP client shows none that came through a proxy.
fn trusted(validity: Option<Validity>, trusts_anybody: bool) -> Observation {
    let now = Timestamp::now();
    let told = validity.map_or_else(
        || "until when the certificate holds cannot be seen, as behind a proxy".to_owned(),
        |validity| format!("the certificate {}", validity.told(now)),
    );
    if trusts_anybody {
        let told = format!("{told}; it is not checked (tracking_insecure_tls): whoever answers gets the login");
        return Observation::new(Topic::Tls, Health::Warning, told)
            .hint("point `tracking_server_cert_path` at the PEM file of its authority instead");
    }
    match validity {
        Some(validity) if validity.ends_soon(now) => {
            Observation::new(Topic::Tls, Health::Warning, told).hint("have the server's certificate renewed")
        }
        Some(_) => Observation::ok(Topic::Tls, told),
        None => Observation::new(Topic::Tls, Health::Unknown, told),
    }
}

fn distrust(reason: &str, certificate: Option<Vec<u8>>) -> Observation {
    let now = Timestamp::now();
    let validity = certificate.as_deref().and_then(Validity::of);
    let told = validity.map_or_else(|| "could not be had".to_owned(), |validity| validity.told(now));
    let hint = match validity {
        _ if reason.contains("tracking_client_cert_path") => {
            "point `tracking_client_cert_path` (MLFLOW_TRACKING_CLIENT_CERT_PATH) at a PEM file with a certificate that \
             the server accepts, and its key"
        }
        _ if reason.contains("received fatal alert") => "look at the server's log: it ended the handshake",
        _ if reason.contains("InvalidContentType") => "check the port, or write the address with `http://`",
        Some(validity) if validity.is_over(now) || validity.is_ahead(now) => {
            "have the server's certificate renewed, or set this machine's clock"
        }
        _ if reason.contains("not valid for name") => {
            "use the host that the certificate is for, or have one made for this host"
        }
        _ => {
            "point `tracking_server_cert_path` (MLFLOW_TRACKING_SERVER_CERT_PATH) at the PEM file of the authority that \
             signed it"
        }
    };
    Observation::new(Topic::Tls, Health::Unavailable, format!("{reason}; the certificate {told}")).hint(hint)
}

fn clock(ahead: Option<i64>) -> Observation {
    let Some(ahead) = ahead else {
        return Observation::new(Topic::Clock, Health::Unknown, "the server does not say what time it is");
    };
    if ahead.abs() <= APART {
        return Observation::ok(Topic::Clock, "both clocks agree");
    }
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let told = format!("the server's clock is {} s {direction} this machine's", ahead.abs());
    Observation::new(Topic::Clock, Health::Warning, told)
        .hint("set the clock that is wrong: certificates, tokens and ages are judged by it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_not_seen_is_not_taken_for_one_that_holds() {
        assert_eq!(trusted(None, false).status, Health::Unknown);
        assert_eq!(trusted(None, true).status, Health::Warning);
    }

    #[test]
    fn clocks_far_apart_are_told_with_their_direction() {
        assert_eq!(clock(Some(-30)).status, Health::Ok);
        assert_eq!(clock(Some(31)).message, "the server's clock is 31 s ahead of this machine's");
        assert_eq!(clock(Some(-3600)).message, "the server's clock is 3600 s behind this machine's");
        assert_eq!(clock(None).status, Health::Unknown);
    }
}
