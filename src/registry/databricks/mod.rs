//! Databricks: the registry in Unity Catalog.
//!
//! `address` and `credentials` say where a workspace is and who logs in, from variables (`environment`) and profiles
//! (`profile`). `session` sends calls, with tokens from `oauth` where a service principal logs in. `calls`,
//! `search` and `evidence` put the vocabulary of registries into requests; what Unity Catalog has otherwise than MLflow
//! is in `wire`, `name` and `tags`.

mod address;
mod calls;
mod credentials;
mod discovery;
mod environment;
mod evidence;
mod examine;
mod grants;
mod name;
mod oauth;
mod profile;
mod search;
mod session;
mod tags;
mod wire;

use std::fmt;
use std::sync::Arc;

pub use environment::Environment;

pub(super) use address::registry_of;
pub(super) use name::misnomer;
pub(super) use tags::stored as stored_tag;

use super::Result;
use super::rest::Options;
use crate::secret::SecretUri;
use crate::shutdown::Shutdown;
use address::Address;
use credentials::Credentials;
use session::Session;

/// The longest value of a tag that Unity Catalog stores, in characters.
pub(super) const LONGEST_TAG: usize = 1_000;

/// A client of one Databricks workspace. Cheap to clone; clones share it and its token.
#[derive(Clone)]
pub struct Databricks {
    session: Arc<Session>,
    /// Its address, as configured.
    uri: Arc<str>,
    /// Where the workspace is, marked as one.
    site: Arc<str>,
}

impl Databricks {
    /// Makes a client. Nothing is sent; profiles are read where the address or the variables need one.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](super::Error::Misconfigured) when the address, the profile or the login cannot be used.
    pub fn new(uri: &SecretUri, options: &Options, shutdown: Shutdown) -> Result<Self> {
        let credentials = Credentials::find(&Address::parse(uri)?, &options.databricks)?;
        let session = Session::new(credentials, options, shutdown)?;
        let site = format!("databricks:{}", session.host()).into();
        Ok(Self { session: Arc::new(session), uri: uri.to_string().into(), site })
    }

    /// Makes sure that an address is one of Unity Catalog, and looks at nothing else.
    pub(super) fn check(uri: &SecretUri) -> Result<()> {
        Address::parse(uri).map(drop)
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn site(&self) -> &str {
        &self.site
    }
}

// What the session holds would show the login of a proxy.
impl fmt::Debug for Databricks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Databricks").field("uri", &self.uri).field("site", &self.site).finish_non_exhaustive()
    }
}
