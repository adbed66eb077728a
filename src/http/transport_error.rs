//! Errors of the HTTP client: how far a request got, and what happened.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use super::fault::Fault;
use super::proxy::{Proxies, Proxy};
use crate::text::ForeignText;

/// The longest quote of a server, in characters.
const MAX_QUOTE: usize = 500;

/// The HTTP client's error for an HTTP/2 connection that no longer answers pings. It is not a timeout of a request.
const NO_PONG: &str = "keep-alive timed out";

/// What the HTTP client says about a response that is not HTTP: its first line is none, or its headers are not.
const NO_HTTP: [&str; 3] =
    ["invalid HTTP version parsed", "invalid HTTP status-code parsed", "invalid HTTP header parsed"];

/// The HTTP client's error for a service that speaks first.
const UNASKED: &str = "received unexpected message from connection";

/// What the HTTP client says about a host without an address.
const NO_ADDRESS: &str = "dns error";

/// What the HTTP client says about a proxy that wants a login, and about one that refuses to connect.
const PROXY_LOGIN: &str = "tunnel error: proxy authorization required";
const PROXY_REFUSED: &str = "tunnel error: unsuccessful";

/// An error of a request without a whole response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransportError {
    /// How far the request got.
    pub(crate) stage: Stage,
    /// What happened, without the URL.
    pub(crate) fault: Fault,
    /// The proxy that it happened at; none if it was the server, or something that nobody knows of.
    pub(crate) proxy: Option<&'static Proxy>,
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
        let said = |text: &str| causes(error).any(|cause| cause.to_string().starts_with(text));
        if let Some(distrust) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            return Self { stage: Stage::Handshake, fault: Fault::tls(distrust.to_string()), proxy: None };
        }
        if NO_HTTP.into_iter().any(said) {
            return Self { stage: Stage::NotHttp, fault: Fault::NotHttp, proxy: None };
        }
        let stage = if connecting || is_unprocessed(error) { Stage::Connect } else { Stage::Response };
        let last = || quote(&causes(error).last().map(ToString::to_string).unwrap_or_default());
        let fault = match causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind) {
            _ if said(NO_PONG) => Fault::Dead,
            _ if said(UNASKED) => Fault::Unasked,
            _ if said(PROXY_LOGIN) => Fault::ProxyLogin,
            _ if said(PROXY_REFUSED) => Fault::ProxyRefused,
            _ if said(NO_ADDRESS) => Fault::UnknownHost(last()),
            _ if error.is_timeout() && connecting => Fault::NoConnection(timeout),
            Some(io::ErrorKind::TimedOut) => Fault::TimedOut,
            _ if error.is_timeout() => Fault::NoAnswer(timeout),
            Some(io::ErrorKind::ConnectionRefused) => Fault::Refused,
            Some(io::ErrorKind::UnexpectedEof) => Fault::CutShort,
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => Fault::Reset,
            _ => Fault::Other(last()),
        };
        let proxy = error.url().filter(|_| connecting).and_then(|to| Proxies::from_process().proxy_for(to.as_str()));
        Self { stage, fault, proxy }
    }

    /// Makes the error of a response that is missing, or not whole.
    pub(crate) const fn incomplete(fault: Fault) -> Self {
        Self { stage: Stage::Response, fault, proxy: None }
    }
}

/// Formats what happened, to follow a colon.
impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.proxy {
            Some(proxy) => write!(f, "{proxy} {}", self.fault.predicate()),
            None => self.fault.fmt(f),
        }
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
