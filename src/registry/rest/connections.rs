//! The pool of connections to a server: what is asked of the HTTP client.

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::retry::never;
use reqwest::{ClientBuilder, redirect};

use super::address::Address;
use super::failure::Failure;
use super::options::Options;
use crate::http::{self, Proxies, Proxy, TlsError};
use crate::registry::{self, Error};

/// The versions of HTTP that are offered; a server takes the first that it has.
const OFFERED: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// What part of the time for a request may pass before a silent connection is pinged, and then until the answer.
const PINGS: u32 = 3;

/// What part of the time for a request may pass until there is a connection: less than all of it, so that the limit that
/// comes first says what was missing.
const CONNECTING: f64 = 0.95;

/// Whether the HTTP client also asks the system for proxies, and not only the variables.
const SYSTEM_HAS_PROXIES: bool = cfg!(any(target_os = "macos", windows));

/// Makes the pool of connections to a server; none is made before it is needed.
///
/// # Errors
/// [`Error::Misconfigured`] when certificates or proxies cannot be used.
pub(super) fn connections(options: &Options, address: &Address) -> registry::Result<reqwest::Client> {
    let is_https = address.is_https();
    let mut tls = http::tls(&options.tls, options.client_certificate.as_deref(), is_https).map_err(no_trust)?;
    tls.alpn_protocols = OFFERED.map(<[u8]>::to_vec).to_vec();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        // The certificate of the server stays with its answers, for a look at it.
        .tls_info(true)
        .user_agent(concat!("runner/", env!("CARGO_PKG_VERSION")))
        .default_headers(HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]))
        // Whether one may be followed depends on the method, which a policy does not see.
        .redirect(redirect::Policy::none())
        .connect_timeout(options.timeout.mul_f64(CONNECTING))
        // All requests share a connection of HTTP/2: without this, each would wait in vain for one that went dead.
        .http2_keep_alive_interval(options.timeout / PINGS)
        .http2_keep_alive_timeout(options.timeout / PINGS);
    let proxies = Proxies::of_process();
    // Where the variables name none, none need be looked for before each request.
    let client = match proxies.through(address.as_str()).and_then(Proxy::expose).filter(|_| options.proxied) {
        Some(proxy) => reqwest::Proxy::all(proxy.clone()).map(|proxy| client.no_proxy().proxy(proxy)),
        None if SYSTEM_HAS_PROXIES && proxies.is_empty() => Ok(client),
        None => Ok(client.no_proxy()),
    };
    // What the HTTP client itself would send again is what HTTP/2 turned away, which is only spoken over TLS. Without
    // that, no request is copied to have it ready.
    let client = client.map(|client| if is_https { client } else { client.retry(never().max_retries_per_request(0)) });
    client.and_then(ClientBuilder::build).map_err(|error| Error::Misconfigured {
        reason: format!("no HTTP client can be made: {}", Failure::no_answer(&error, options.timeout).reason()),
        hint: "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY".into(),
    })
}

fn no_trust(error: TlsError) -> Error {
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
