//! The plan of a move: the version chosen, and where the alias is now. Making one only reads.

use futures_util::FutureExt as _;
use tracing::{info, warn};

use super::selection::best;
use super::{Context, Error, Mode, Select, VersionSelector};
use crate::evidence::diff_metrics;
use crate::gates::{Gate, GateSubject, evaluate_gates};
use crate::history::{History, MoveKind};
use crate::outcome::{Comparison, Outcome, Ranking, Verdict};
use crate::registry::{Alias, Expect, ModelName, ModelVersion, RegisteredModel, Registry, Status, Version};
use crate::secret::redact_message;
use crate::text::format_version;

/// What a job wants of an alias.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish<'a> {
    pub(super) name: &'a ModelName,
    pub(super) alias: &'a Alias,
    pub(super) version: Choice<'a>,
    pub(super) expect: Option<Expect>,
    pub(super) message: Option<&'a str>,
    pub(super) record: bool,
    pub(super) gates: &'a [Gate],
    /// What the move is for.
    pub(super) kind: MoveKind,
}

/// Which version is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Choice<'a> {
    /// The one that is named.
    Named(&'a VersionSelector),
    /// The best that is found.
    Best(&'a Select),
}

impl Wish<'_> {
    /// Returns the outcome before anything was read.
    pub(super) fn outline(&self) -> Outcome {
        Outcome {
            name: self.name.as_str().to_owned(),
            alias: Some(self.alias.as_str().to_owned()),
            message: self.message.map(redact_message),
            ..Outcome::default()
        }
    }

    /// Says of an error that the plan no longer holds, where the job is one: it says where the alias is, and names a
    /// version that was there.
    pub(super) fn outdated(&self, error: Error) -> Error {
        let is_gone = matches!(
            error,
            Error::VersionNotReady { .. } | Error::Registry(crate::registry::Error::VersionNotFound { .. })
        );
        let is_plan = self.expect.is_some() && matches!(self.version, Choice::Named(VersionSelector::Exact(_)));
        if is_gone && is_plan { Error::Outdated(Box::new(error)) } else { error }
    }
}

/// A move of an alias, checked and ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan<'a> {
    /// What was asked.
    pub(super) wish: Wish<'a>,
    /// The version chosen; it is `READY`, unless the alias only goes back to it.
    pub(super) target: ModelVersion,
    /// Where the alias is now.
    pub(super) current: Option<Version>,
    /// The model, as it is now.
    pub(super) model: RegisteredModel,
    /// How the versions were ranked, if they were.
    pub(super) ranking: Option<Box<Ranking>>,
    /// What the gates say of the version.
    pub(super) verdicts: Vec<Verdict>,
    /// The metrics of both versions, where only the plan is wanted.
    pub(super) metrics: Option<Vec<Comparison>>,
}

impl<'a> Plan<'a> {
    /// Chooses the version, reads where the alias is, and asks the gates, unless the alias is there already.
    ///
    /// # Errors
    /// When the model, the version or the alias to take it from is missing, the version is not `READY`, or the alias
    /// is not where it is expected.
    pub(super) async fn make(wish: Wish<'a>, context: &Context<'_>) -> Result<Self, Error> {
        let (model, target, ranking) = context.read(select(&wish, context.registry)).await?;
        let Wish { name, alias, expect, .. } = wish;
        // What is taken back served before the move, whatever its status.
        if target.status != Status::Ready && wish.kind != MoveKind::Restore {
            let (version, status, message) = (target.version, target.status, target.status_message);
            return Err(Error::VersionNotReady { name: name.clone(), version, status, message });
        }
        let current = model.alias(alias);
        if let Some(expected) = expect
            && !expected.holds(current)
        {
            let (name, alias) = (name.clone(), alias.clone());
            return Err(crate::registry::Error::AliasMoved { name, alias, expected, actual: current }.into());
        }
        let mut plan = Self { wish, target, current, model, ranking, verdicts: vec![], metrics: None };
        info!(model = %name, alias = %alias, version = %plan.target.version, "selected: {}", plan.diff());
        if !plan.is_done() {
            // Boxed, as all that few jobs do: every other one would hold, and move, its state as well.
            if !plan.wish.gates.is_empty() {
                let verdicts = evaluate_gates(plan.wish.gates, plan.subject(), context.registry);
                plan.verdicts = Box::pin(context.read(verdicts.map(Ok::<_, Error>))).await?;
            }
            if context.mode == Mode::Plan {
                let metrics = diff_metrics(&plan.target, current, context.registry);
                plan.metrics = Some(Box::pin(context.read(metrics.map(Ok::<_, Error>))).await?);
            }
        }
        Ok(plan)
    }

