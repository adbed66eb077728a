//! The HTTP client of gates and channels, which send requests to URLs of the config.

use reqwest::{Client, ClientBuilder, redirect};

use super::proxy::{Proxies, Proxy};
use super::tls::{Tls, tls};

/// Makes a client that follows no redirect and has no timeout of its own. Responses carry the certificate of the server.
/// It speaks HTTP/1.1, because over HTTP/2 a configured `Host` header would contradict the URL.
///
/// # Errors
/// When the CA bundle, or a proxy of the environment, cannot be used.
pub(crate) fn client(trust: &Tls, is_https: bool) -> Result<Client, String> {
    let proxies = Proxies::from_process();
    let builder = Client::builder();
    // Without variables, the proxies of the system count if there are some.
    let builder = match proxies.is_empty() {
        true => builder,
        false => builder
            .no_proxy()
            .proxy(reqwest::Proxy::custom(move |to| proxies.proxy_for(to.as_str()).and_then(Proxy::expose).cloned())),
    };
    build(builder, trust, is_https)
}

/// Makes such a client that uses no proxy, for programs of this machine.
///
/// # Errors
/// When the CA bundle cannot be used.
pub(crate) fn direct_client(trust: &Tls, is_https: bool) -> Result<Client, String> {
    build(Client::builder().no_proxy(), trust, is_https)
}

fn build(builder: ClientBuilder, trust: &Tls, is_https: bool) -> Result<Client, String> {
    let mut tls = tls(trust, None, is_https).map_err(|error| error.to_string())?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    builder
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("runner/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .tls_info(true)
        .build()
        .map_err(|_| "no HTTP client can be made; check HTTP_PROXY, HTTPS_PROXY and NO_PROXY".to_owned())
}
