//! What one request shows about a connection, whether it was answered or not.

use jiff::Timestamp;

use super::client::Client;
use super::error_mapping::{SIGN_IN, proxy_login};
use super::peer::Peer;
use super::probe::ProbeResponse;
use super::request_error::RequestError;
use super::session::Session;
use crate::http::{Stage, TransportError, Validity};
use crate::outcome::{Failure, Health, Observation, Topic};

/// The largest difference of two clocks that is not reported, in seconds; a `Date` is exact to one.
const CLOCK_TOLERANCE: i64 = 30;

impl Session {
    /// Reports on a connection that works.
    pub fn report_connection(&self, probe: &ProbeResponse) -> Vec<Observation> {
        let latency = probe.latency.as_millis();
        let latency = format!("the first answer came after {latency} ms, with a new connection");
        vec![report_tls(&self.client, probe), Observation::ok(Topic::Latency, latency), report_clock(probe.clock_ahead)]
    }

    /// Reports on a connection that does not work.
    pub async fn report_failure(&self, error: RequestError) -> Observation {
        let (peer, reason) = (self.peer(), error.reason());
        let server = |health| Observation::new(Topic::Server, health, reason.clone());
        match error {
            RequestError::NoResponse(TransportError { stage: Stage::Handshake, .. }) => {
                report_distrust(&error, peer, self.client.untrusted_certificate().await)
            }
            RequestError::NoResponse(ref lost) => {
                let topic = if lost.proxy.is_some() { Topic::Proxy } else { Topic::Server };
                Observation::new(topic, Health::Unavailable, reason).hint(peer.fault_hint(lost))
            }
            RequestError::Status { status, .. } if status.as_u16() == 407 => {
                let Failure { message, hint, .. } = Failure::from(&proxy_login(peer));
                Observation { topic: Topic::Proxy, status: Health::Unavailable, message, hint }
            }
            RequestError::Status { status, .. } => server(Health::Unavailable).hint(peer.status_hint(status.as_u16())),
            RequestError::Unsupported { hint, .. } => server(Health::Failed).hint(hint),
            RequestError::SignIn { .. } => {
                let message = format!("people are to sign in before the server is reached: {reason}");
                Observation::new(Topic::Login, Health::Unavailable, message).hint(SIGN_IN)
            }
            RequestError::Redirected { ref target, .. } => {
                server(Health::Failed).hint(format!("if the server is at {target}, write that in {}", peer.address()))
            }
            RequestError::NotMlflow { mistake, .. } => server(Health::Failed).hint(peer.mistake_hint(mistake)),
            RequestError::NoToken(_) => server(Health::Failed),
        }
    }
}

fn report_tls(client: &Client, probe: &ProbeResponse) -> Observation {
    match client.url.is_https() {
        true => report_certificate(probe.certificate.as_deref().and_then(Validity::from_der), client.trusts_anybody),
        false => Observation::ok(Topic::Tls, "not used"),
    }
}

/// Reports on a certificate that is trusted. The HTTP client shows none that came through a proxy.
fn report_certificate(validity: Option<Validity>, trusts_anybody: bool) -> Observation {
    let now = Timestamp::now();
    let message = validity.map_or_else(
        || "until when the certificate holds cannot be seen, as behind a proxy".to_owned(),
        |validity| format!("the certificate {}", validity.describe(now)),
    );
    if trusts_anybody {
        let message = format!("{message}; it is not checked (tracking_insecure_tls): whoever answers gets the login");
        return Observation::new(Topic::Tls, Health::Warning, message)
            .hint("point `tracking_server_cert_path` at the PEM file of its authority instead");
    }
    match validity {
        Some(validity) if validity.ends_soon(now) => {
            Observation::new(Topic::Tls, Health::Warning, message).hint("have the server's certificate renewed")
        }
        Some(_) => Observation::ok(Topic::Tls, message),
        None => Observation::new(Topic::Tls, Health::Unknown, message),
    }
}

fn report_distrust(error: &RequestError, peer: &Peer, certificate: Option<Vec<u8>>) -> Observation {
    let (now, reason) = (Timestamp::now(), error.reason());
    let validity = certificate.as_deref().and_then(Validity::from_der);
    let validity = validity.map_or_else(|| "could not be had".to_owned(), |validity| validity.describe(now));
    let observation =
        Observation::new(Topic::Tls, Health::Unavailable, format!("{reason}; the certificate {validity}"));
    match error {
        RequestError::NoResponse(lost) => observation.hint(peer.fault_hint(lost)),
        _ => observation,
    }
}

fn report_clock(ahead: Option<i64>) -> Observation {
    let Some(ahead) = ahead else {
        return Observation::new(Topic::Clock, Health::Unknown, "the server does not say what time it is");
    };
    if ahead.abs() <= CLOCK_TOLERANCE {
        return Observation::ok(Topic::Clock, "both clocks agree");
    }
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let message = format!("the server's clock is {} s {direction} this machine's", ahead.abs());
    Observation::new(Topic::Clock, Health::Warning, message)
        .hint("set the clock that is wrong: certificates, tokens and ages are judged by it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_not_seen_is_not_reported_as_valid() {
        assert_eq!(report_certificate(None, false).status, Health::Unknown);
        assert_eq!(report_certificate(None, true).status, Health::Warning);
    }

    #[test]
    fn clocks_that_differ_are_reported_with_the_direction() {
        assert_eq!(report_clock(Some(-30)).status, Health::Ok);
        assert_eq!(report_clock(Some(31)).message, "the server's clock is 31 s ahead of this machine's");
        assert_eq!(report_clock(Some(-3600)).message, "the server's clock is 3600 s behind this machine's");
        assert_eq!(report_clock(None).status, Health::Unknown);
    }
}
