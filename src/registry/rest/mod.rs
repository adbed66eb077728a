//! MLflow's REST API.
//!
//! `offer` chooses a login, also from files of the machine (`surroundings`, `netrc`, `aws`). `calls` and `alias` put the
//! vocabulary of registries into requests, `client` sends them over `connections`, those of an alias only `again` after
//! a look, `failure` is why one brought no answer (`unanswered` where nothing came at all), `meaning` what that is to the
//! caller.

mod address;
mod again;
mod alias;
#[cfg(feature = "sigv4")]
mod aws;
mod call;
mod calls;
mod client;
mod connections;
mod evidence;
mod examine;
mod failure;
mod filter;
mod gateway;
mod identity;
mod look;
mod meaning;
mod netrc;
mod offer;
mod options;
mod permission;
mod redirect;
mod retry;
mod search;
mod seen;
mod surroundings;
mod unanswered;
pub(super) mod wire;
mod workspaces;

use std::fmt;
use std::sync::Arc;

pub(super) use again::Course;
#[cfg(feature = "sigv4")]
pub use aws::Keys;
pub(super) use call::Call;
pub(super) use client::Client;
pub(super) use failure::{BROWSER_PAGE, Failure, Said};
pub(super) use identity::Identity;
pub(super) use look::Look;
pub use offer::{Chosen, Ignored, Offer};
pub use options::{Login, Options, Retry};
pub(super) use seen::{lost, seen};
pub use surroundings::Surroundings;

use super::Result;
pub use crate::http::{Proxies, Proxy, Tls};
use crate::secret::SecretUri;
use crate::shutdown::Shutdown;

/// A client of one MLflow tracking server. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Rest {
    client: Arc<client::Client>,
}

impl Rest {
    /// Makes a client. No request is sent, and no certificate store is read unless the address is `https`.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](super::Error::Misconfigured) when the address or the CA bundle cannot be used.
    pub fn new(uri: &SecretUri, options: &Options, shutdown: Shutdown) -> Result<Self> {
        client::Client::new(uri, options, shutdown).map(|client| Self { client: Arc::new(client) })
    }

    pub(super) fn uri(&self) -> &str {
        self.client.uri()
    }
}

// What the client holds would show the login of a proxy.
impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest").field("uri", &self.uri()).finish_non_exhaustive()
    }
}