    /// Returns what gates look at.
    pub(super) fn subject(&self) -> GateSubject<'_> {
        GateSubject { alias: self.wish.alias, previous: self.current, model: &self.model, candidate: &self.target }
    }

    /// Returns whether making the plan may have taken its time, in which somebody else may have moved the alias.
    pub(super) fn took_time(&self) -> bool {
        !self.wish.gates.is_empty() || matches!(self.wish.version, Choice::Best(_))
    }

    /// Returns where the alias must be when it moves: where it is expected, and where gates or a ranking judged by what
    /// was there, at least still there.
    pub(super) fn expected(&self) -> Option<Expect> {
        self.wish.expect.or_else(|| self.took_time().then(|| Expect::from_current(self.current)))
    }

    /// Returns whether the alias is there already.
    pub(super) fn is_done(&self) -> bool {
        self.current == Some(self.target.version)
    }

    /// Says that the alias is there already, and tidies up what a run that was killed on its way there left.
    pub(super) async fn end_unchanged(&self, context: &Context<'_>) {
        let Wish { name, alias, .. } = self.wish;
        let version = self.target.version;
        info!(model = %name, alias = %alias, version = %version, "{name}@{alias} is at version {version} already");
        self.warn_of_unrecorded_move();
        if context.mode == Mode::Apply {
            context.registry.clean_up().await;
        }
    }

    /// Warns where the history of the alias does not end where it is: the move was not recorded, so a rollback does not
    /// know the way by itself.
    fn warn_of_unrecorded_move(&self) {
        let Wish { name, alias, record, .. } = self.wish;
        let Ok(history) = History::from_tags(&self.model.tags, alias.as_str()) else { return };
        let version = self.target.version;
        let newest = history.entries().next().map(|newest| newest.version);
        match newest {
            _ if !record || newest == Some(Some(version.get())) => {}
            Some(Some(recorded)) => warn!(
                model = %name, alias = %alias, version = %version,
                "the history of {name}@{alias} ends at version {recorded}: the move to version {version} is not in it; to \
                 undo that move, a RollbackJob needs `to: {recorded}`"
            ),
            Some(None) => warn!(
                model = %name, alias = %alias, version = %version,
                "the history of {name}@{alias} ends with its deletion: the move to version {version} is not in it; a \
                 RollbackJob needs `to`"
            ),
            None => info!(
                model = %name, alias = %alias, version = %version,
                "{name}@{alias} has no history: a RollbackJob from version {version} needs `to`"
            ),
        }
    }

    /// Returns the error of a plan that gates refuse.
    pub(super) fn refusal(&self) -> Option<Error> {
        let refused: Vec<&Verdict> = self.verdicts.iter().filter(|verdict| verdict.blocks()).collect();
        let (name, alias) = (self.wish.name.clone(), self.wish.alias.clone());
        let reasons = refused.iter().map(|verdict| format!("{}: {}", verdict.gate, verdict.reason)).collect();
        (!refused.is_empty()).then_some(Error::Refused { name, alias, version: self.target.version, reasons })
    }

    /// Returns the move in one line: `bikes@Champion: 2 -> 3`.
    pub(super) fn diff(&self) -> String {
        let Wish { name, alias, .. } = self.wish;
        let current = format_version(self.current);
        format!("{name}@{alias}: {current} -> {}", self.target.version)
    }

    /// Returns the outcome so far: nothing written.
    pub(super) fn outcome(&self) -> Outcome {
        self.outcome_as(self.target.clone())
    }

    /// Returns the outcome with the version as it was found last.
    pub(super) fn outcome_as(&self, found: ModelVersion) -> Outcome {
        Outcome {
            version: Some(self.target.version.get()),
            previous_version: self.current.map(Version::get),
            model_version: Some(Box::new(found.into_found_version())),
            ranking: self.ranking.clone(),
            gates: self.verdicts.clone(),
            metrics: self.metrics.clone(),
            ..self.wish.outline()
        }
    }
}

/// Reads the model and the version side by side. That the model is missing says more than that its version is, and
/// where it cannot be read, there is no wait for the version: behind a locked database that would double it.
async fn select(
    wish: &Wish<'_>,
    registry: &Registry,
) -> Result<(RegisteredModel, ModelVersion, Option<Box<Ranking>>), Error> {
    let Wish { name, version, .. } = *wish;
    let model = async { Ok::<_, Error>(registry.get_model(name).await?) };
    let target = async {
        match version {
            Choice::Named(version) => Ok((named(name, version, registry).await?, None)),
            Choice::Best(select) => {
                let (best, ranking) = Box::pin(best(name, select, registry)).await?;
                Ok::<_, Error>((best, Some(ranking)))
            }
        }
    };
    let (model, target) = tokio::try_join!(model, async { Ok(target.await) })?;
    // That it has no such version would mislead.
    model.refuse_prompt()?;
    let (target, ranking) = target?;
    Ok((model, target, ranking))
}

async fn named(name: &ModelName, version: &VersionSelector, registry: &Registry) -> Result<ModelVersion, Error> {
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
