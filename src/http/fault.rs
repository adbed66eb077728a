//! What kept a request from a whole response, as a noun ("connection refused") and as a verb ("refused the connection").

use std::fmt;
use std::time::Duration;

/// What happened to a request that got no whole response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection was refused.
    Refused,
    /// There was no connection in time.
    NoConnection(Duration),
    /// There was no response in time.
    NoAnswer(Duration),
    /// The response began, and did not end in time.
    NoWholeAnswer(Duration),
    /// The operating system gave the connection up.
    TimedOut,
    /// An HTTP/2 connection no longer answers pings.
    Dead,
    /// The response ended too early.
    CutShort,
    /// The connection was reset.
    Reset,
    /// The service sent something before it was asked.
    Unasked,
    /// The host has no address; with what the resolver says.
    UnknownHost(String),
    /// The TLS handshake failed.
    Tls(TlsFault, String),
    /// The response is not HTTP.
    NotHttp,
    /// A proxy wants a login before it connects.
    ProxyLogin,
    /// A proxy refuses to connect to the host.
    ProxyRefused,
    /// The request was not sent, because it cannot be signed; with why.
    #[cfg(feature = "sigv4")]
    Unsigned(String),
    /// Anything else, in the words of the HTTP client.
    Other(String),
}

/// Why a TLS handshake failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TlsFault {
    /// The server wants a certificate of the client.
    ClientCertificate,
    /// The server has no version of TLS that this program has.
    Version,
    /// The server ended the handshake.
    Alert,
    /// The server does not speak TLS.
    NotTls,
    /// Nobody else signed the certificate, as `openssl req -x509` makes them.
    SelfSigned,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for another host.
    OtherHost,
    /// No known authority signed the certificate.
    UnknownAuthority,
    /// Anything else.
    Other,
}

/// What the text of each fault of a handshake contains; the first counts.
const TLS_FAULTS: [(&str, TlsFault); 9] = [
    ("CertificateRequired", TlsFault::ClientCertificate),
    ("fatal alert: ProtocolVersion", TlsFault::Version),
    ("received fatal alert", TlsFault::Alert),
    ("InvalidContentType", TlsFault::NotTls),
    ("CaUsedAsEndEntity", TlsFault::SelfSigned),
    ("certificate expired", TlsFault::Expired),
    ("certificate not valid yet", TlsFault::NotYetValid),
    ("certificate not valid for name", TlsFault::OtherHost),
    ("UnknownIssuer", TlsFault::UnknownAuthority),
];

impl Fault {
    /// Makes the fault of a TLS handshake from what the library says.
    pub(super) fn tls(text: String) -> Self {
        let known = TLS_FAULTS.iter().find(|(mark, _)| text.contains(mark));
        Self::Tls(known.map_or(TlsFault::Other, |(_, fault)| *fault), text)
    }

    /// Describes the fault as what the server did, to follow its name.
    pub(crate) fn predicate(&self) -> String {
        match self {
            Self::Refused => "refused the connection".to_owned(),
            Self::NoConnection(limit) => format!("did not take the connection within {} s", limit.as_secs_f64()),
            Self::NoAnswer(limit) => format!("did not answer within {} s", limit.as_secs_f64()),
            Self::NoWholeAnswer(limit) => format!("did not send its whole answer within {} s", limit.as_secs_f64()),
            Self::CutShort => "cut its answer short".to_owned(),
            Self::Reset => "reset the connection".to_owned(),
            Self::Unasked => "sent something before it was asked".to_owned(),
            Self::UnknownHost(text) => format!("cannot be found: {text}"),
            Self::Tls(fault, text) => fault.predicate(text),
            Self::NotHttp => "does not speak HTTP".to_owned(),
            Self::ProxyLogin => "wants a login (407)".to_owned(),
            Self::ProxyRefused => "refused to connect to the host".to_owned(),
            #[cfg(feature = "sigv4")]
            Self::Unsigned(reason) => format!("was not asked: {reason}"),
            Self::TimedOut | Self::Dead | Self::Other(_) => format!("did not answer: {self}"),
        }
    }
}

/// Formats the fault to stand alone, or to follow a colon.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("connection refused"),
            Self::NoConnection(limit) => write!(f, "no connection within {} s", limit.as_secs_f64()),
            Self::NoAnswer(limit) => write!(f, "no answer within {} s", limit.as_secs_f64()),
            Self::NoWholeAnswer(limit) => write!(f, "no whole answer within {} s", limit.as_secs_f64()),
            Self::TimedOut => f.write_str("the connection timed out"),
            Self::Dead => f.write_str("the connection went dead"),
            Self::CutShort => f.write_str("the answer was cut short"),
            Self::Reset => f.write_str("the connection was reset"),
            Self::UnknownHost(text) | Self::Other(text) => f.write_str(text),
            #[cfg(feature = "sigv4")]
            Self::Unsigned(text) => f.write_str(text),
            Self::Unasked | Self::Tls(..) | Self::NotHttp => write!(f, "it {}", self.predicate()),
            Self::ProxyLogin | Self::ProxyRefused => write!(f, "the proxy {}", self.predicate()),
        }
    }
}

impl TlsFault {
    fn predicate(self, text: &str) -> String {
        let fixed = match self {
            Self::ClientCertificate => "wants a certificate of this client",
            Self::Version => "speaks no version of TLS that is accepted here",
            Self::NotTls => "does not speak TLS",
            Self::SelfSigned => "has a certificate that is not trusted: it is self-signed",
            Self::Expired => "has a certificate that has expired",
            Self::NotYetValid => "has a certificate that is not valid yet",
            Self::UnknownAuthority => "has a certificate that is not trusted: its authority is not known",
            Self::OtherHost => {
                let detail = text.split_once("certificate ").map_or(text, |(_, detail)| detail);
                return format!("has a certificate for another host: {detail}");
            }
            Self::Alert => return format!("ended the TLS handshake: {text}"),
            Self::Other => {
                return match text.strip_prefix("invalid peer certificate: ") {
                    Some(detail) => format!("has a certificate that is not accepted: {detail}"),
                    None => format!("does not agree on TLS: {text}"),
                };
            }
        };
        fixed.to_owned()
    }
}
