//! The pool of connections to a server: how the HTTP client is set up.

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::retry::never;
use reqwest::{ClientBuilder, redirect};

use super::options::Options;
use super::request_error::RequestError;
use crate::http::{self, Proxies, Proxy, TlsError};
use crate::registry::error::{Error, Result};
use crate::registry::server_url::ServerUrl;

/// The versions of HTTP that are offered; a server takes the first that it has.
const ALPN_PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The fraction of a request's timeout after which a silent connection is pinged, and again until it counts as dead.
const PINGS_PER_TIMEOUT: u32 = 3;

/// The part of a request's timeout in which it must have a connection. It is less than the whole, so that the limit that
/// ends first says what was missing.
const CONNECT_SHARE: f64 = 0.95;

/// Whether the HTTP client also asks the system for proxies, and not only the variables.
const SYSTEM_HAS_PROXIES: bool = cfg!(any(target_os = "macos", windows));

/// Makes the pool of connections to a server; none is opened before it is needed.
///
/// # Errors
/// [`Error::Misconfigured`] when certificates or proxies cannot be used.
pub(super) fn connection_pool(options: &Options, url: &ServerUrl) -> Result<reqwest::Client> {
    let is_https = url.is_https();
    let mut tls = http::tls(&options.tls, options.client_certificate.as_deref(), is_https).map_err(explain_tls)?;
    tls.alpn_protocols = ALPN_PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        // Responses carry the certificate of the server, for the diagnosis.
        .tls_info(true)
        .user_agent(concat!("runner/", env!("CARGO_PKG_VERSION")))
        .default_headers(HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]))
        // Whether a redirect may be followed depends on the method, which a policy does not see.
        .redirect(redirect::Policy::none())
        .connect_timeout(options.timeout.mul_f64(CONNECT_SHARE))
        // All requests share one connection of HTTP/2: without pings, each would wait in vain for one that died.
        .http2_keep_alive_interval(options.timeout / PINGS_PER_TIMEOUT)
        .http2_keep_alive_timeout(options.timeout / PINGS_PER_TIMEOUT);
    let proxies = Proxies::from_process();
    let is_proxied = !options.environment.proxies().is_empty();
    // If the variables name no proxy, no request needs to look for one.
    let builder = match proxies.proxy_for(url.as_str()).and_then(Proxy::expose).filter(|_| is_proxied) {
        Some(proxy) => reqwest::Proxy::all(proxy.clone()).map(|proxy| builder.no_proxy().proxy(proxy)),
        None if SYSTEM_HAS_PROXIES && proxies.is_empty() => Ok(builder),
        None => Ok(builder.no_proxy()),
    };
    // The HTTP client retries only what HTTP/2 turned away, which is spoken only over TLS. Without its retries, no
    // request is copied to have it ready.
    let builder = builder.map(|builder| match is_https {
        true => builder,
        false => builder.retry(never().max_retries_per_request(0)),
    });
    builder.and_then(ClientBuilder::build).map_err(|error| Error::Misconfigured {
        reason: format!(
            "no HTTP client can be made: {}",
            RequestError::from_transport(&error, options.timeout).reason()
        ),
        hint: "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY".into(),
    })
}

fn explain_tls(error: TlsError) -> Error {
    let hint = match &error {
        TlsError::Setup(_) => "this is a fault of the program; please report it",
        TlsError::Bundle { .. } => {
            "point `tracking_server_cert_path` (MLFLOW_TRACKING_SERVER_CERT_PATH), else REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE \
             or SSL_CERT_FILE, at a PEM file of certificates, or a folder of such files"
        }
        TlsError::Client { .. } => {
            "point `tracking_client_cert_path` (MLFLOW_TRACKING_CLIENT_CERT_PATH) at one PEM file with the certificate and \
             its private key"
        }
    };
    Error::Misconfigured { reason: error.to_string(), hint: hint.into() }
}
