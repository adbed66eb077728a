//! What one request tells of a connection, whether it was answered or not.

use jiff::Timestamp;

use super::client::Client;
use super::failure::Failure;
use super::look::Look;
use crate::http::{Stage, Validity};
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
    let observation = match failure {
        Failure::NoAnswer { stage: Stage::Trusting, .. } => distrust(&reason, client.distrusted().await),
        Failure::NoAnswer { stage: Stage::Connecting, .. } => server(Health::Unavailable)
            .hint("check that the server runs, the host and the port of the address, and what stands in between"),
        Failure::NoAnswer { stage: Stage::Answering, .. } => server(Health::Unavailable).hint(
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
        Failure::NotMlflow { .. } => {
            server(Health::Failed).hint("check that the address is an MLflow server's, path prefix included")
        }
    };
    vec![observation]
}

fn tls(client: &Client, look: &Look) -> Observation {
    if !client.address.is_https() {
        return Observation::ok(Topic::Tls, "not used");
    }
    let now = Timestamp::now();
    let validity = look.certificate.as_deref().and_then(Validity::of);
    let told = match validity {
        Some(validity) => format!("the certificate {}", validity.told(now)),
        None => "the dates of the certificate cannot be read".to_owned(),
    };
    if client.trusts_anybody {
        let told = format!("{told}; it is not checked (tracking_insecure_tls): whoever answers gets the login");
        return Observation::new(Topic::Tls, Health::Warning, told)
            .hint("point `tracking_server_cert_path` at the PEM file of its authority instead");
    }
    match validity.is_some_and(|validity| validity.ends_soon(now)) {
        true => Observation::new(Topic::Tls, Health::Warning, told).hint("have the server's certificate renewed"),
        false => Observation::ok(Topic::Tls, told),
    }
}

fn distrust(reason: &str, certificate: Option<Vec<u8>>) -> Observation {
    let now = Timestamp::now();
    let validity = certificate.as_deref().and_then(Validity::of);
    let (told, hint) = match validity {
        Some(validity) if validity.is_over(now) || validity.is_ahead(now) => {
            (validity.told(now), "have the server's certificate renewed, or set this machine's clock")
        }
        Some(validity) if reason.contains("not valid for name") => {
            (validity.told(now), "use the host that the certificate is for, or have one made for this host")
        }
        Some(validity) => (
            validity.told(now),
            "point `tracking_server_cert_path` (MLFLOW_TRACKING_SERVER_CERT_PATH) at the PEM file of the authority that \
             signed it",
        ),
        None => ("could not be had".to_owned(), "the server may not speak TLS: try the address with `http://`"),
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
    fn clocks_far_apart_are_told_with_their_direction() {
        assert_eq!(clock(Some(-30)).status, Health::Ok);
        assert_eq!(clock(Some(31)).message, "the server's clock is 31 s ahead of this machine's");
        assert_eq!(clock(Some(-3600)).message, "the server's clock is 3600 s behind this machine's");
        assert_eq!(clock(None).status, Health::Unknown);
    }
}
