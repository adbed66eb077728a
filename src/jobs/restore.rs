//! Taking a move back: an alias returns to where it was, if nobody else moved it meanwhile.

use std::fmt;

use tracing::info;

use super::apply::{apply, record};
use super::history::{Entry, Kind};
use super::plan::{Choice, Plan, Wish};
use super::{Context, Error, VersionSelector};
use crate::outcome::Outcome;
use crate::registry::{self, Alias, Expect, ModelName, Version};

/// Why the alias moved, in its history.
const MESSAGE: &str = "restored: the batch that moved it did not succeed";

/// A move that a job made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    name: ModelName,
    alias: Alias,
    from: Option<Version>,
    to: Version,
    recorded: bool,
}

impl Moved {
    /// Reads the move from a job's outcome; none where the job has no alias.
    pub fn of(outcome: &Outcome) -> Option<Self> {
        Some(Self {
            name: outcome.name.parse().ok()?,
            alias: outcome.alias.as_ref()?.parse().ok()?,
            from: outcome.previous_version.and_then(Version::new),
            to: Version::new(outcome.version?)?,
            recorded: outcome.recorded,
        })
    }

    /// Puts the alias back; one that did not exist before is deleted. Nothing is written unless it is where the job
    /// left it.
    ///
    /// # Errors
    /// [`Error::AliasLeft`] where somebody else moved it, and whatever keeps the registry from moving it.
    pub async fn restore(&self, context: &Context<'_>) -> Result<(), Error> {
        match self.from {
            Some(version) => self.point_back(version, context).await,
            None => self.delete(context).await,
        }
    }

    async fn point_back(&self, version: Version, context: &Context<'_>) -> Result<(), Error> {
        let wish = Wish {
            name: &self.name,
            alias: &self.alias,
            version: Choice::Named(&VersionSelector::Exact(version)),
            expect: Some(Expect::At(self.to)),
            message: Some(MESSAGE),
            record: self.recorded,
            gates: &[],
            kind: Kind::Restore,
        };
        let plan = Plan::make(wish, context).await.map_err(left)?;
        apply(&plan, context).await.map(drop).map_err(|(error, _)| left(error))
    }

    async fn delete(&self, context: &Context<'_>) -> Result<(), Error> {
        let Self { name, alias, to, .. } = self;
        let model = context.registry.get_model(name).await?;
        let actual = model.alias(alias);
        if actual != Some(*to) {
            return Err(Error::AliasLeft { name: name.clone(), alias: alias.clone(), actual });
        }
        info!(model = %name, alias = %alias, "deleting the alias {alias} of {name}, which did not exist before");
        context.registry.delete_alias(name, alias, *to).await.map_err(|error| left(error.into()))?;
        if let Some(found) = context.registry.get_alias(name, alias).await? {
            return Err(Error::AliasLeft { name: name.clone(), alias: alias.clone(), actual: Some(found.version) });
        }
        if self.recorded {
            let entry = Entry::now(Kind::Restore, None, Some(*to), context.actor, Some(MESSAGE));
            record(name, alias, &model.tags, entry, context.registry).await;
        }
        Ok(())
    }
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.from.map_or_else(|| "none".to_owned(), |version| version.to_string());
        write!(f, "{}@{}: {} -> {from}", self.name, self.alias, self.to)
    }
}

/// Says of an alias that is not where it is expected what that means here.
fn left(error: Error) -> Error {
    match error {
        Error::Registry(registry::Error::AliasMoved { name, alias, actual, .. }) => {
            Error::AliasLeft { name, alias, actual }
        }
        error => error,
    }
}
