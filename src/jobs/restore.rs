//! Taking a move back: an alias returns to where it was, if nobody else moved it meanwhile.

use std::fmt;

use tracing::info;

use super::apply::{apply, record};
use super::history::{Entry, Kind};
use super::plan::{Choice, Plan, Wish};
use super::{Context, Error, VersionSelector};
use crate::outcome::Outcome;
use crate::registry::{self, Alias, Expect, ModelName, Version};

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
    /// Reads the move from a job's outcome; none where the job has no alias, or put it back itself.
    pub fn of(outcome: &Outcome) -> Option<Self> {
        if outcome.verification.as_ref().is_some_and(|verification| verification.put_back) {
            return None;
        }
        Some(Self {
            name: outcome.name.parse().ok()?,
            alias: outcome.alias.as_ref()?.parse().ok()?,
            from: outcome.previous_version.and_then(Version::new),
            to: Version::new(outcome.version?)?,
            recorded: outcome.recorded,
        })
    }

    /// Returns the move that a plan makes.
    pub(super) fn by(plan: &Plan<'_>, recorded: bool) -> Self {
        let (name, alias) = (plan.wish.name.clone(), plan.wish.alias.clone());
        Self { name, alias, from: plan.current, to: plan.target.version, recorded }
    }

    /// Returns whether an alias that is found there may never have moved: it is where it was before.
    pub fn never_was(&self, found: Option<Version>) -> bool {
        found == self.from
    }

    /// Puts the alias back; one that did not exist before is deleted. Nothing is written unless it is where the job
    /// left it. The message says in the history why.
    ///
    /// # Errors
    /// [`Error::AliasLeft`] where somebody else moved it, and whatever keeps the registry from moving it.
    pub async fn restore(&self, message: &str, context: &Context<'_>) -> Result<(), Error> {
        match self.from {
            Some(version) => self.point_back(version, message, context).await,
            None => self.delete(message, context).await,
        }
    }

    async fn point_back(&self, version: Version, message: &str, context: &Context<'_>) -> Result<(), Error> {
        let wish = Wish {
            name: &self.name,
            alias: &self.alias,
            version: Choice::Named(&VersionSelector::Exact(version)),
            expect: Some(Expect::At(self.to)),
            message: Some(message),
            record: self.recorded,
            gates: &[],
            kind: Kind::Restore,
        };
        let plan = Plan::make(wish, context).await.map_err(left)?;
        apply(&plan, context).await.map(drop).map_err(|(error, _)| left(error))
    }

    async fn delete(&self, message: &str, context: &Context<'_>) -> Result<(), Error> {
        let Self { name, alias, to, .. } = self;
        let model = context.registry.get_model(name).await?;
        let actual = model.alias(alias);
        if actual != Some(*to) {
            return Err(Error::AliasLeft { name: name.clone(), alias: alias.clone(), actual });
        }
        info!(model = %name, alias = %alias, "deleting the alias {alias} of {name}, which did not exist before");
        let deleted = context.registry.delete_alias(name, alias, *to).await.map_err(|error| left(error.into()));
        // What got no answer may have been done all the same.
        match (context.registry.get_alias(name, alias).await, deleted) {
            (Ok(None), _) => {}
            (_, Err(error)) => return Err(error),
            (Err(error), Ok(())) => return Err(error.into()),
            (Ok(Some(found)), Ok(())) => {
                return Err(Error::AliasLeft { name: name.clone(), alias: alias.clone(), actual: Some(found.version) });
            }
        }
        if self.recorded {
            let entry = Entry::now(Kind::Restore, None, Some(*to), context.actor, Some(message));
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
