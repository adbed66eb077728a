//! What every client of HTTP needs: trust in servers, and words for what goes wrong.

mod banner;
mod bundle;
mod certificate;
mod client;
mod headers;
mod identity;
mod lost;
mod proxy;
mod retry_after;
mod tls;
mod trust;

pub(crate) use banner::banner;
pub(crate) use certificate::Validity;
pub(crate) use client::client;
pub(crate) use headers::Headers;
pub(crate) use lost::{CUT_SHORT, Lost, Stage, UNASKED, quote};
pub use proxy::{Proxies, Proxy};
pub(crate) use retry_after::{LONGEST_WAIT, retry_after};
pub use tls::Tls;
pub(crate) use tls::{TlsError, authorities, tls};
