//! The request of a job: which alias to move, to which version, and under which conditions.

use std::fmt;

use super::super::selection::find_best;
use super::super::{Context, Error, Select, VersionSelector};
use crate::gates::Gate;
use crate::history::MoveKind;
use crate::outcome::{Outcome, Ranking};
use crate::registry::{Alias, Expect, ModelName, ModelVersion, RegisteredModel, Registry};
use crate::secret::redact_message;

/// A request to move an alias to a version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MoveRequest<'a> {
    pub(crate) name: &'a ModelName,
    pub(crate) alias: &'a Alias,
    pub(crate) version: VersionChoice<'a>,
    pub(crate) expect: Option<Expect>,
    pub(crate) message: Option<&'a str>,
    pub(crate) record: bool,
    pub(crate) gates: &'a [Gate],
    /// The purpose of the move.
    pub(crate) kind: MoveKind,
}

/// The version that a job requests.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum VersionChoice<'a> {
    /// The version that the job names.
    Named(VersionSelector),
    /// The best version that a search finds.
    Best(&'a Select),
}

/// Describes in a word how the version is chosen.
impl fmt::Display for VersionChoice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(VersionSelector::Latest) => f.write_str("latest"),
            Self::Named(VersionSelector::Exact(_)) => f.write_str("given"),
            Self::Named(VersionSelector::Alias(alias)) => write!(f, "@{alias}"),
            Self::Best(_) => f.write_str("best"),
        }
    }
}

impl MoveRequest<'_> {
    /// Reads the model and the version concurrently. A missing model takes precedence over a missing version. If the
    /// model cannot be read, the version is not awaited, because a locked database would double the wait.
    pub(super) async fn read_model_and_version(
        &self,
        context: &Context<'_>,
    ) -> Result<(RegisteredModel, ModelVersion, Option<Box<Ranking>>), Error> {
        let (name, registry) = (self.name, context.registry);
        let model = async {
            let model = registry.get_model(name).await?;
            context.writes.alias_read(model.alias(self.alias));
            Ok::<_, Error>(model)
        };
        let target = async {
            match &self.version {
                VersionChoice::Named(version) => Ok((read_named(name, version, registry).await?, None)),
                VersionChoice::Best(select) => {
                    let (best, ranking) = Box::pin(find_best(name, select, registry)).await?;
                    Ok::<_, Error>((best, Some(ranking)))
                }
            }
        };
        let (model, target) = tokio::try_join!(model, async { Ok(target.await) })?;
        // A prompt gets its own error, because one about a missing version would mislead.
        model.refuse_prompt()?;
        let (target, ranking) = target?;
        Ok((model, target, ranking))
    }

    /// Returns the outcome before the job has done anything.
    pub(crate) fn outline(&self) -> Outcome {
        let message = self.message.map(redact_message);
        Outcome { message, ..Outcome::for_model(self.name.as_str(), Some(self.alias.as_str())) }
    }

    /// Converts an error about the version or the alias into one about an outdated plan if the job is a plan, which has
    /// both a version number and `expect`.
    pub(crate) fn outdated(&self, error: Error) -> Error {
        let names_version = matches!(self.version, VersionChoice::Named(VersionSelector::Exact(_)));
        let is_plan = self.kind == MoveKind::Promotion && self.expect.is_some() && names_version;
        if is_plan { error.into_outdated() } else { error }
    }
}

async fn read_named(name: &ModelName, version: &VersionSelector, registry: &Registry) -> Result<ModelVersion, Error> {
    match version {
        VersionSelector::Latest => {
            registry.latest_version(name).await?.ok_or_else(|| Error::ModelEmpty { name: name.clone() })
        }
        VersionSelector::Exact(version) => Ok(registry.get_version(name, *version).await?),
        VersionSelector::Alias(alias) => registry
            .get_alias(name, alias)
            .await?
            .ok_or_else(|| Error::AliasNotFound { name: name.clone(), alias: alias.clone() }),
    }
}
