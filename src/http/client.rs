//! A client that sends a request to the address it is given, or nowhere.

use reqwest::{Client, redirect};

use super::proxy::{Proxies, Proxy};
use super::tls::{Tls, tls};

/// Makes a client of services that a config names, with headers of its own choice: over HTTP/2 a `Host` among them would
/// contradict the address, so it speaks HTTP/1.1. It follows no redirect and has no limit of its own; the certificate of
/// the server stays with its answers.
///
/// # Errors
/// When the CA bundle, or a proxy of the environment, cannot be used.
pub(crate) fn client(trust: &Tls, is_https: bool) -> Result<Client, String> {
    let mut tls = tls(trust, None, is_https).map_err(|error| error.to_string())?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let proxies = Proxies::of_process();
    let builder = Client::builder();
    // Without variables, those of the system count where it has some.
    let builder = match proxies.is_empty() {
        true => builder,
        false => builder
            .no_proxy()
            .proxy(reqwest::Proxy::custom(move |to| proxies.through(to.as_str()).and_then(Proxy::expose).cloned())),
    };
    builder
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("runner/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .tls_info(true)
        .build()
        .map_err(|_| "no HTTP client can be made; check HTTP_PROXY, HTTPS_PROXY and NO_PROXY".to_owned())
}
