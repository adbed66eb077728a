//! Registry clients with short timeouts.

use std::time::Duration;

use runner::registry::{
    AliasChange, HostEnvironment, Login, ModelName, Options, Origins, Registry, Retry, Tls, Version,
};
use runner::secret::SecretUri;
use runner::shutdown::Shutdown;

/// Options with short timeouts.
pub(crate) fn impatient() -> Options {
    Options {
        login: Login::None,
        tls: Tls::Public,
        client_certificate: None,
        workspace: None,
        timeout: Duration::from_secs(10),
        retry: Retry {
            max_retries: 2,
            backoff_factor: Duration::ZERO,
            jitter: Duration::ZERO,
            respect_retry_after: true,
        },
        environment: HostEnvironment::default(),
        origins: Origins::default(),
    }
}

/// Opens a registry without a signal handler.
pub(crate) fn open(uri: &str) -> Registry {
    open_with(uri, &impatient())
}

/// Opens a registry with options.
pub(crate) fn open_with(uri: &str, options: &Options) -> Registry {
    Registry::open(&SecretUri::new(uri), options, Shutdown::manual().1).unwrap()
}

/// Returns the model of most tests.
pub(crate) fn bikes() -> ModelName {
    "bikes".parse().unwrap()
}

/// Returns the move of the Champion of bikes.
pub(crate) fn champion(version: u64) -> AliasChange {
    let version = Version::new(version).unwrap();
    AliasChange::set(bikes(), "Champion".parse().unwrap(), version)
}
