//! Errors of the HTTP client: how far a request got, and what happened.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use super::proxy::Proxies;
use crate::text::ForeignText;

/// The longest quote of a server, in characters.
const MAX_QUOTE: usize = 500;

/// The reason for a response that ends too early.
pub(crate) const CUT_SHORT: &str = "the answer was cut short";

/// The HTTP client's error for an HTTP/2 connection that no longer answers pings. It is not a timeout of a request.
const NO_PONG: &str = "keep-alive timed out";

/// The HTTP client's error for a response that is not HTTP.
const NO_HTTP: &str = "invalid HTTP version parsed";

/// The HTTP client's error for a service that speaks first.
pub(crate) const UNASKED: &str = "received unexpected message from connection";

/// An error of a request without a whole response.
#[derive(Debug)]
pub(crate) struct TransportError {
    /// How far the request got.
    pub(crate) stage: Stage,
    /// What happened, without the URL.
    pub(crate) reason: String,
}

/// How far a request without a response got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The TLS handshake failed. Another attempt would fail as well.
    Handshake,
    /// Nothing was sent, or the server says that it processed nothing.
    Connect,
    /// The server may have applied the request.
    Response,
    /// The response is not HTTP. Another attempt would fail as well.
    NotHttp,
}

impl Stage {
    /// Returns whether another attempt may succeed.
    pub(crate) const fn is_retryable(self) -> bool {
        matches!(self, Self::Connect | Self::Response)
    }
}

impl TransportError {
    /// Makes the error of an error of the HTTP client.
    pub(crate) fn new(error: &reqwest::Error, timeout: Duration) -> Self {
        let connecting = error.is_connect();
        if let Some(distrust) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            let reason = format!("its TLS certificate or protocol is not accepted: {distrust}");
            return Self { stage: Stage::Handshake, reason };
        }
        if causes(error).any(|cause| cause.to_string().starts_with(NO_HTTP)) {
            return Self { stage: Stage::NotHttp, reason: "it does not speak HTTP; check the port".to_owned() };
        }
        let stage = if connecting || is_unprocessed(error) { Stage::Connect } else { Stage::Response };
        let seconds = timeout.as_secs_f64();
        let reason = match causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind) {
            _ if causes(error).any(|cause| cause.to_string() == NO_PONG) => "the connection went dead".to_owned(),
            _ if error.is_timeout() && connecting => format!("no connection within {seconds} s"),
            Some(io::ErrorKind::TimedOut) => "the connection timed out".to_owned(),
            _ if error.is_timeout() => format!("no answer within {seconds} s"),
            Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
            Some(io::ErrorKind::UnexpectedEof) => CUT_SHORT.to_owned(),
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => "the connection was reset".to_owned(),
            _ => quote(&causes(error).last().map(ToString::to_string).unwrap_or_default()),
        };
        let proxy = error.url().filter(|_| connecting).and_then(|to| Proxies::from_process().proxy_for(to.as_str()));
        let reason = match proxy {
            // The proxy accepted the connection and refused to pass it on.
            Some(proxy) if reason.contains("tunnel") || reason.contains("proxy") => format!("{proxy}: {reason}"),
            Some(proxy) => format!("{proxy} cannot be reached: {reason}"),
            None => reason,
        };
        Self { stage, reason }
    }
}

/// Quotes a server on one line: without secrets, truncated, and escaped.
pub(crate) fn quote(text: &str) -> String {
    ForeignText::new(text.trim()).cut(MAX_QUOTE).to_string()
}

/// Returns whether an HTTP/2 server says that it processed nothing of the request, as one does that shuts down.
fn is_unprocessed(error: &reqwest::Error) -> bool {
    let reset = causes(error).find_map(|cause| cause.downcast_ref::<h2::Error>()).filter(|reset| reset.is_remote());
    reset.is_some_and(|reset| reset.is_go_away() || reset.reason() == Some(h2::Reason::REFUSED_STREAM))
}

type Cause<'e> = &'e (dyn StdError + 'static);

/// Returns the chain of causes of an error. It includes what an `io::Error` wraps, which `source` skips.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = Cause<'_>> {
    std::iter::successors(error.source(), |&cause| {
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|inner| inner as Cause<'_>).or_else(|| cause.source())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_truncated_and_cannot_forge_a_line() {
        let said = quote(&format!("a\nb\u{1b}[31m{}", "x".repeat(1000)));
        assert!(said.starts_with("a\\nb\\u{1b}[31mxxx"), "{said}");
        assert!(said.ends_with("x…") && said.len() < 600, "{said}");
    }
}
