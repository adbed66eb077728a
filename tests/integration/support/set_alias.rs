//! A write of an alias by a test, which does not ask whether this write or another one made the change.

use runner::registry::{AliasChange, Registry, Result};

pub(crate) trait SetAlias {
    /// Changes an alias in one write.
    async fn set_alias(&self, change: &AliasChange) -> Result<()>;
}

impl SetAlias for Registry {
    async fn set_alias(&self, change: &AliasChange) -> Result<()> {
        self.write_alias(change).await.map(drop).map_err(|error| error.error)
    }
}
