//! Requests that got no whole answer, and the ways out.

use std::time::Duration;

use reqwest::StatusCode;

use super::failure::{Failure, Said};
use crate::http::{CUT_SHORT, Lost, Stage, UNASKED};

/// What is said of a proxy between here and the server that wants a login of its own.
pub(super) const PROXY_LOGIN: &str = "the proxy on the way to it demands a login (407); write user and \
                           password before its host in HTTP_PROXY or HTTPS_PROXY, or name the registry's host in NO_PROXY";

/// What is said of a certificate that nobody else signed, as `openssl req -x509` makes them.
const SELF_SIGNED: &str = "its TLS certificate or protocol is not accepted: invalid peer certificate: it is self-signed; \
                           if it is the right server, name that certificate in `tracking_server_cert_path`";

/// What is said of a certificate whose time is over.
const EXPIRED: &str = "its TLS certificate or protocol is not accepted: invalid peer certificate: certificate expired; \
                       have it renewed on the server, or set this machine's clock";

/// What is said where the server ends the handshake.
const REFUSED_CERTIFICATE: &str = "it may be your own certificate that it does not accept, the one in \
                                   `tracking_client_cert_path`";

/// What is said of an answer that is no TLS.
const NO_TLS: &str =
    "the server does not speak TLS there; check the port, or whether its address begins with `http://`";

/// What is said where there is a way out: behind the words that tell the cause, or instead of them.
const WAYS_OUT: [(&str, bool, &str); 11] = [
    ("CertificateRequired", true, "name your own certificate in `tracking_client_cert_path`"),
    ("fatal alert: ProtocolVersion", true, "have the server speak TLS 1.2 or 1.3"),
    ("received fatal alert", true, REFUSED_CERTIFICATE),
    ("InvalidContentType", true, NO_TLS),
    ("CaUsedAsEndEntity", false, SELF_SIGNED),
    ("certificate expired", false, EXPIRED),
    ("certificate not valid yet", true, "set this machine's clock, or have the server's certificate made anew"),
    ("certificate not valid for name", true, "use the host that it is for, or have one made for this host"),
    ("UnknownIssuer", true, "if it is the right server, name its authority in `tracking_server_cert_path`"),
    ("proxy authorization required", false, PROXY_LOGIN),
    (
        "tunnel error: unsuccessful",
        false,
        "the proxy in HTTPS_PROXY refuses to connect to it; have it allowed there, or name \
                                           the registry's host in NO_PROXY",
    ),
];

impl Failure {
    /// Explains an error of the HTTP client.
    pub(super) fn no_answer(error: &reqwest::Error, timeout: Duration) -> Self {
        let Lost { stage, reason } = Lost::explain(error, timeout);
        // A write was sent to whatever it is.
        if stage == Stage::Babbling {
            return Self::garbled(reason);
        }
        let known = WAYS_OUT.iter().find(|(cause, ..)| reason.contains(cause));
        match known {
            Some((_, true, way_out)) => Self::NoAnswer { stage, reason: format!("{reason}; {way_out}") },
            // A proxy says so of a tunnel, too, and will say it again.
            Some((_, false, instead)) if *instead == PROXY_LOGIN => Self::Status {
                status: StatusCode::PROXY_AUTHENTICATION_REQUIRED,
                said: Said::Other(String::new()),
                retry_after: None,
            },
            Some((_, false, instead)) => Self::NoAnswer { stage, reason: (*instead).to_owned() },
            None => Self::NoAnswer { stage, reason },
        }
    }

    /// Returns whether what is there may speak another protocol, which it would say.
    pub(super) fn may_babble(&self) -> bool {
        match self {
            Self::NoAnswer { reason, .. } => reason == UNASKED || reason.contains(NO_TLS),
            Self::NotMlflow { .. } => true,
            _ => false,
        }
    }

    /// Explains what speaks another protocol, by its first line.
    pub(super) fn babble(line: &str) -> Self {
        Self::garbled(format!("it does not speak HTTP, but says {line:?}; check the host and the port"))
    }

    /// Explains a server that takes too long to say anything.
    pub(super) fn late(limit: Duration) -> Self {
        let reason = format!("no answer within {} s", limit.as_secs_f64());
        Self::NoAnswer { stage: Stage::Answering, reason }
    }

    /// Explains an answer that began and does not come to its end.
    pub(super) fn endless(limit: Duration) -> Self {
        let reason = format!("no whole answer within {} s", limit.as_secs_f64());
        Self::NoAnswer { stage: Stage::Answering, reason }
    }

    /// Explains an answer that ends too early.
    pub(super) fn cut_short() -> Self {
        Self::NoAnswer { stage: Stage::Answering, reason: CUT_SHORT.to_owned() }
    }

    /// Explains a request that was not sent, because it could not be signed.
    #[cfg(feature = "sigv4")]
    pub(super) fn unsigned(reason: String) -> Self {
        Self::NoAnswer { stage: Stage::Trusting, reason: format!("the request cannot be signed for AWS: {reason}") }
    }
}
