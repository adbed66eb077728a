//! A client that sends a request to the address it is given, or nowhere.

use reqwest::{Client, redirect};

use super::tls::{Tls, tls};

/// Makes a client that follows no redirect and has no limit of its own; the
/// certificate of the server stays with its answers.
///
/// # Errors
/// When the CA bundle, or a proxy of the environment, cannot be used.
pub(crate) fn client(trust: &Tls, is_https: bool) -> Result<Client, String> {
    Client::builder()
        .tls_backend_preconfigured(tls(trust, None, is_https).map_err(|error| error.to_string())?)
        .user_agent(concat!("runner/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .tls_info(true)
        .build()
        .map_err(|_| "no HTTP client can be made; check HTTP_PROXY, HTTPS_PROXY and NO_PROXY".to_owned())
}
