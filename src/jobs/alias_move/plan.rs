//! The plan of a move: the selected version and the current version of the alias. Making a plan only reads.

use tracing::{info, warn};

use super::super::{Context, Error, Mode};
use super::request::{MoveRequest, VersionChoice};
use crate::evidence::diff_metrics;
use crate::gates::{GateSubject, evaluate_gates};
use crate::history::{History, MoveKind};
use crate::outcome::{FailedGates, MetricDiff, Outcome, Ranking, Verdict};
use crate::registry::{Expect, ModelVersion, RegisteredModel, Status, Version, check_expected};

/// A move of an alias, checked and ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan<'a> {
    /// The request of the job.
    pub(crate) request: MoveRequest<'a>,
    /// The selected version. It is `READY`, unless the move is a restore.
    pub(crate) target: ModelVersion,
    /// The current version of the alias.
    pub(crate) current: Option<Version>,
    /// The model, as it is now.
    pub(crate) model: RegisteredModel,
    /// The ranking of the versions, if the job searches for the best.
    pub(crate) ranking: Option<Box<Ranking>>,
    /// The verdicts of the gates.
    pub(crate) verdicts: Vec<Verdict>,
    /// The metrics of both versions, where they are compared.
    pub(crate) metrics: Option<Vec<MetricDiff>>,
}

impl<'a> Plan<'a> {
    /// Selects the version, reads where the alias is, and evaluates the gates, unless the alias already points there.
    ///
    /// # Errors
    /// The model, the version or the alias that selects it is missing, the version is not `READY`, or the alias is not
    /// where it is expected.
    pub(crate) async fn make(request: MoveRequest<'a>, context: &Context<'_>) -> Result<Self, Error> {
        let (model, target, ranking) = context.read(request.read_model_and_version(context)).await?;
        let MoveRequest { name, alias, expect, .. } = request;
        // A restore may target a version that is not READY.
        if target.status != Status::Ready && request.kind != MoveKind::Restore {
            let (version, status, message) = (target.version, target.status, target.status_message);
            return Err(Error::VersionNotReady { name: name.clone(), version, status, message });
        }
        let current = model.alias(alias);
        check_expected(name, alias, expect, current)?;
        let mut plan = Self { request, target, current, model, ranking, verdicts: vec![], metrics: None };
        if plan.request.kind != MoveKind::Restore {
            info!(model = %name, alias = %alias, version = %plan.target.version, "{name}@{alias}: selected version {} ({}), {}", plan.target.version, plan.request.version, now_at(current));
        }
        if !plan.is_done() {
            // Boxed to keep these rare paths out of every job's future.
            if !plan.request.gates.is_empty() {
                let verdicts = evaluate_gates(plan.request.gates, "job.gates", plan.subject(), context.registry);
                plan.verdicts = Box::pin(context.wait_for(verdicts)).await?;
            }
            if context.compares_metrics {
                let metrics = diff_metrics(&plan.target, current, context.registry);
                plan.metrics = Some(Box::pin(context.wait_for(metrics)).await?);
            }
        }
        Ok(plan)
    }

    /// Returns the subject of the gates.
    pub(crate) fn subject(&self) -> GateSubject<'_> {
        GateSubject { alias: self.request.alias, previous: self.current, model: &self.model, candidate: &self.target }
    }

    /// Returns whether making the plan may have taken long enough for somebody else to move the alias.
    pub(crate) fn took_time(&self) -> bool {
        !self.request.gates.is_empty()
            || self.metrics.is_some()
            || matches!(self.request.version, VersionChoice::Best(_))
    }

    /// Returns where the alias must be when it moves: where the job expects it, or else, after gates, metrics or a ranking, where
    /// it was when they were read.
    pub(crate) fn expected(&self) -> Option<Expect> {
        self.request.expect.or_else(|| self.took_time().then(|| Expect::from_current(self.current)))
    }

    /// Returns whether the alias already points to the version.
    pub(crate) fn is_done(&self) -> bool {
        self.current == Some(self.target.version)
    }

    /// Logs that the alias already points to the version, and cleans up after killed runs.
    pub(crate) async fn end_unchanged(&self, context: &Context<'_>) {
        let MoveRequest { name, alias, .. } = self.request;
        let version = self.target.version;
        info!(model = %name, alias = %alias, version = %version, "{name}@{alias}: already at version {version}");
        self.warn_of_unrecorded_move();
        if context.mode == Mode::Apply {
            context.registry.clean_up().await;
        }
    }

    /// Warns if the history of the alias does not end at its version, because a rollback cannot find the previous
    /// version then.
    fn warn_of_unrecorded_move(&self) {
        let MoveRequest { name, alias, record, .. } = self.request;
        let Ok(history) = History::from_tags(&self.model.tags, alias.as_str()) else { return };
        let version = self.target.version;
        let newest = history.entries().next().map(|newest| newest.version);
        match newest {
            _ if !record || newest == Some(Some(version.get())) => {}
            Some(Some(recorded)) => warn!(
                model = %name, alias = %alias, version = %version,
                "{name}@{alias}: the move to version {version} is not in the history, which ends at version {recorded}; to undo \
                 it, a RollbackJob needs `to: {recorded}`"
            ),
            Some(None) => warn!(
                model = %name, alias = %alias, version = %version,
                "{name}@{alias}: the move to version {version} is not in the history, which ends with the deletion of the \
                 alias; a RollbackJob needs `to`"
            ),
            None => info!(
                model = %name, alias = %alias, version = %version,
                "{name}@{alias}: no earlier version is recorded, so a later RollbackJob needs `to`"
            ),
        }
    }

    /// Returns the error of a plan with failed gates.
    pub(crate) fn refusal(&self) -> Option<Error> {
        let gates = FailedGates::from_verdicts(&self.verdicts)?;
        Some(Error::Refused { name: self.request.name.clone(), version: self.target.version, gates: Box::new(gates) })
    }

    /// Returns the outcome before anything is written.
    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome_as(self.target.clone())
    }

    /// Returns the outcome so far, with the version as it was last read.
    pub(crate) fn outcome_as(&self, found: ModelVersion) -> Outcome {
        Outcome {
            version: Some(self.target.version.get()),
            previous_version: self.current.map(Version::get),
            model_version: Some(Box::new(found.into_found_version())),
            ranking: self.ranking.clone(),
            gates: self.verdicts.clone(),
            metrics: self.metrics.clone(),
            ..self.request.outline()
        }
    }
}

/// Describes where an alias is now.
fn now_at(current: Option<Version>) -> String {
    current.map_or_else(|| "does not exist yet".to_owned(), |version| format!("now at {version}"))
}
