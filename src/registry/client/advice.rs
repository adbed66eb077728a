//! What to do about a registry that does not answer, or is none: the hints, by case.

use super::peer::Peer;
use super::request_error::Mistake;
use crate::http::{Fault, Proxies, Proxy, TlsFault, TransportError};

/// What a second run does while the cause is there.
const SAME_END: &str = "until then, every run ends this way";

impl Peer {
    /// Says what to do about a request without a response.
    pub(super) fn fault_hint(&self, error: &TransportError) -> String {
        match error.proxy {
            Some(proxy) => self.proxy_hint(proxy, &error.fault),
            None => self.server_hint(&error.fault),
        }
    }

    fn server_hint(&self, fault: &Fault) -> String {
        let address = self.address();
        match fault {
            Fault::Refused => {
                format!("start the server, or correct the host and the port in {address}; then run this again")
            }
            Fault::UnknownHost(_) => format!("correct the host in {address}, or the name service of this machine"),
            Fault::NoConnection(_) | Fault::TimedOut => {
                format!("check that the server runs, the host and the port in {address}, and the firewalls on the way")
            }
            Fault::NoAnswer(_) | Fault::NoWholeAnswer(_) => {
                "run this again when the server is less busy, or raise `services.mlflow.http_request_timeout`"
                    .to_owned()
            }
            Fault::Tls(fault, _) => self.tls_hint(*fault),
            Fault::ProxyLogin | Fault::ProxyRefused => self.unnamed_proxy_hint(),
            #[cfg(feature = "sigv4")]
            Fault::Unsigned(_) => "check the keys that requests are signed with".to_owned(),
            Fault::NotHttp | Fault::Unasked => self.mistake_hint(Mistake::Protocol),
            Fault::Dead | Fault::CutShort | Fault::Reset | Fault::Other(_) => {
                "run this again; if it ends the same way, look at the log of the server and of the proxies before it"
                    .to_owned()
            }
        }
    }

    fn tls_hint(&self, fault: TlsFault) -> String {
        let (address, host) = (self.address(), &self.host);
        match fault {
            TlsFault::SelfSigned => format!(
                "if it is the right server, set `services.mlflow.tracking_server_cert_path` \
                 (MLFLOW_TRACKING_SERVER_CERT_PATH) to a PEM file with this certificate; {SAME_END}"
            ),
            TlsFault::UnknownAuthority | TlsFault::Other => format!(
                "if it is the right server, set `services.mlflow.tracking_server_cert_path` \
                 (MLFLOW_TRACKING_SERVER_CERT_PATH) to a PEM file with the certificate of its authority; {SAME_END}"
            ),
            TlsFault::Expired => {
                format!("have the certificate renewed on the server, or set this machine's clock; {SAME_END}")
            }
            TlsFault::NotYetValid => {
                format!("set this machine's clock, or have the certificate made anew on the server; {SAME_END}")
            }
            TlsFault::OtherHost => format!(
                "write the host that the certificate is for in {address}, or have one made for {host}; {SAME_END}"
            ),
            TlsFault::NotTls => {
                format!("write `http://` instead of `https://` in {address}, or correct the port; {SAME_END}")
            }
            TlsFault::ClientCertificate => format!(
                "set `services.mlflow.tracking_client_cert_path` (MLFLOW_TRACKING_CLIENT_CERT_PATH) to a PEM file with \
                 a certificate that the server accepts, and its key; {SAME_END}"
            ),
            TlsFault::Alert => format!(
                "look at the log of the server; it may not accept the certificate in \
                 `services.mlflow.tracking_client_cert_path`; {SAME_END}"
            ),
            TlsFault::Version => format!("have the server speak TLS 1.2 or 1.3; {SAME_END}"),
        }
    }

    /// Says what to do about a proxy that refuses, or is not there.
    pub(super) fn proxy_hint(&self, proxy: &Proxy, fault: &Fault) -> String {
        let (variable, bypass) = (proxy.variable, self.bypass());
        match fault {
            Fault::ProxyLogin => format!(
                "write `user:password@` before the host in {variable}, or correct the login that is there; or {bypass}"
            ),
            Fault::ProxyRefused => format!("have the proxy let connections to {} pass, or {bypass}", self.host),
            _ => format!("start the proxy, or correct or unset {variable}, or {bypass}"),
        }
    }

    fn bypass(&self) -> String {
        format!("add {} to {}", self.host, Proxies::from_process().bypass_variable())
    }

    /// Says what to do about a proxy that no variable names.
    pub(super) fn unnamed_proxy_hint(&self) -> String {
        format!(
            "no variable names a proxy for {}: ask who runs this network for its address and a login, and set both in \
             HTTP_PROXY or HTTPS_PROXY",
            self.host
        )
    }

    /// Says what to do about a server that answers with the status of an error that may be temporary.
    pub(super) fn status_hint(&self, status: u16) -> String {
        let proxy = Proxies::from_process().proxy_for(&self.uri).filter(|_| matches!(status, 502..=504));
        let place = proxy.map_or_else(|| "the server".to_owned(), |proxy| format!("the server or at {proxy}"));
        match status {
            429 => "the server has too much to do: run this again later".to_owned(),
            _ => format!(
                "the fault is at {place}: look at its log or tell its owner, and run this again once it is fixed"
            ),
        }
    }

    /// Says what to do about something else than an MLflow server.
    pub(super) fn mistake_hint(&self, mistake: Mistake) -> String {
        let address = self.address();
        match mistake {
            Mistake::Protocol if self.uri.starts_with("http:") => {
                format!(
                    "correct the port in {address}; if the server speaks TLS, write `https://` instead of `http://`"
                )
            }
            Mistake::Protocol | Mistake::NamedProtocol => format!("correct the port in {address}"),
            Mistake::Page => format!("correct the host, the port or the path prefix in {address}"),
            Mistake::Plain => format!("write `https://` instead of `http://` in {address}"),
            Mistake::Unknown => {
                format!("check that {address} is an MLflow tracking server's, path prefix included")
            }
        }
    }
}
