//! The connections to servers: proxies, TLS and HTTP/2.

mod http2;
pub(crate) mod tls;
mod transport;
