//! What one request shows about a connection, whether it was answered or not.

use jiff::Timestamp;

use super::client::Client;
use super::probe::ProbeResponse;
use super::request_error::RequestError;
use super::session::Session;
use crate::http::{Proxies, Stage, Validity};
use crate::outcome::{Health, Observation, Topic};

/// The largest difference of two clocks that is not reported, in seconds; a `Date` is exact to one.
const CLOCK_TOLERANCE: i64 = 30;

impl Session {
    /// Reports on a connection that works.
    pub fn report_connection(&self, probe: &ProbeResponse) -> Vec<Observation> {
        let latency = probe.latency.as_millis();
        let latency = format!("the first answer came after {latency} ms, the connection made anew");
        vec![report_tls(&self.client, probe), Observation::ok(Topic::Latency, latency), report_clock(probe.clock_ahead)]
    }

    /// Reports on a connection that does not work.
    pub async fn report_failure(&self, error: RequestError) -> Observation {
        let reason = error.reason();
        let server = |health| Observation::new(Topic::Server, health, reason.clone());
        let proxy = Proxies::from_process().proxy_for(self.uri());
        match error {
            RequestError::NoResponse { stage: Stage::Connect, .. } if proxy.is_some() => {
                Observation::new(Topic::Proxy, Health::Unavailable, reason.clone()).hint(format!(
                    "check that the proxy runs and what {} says, or name the host in NO_PROXY",
                    proxy.map(|proxy| proxy.variable).unwrap_or_default()
                ))
            }
            RequestError::NoResponse { stage: Stage::Handshake, .. } => {
                report_distrust(&reason, self.client.untrusted_certificate().await)
            }
            RequestError::NoResponse { stage: Stage::Connect, .. } => server(Health::Unavailable)
                .hint("check that the server runs, the host and the port of the address, and what stands in between"),
            RequestError::NoResponse { stage: Stage::Response | Stage::NotHttp, .. } => server(Health::Unavailable).hint(
                "something takes connections there and gives no answer: look at the server's log, and at its proxy's",
            ),
            RequestError::Status { status, .. } if status.as_u16() == 407 => Observation::new(
                Topic::Proxy,
                Health::Unavailable,
                format!("the proxy asks for a login of its own: {reason}"),
            )
            .hint("write the login into HTTP_PROXY or HTTPS_PROXY, or name the host in NO_PROXY"),
            RequestError::Status { .. } => server(Health::Unavailable)
                .hint("the server, or a proxy before it, is overloaded or broken: look at its log, and try again"),
            RequestError::Unsupported { hint, .. } => server(Health::Failed).hint(hint),
            RequestError::SignIn { .. } => {
                let message = format!("people are to sign in before the server is reached: {reason}");
                Observation::new(Topic::Login, Health::Unavailable, message)
                    .hint("have it let a token pass, and set that as MLFLOW_TRACKING_TOKEN, or use an address behind it")
            }
            RequestError::Redirected { .. } | RequestError::NotMlflow { .. } => {
                server(Health::Failed).hint("check that the address is an MLflow server's, path prefix included")
            }
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

fn report_distrust(reason: &str, certificate: Option<Vec<u8>>) -> Observation {
    let now = Timestamp::now();
    let validity = certificate.as_deref().and_then(Validity::from_der);
    let validity_text = validity.map_or_else(|| "could not be had".to_owned(), |validity| validity.describe(now));
    let hint = match validity {
        _ if reason.contains("tracking_client_cert_path") => {
            "point `tracking_client_cert_path` (MLFLOW_TRACKING_CLIENT_CERT_PATH) at a PEM file with a certificate that \
             the server accepts, and its key"
        }
        _ if reason.contains("received fatal alert") => "look at the server's log: it ended the handshake",
        _ if reason.contains("InvalidContentType") => "check the port, or write the address with `http://`",
        Some(validity) if validity.has_expired(now) || validity.is_not_yet_valid(now) => {
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
    Observation::new(Topic::Tls, Health::Unavailable, format!("{reason}; the certificate {validity_text}")).hint(hint)
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
