//! What every HTTP client needs: TLS, proxies, headers, and errors of transport.

mod banner;
mod certificate;
mod client;
mod fault;
mod headers;
mod page;
mod pem;
mod proxy;
mod retry_after;
mod tls;
mod transport_error;
mod verifier;

pub(crate) use banner::banner;
pub(crate) use certificate::Validity;
pub(crate) use client::{client, direct_client};
pub(crate) use fault::{Fault, TlsFault};
pub(crate) use headers::Headers;
pub(crate) use page::{describe_page, is_html, page_title};
pub use proxy::{Proxies, Proxy};
pub(crate) use retry_after::{LONGEST_WAIT, retry_after};
pub use tls::Tls;
pub(crate) use tls::{TlsError, read_ca_bundle, tls};
pub(crate) use transport_error::{Stage, TransportError, quote};
