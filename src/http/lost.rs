//! Why a request brought no answer.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use super::proxy::Proxies;
use crate::text::ForeignText;

/// The most that is repeated of what a server says, in characters.
const MAX_QUOTE: usize = 500;

/// What is said of an answer that ends too early.
pub(crate) const CUT_SHORT: &str = "the answer was cut short";

/// What the HTTP client says of an HTTP/2 connection that no longer answers pings, which is no limit of a request.
const NO_PONG: &str = "keep-alive timed out";

/// What the HTTP client says of an answer that does not begin as one.
const NO_HTTP: &str = "invalid HTTP version parsed";

/// What it says of a connection on which something came before anything was asked.
pub(crate) const UNASKED: &str = "received unexpected message from connection";

/// A request without a whole answer.
#[derive(Debug)]
pub(crate) struct Lost {
    /// How far it got.
    pub(crate) stage: Stage,
    /// What happened, without the address.
    pub(crate) reason: String,
}

/// How far a request without an answer got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The server is not the one it claims to be; that does not pass.
    Trusting,
    /// Nothing was sent, or the server says that it looked at nothing of it.
    Connecting,
    /// The server may have done what it was asked.
    Answering,
    /// What came back is not HTTP; that does not pass.
    Babbling,
}

impl Stage {
    /// Returns whether another try may come further.
    pub(crate) const fn may_pass(self) -> bool {
        matches!(self, Self::Connecting | Self::Answering)
    }
}

impl Lost {
    /// Explains an error of the HTTP client.
    pub(crate) fn explain(error: &reqwest::Error, timeout: Duration) -> Self {
        let connecting = error.is_connect();
        if let Some(distrust) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            let reason = format!("its TLS certificate or protocol is not accepted: {distrust}");
            return Self { stage: Stage::Trusting, reason };
        }
        if causes(error).any(|cause| cause.to_string().starts_with(NO_HTTP)) {
            return Self { stage: Stage::Babbling, reason: "it does not speak HTTP; check the port".to_owned() };
        }
        let stage = if connecting || is_untouched(error) { Stage::Connecting } else { Stage::Answering };
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
        let proxy = error.url().filter(|_| connecting).and_then(|to| Proxies::of_process().through(to.as_str()));
        let reason = match proxy {
            // It took the connection, and would not pass it on.
            Some(proxy) if reason.contains("tunnel") || reason.contains("proxy") => format!("{proxy}: {reason}"),
            Some(proxy) => format!("{proxy} cannot be reached: {reason}"),
            None => reason,
        };
        Self { stage, reason }
    }
}

/// Makes what a server says fit for a line: without secrets, then not too long, then with nothing that acts on a line.
pub(crate) fn quote(text: &str) -> String {
    ForeignText::new(text.trim()).cut(MAX_QUOTE).to_string()
}

/// Returns whether an HTTP/2 server says that it did nothing of what it was asked, as one does that stops.
fn is_untouched(error: &reqwest::Error) -> bool {
    let said = causes(error).find_map(|cause| cause.downcast_ref::<h2::Error>()).filter(|said| said.is_remote());
    said.is_some_and(|said| said.is_go_away() || said.reason() == Some(h2::Reason::REFUSED_STREAM))
}

type Cause<'e> = &'e (dyn StdError + 'static);

/// Walks to the root of an error. What an `io::Error` wraps does not count among its sources, and is walked too.
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
    fn what_a_server_says_is_cut_and_cannot_forge_a_line() {
        let said = quote(&format!("a\nb\u{1b}[31m{}", "x".repeat(1000)));
        assert!(said.starts_with("a\\nb\\u{1b}[31mxxx"), "{said}");
        assert!(said.ends_with("x…") && said.len() < 600, "{said}");
    }
}
