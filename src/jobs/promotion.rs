//! Promotion: an alias of a registered model moves to a version, and with it what production serves.

use schemars::JsonSchema;
use serde::Deserialize;
use tracing::info;

use super::apply::apply;
use super::plan::{Choice, Plan, Wish};
use super::verification::end_unconfirmed;
use super::{Claim, Context, Ended, Mode, OnVerifyFailure, Select, Thing, Verify, VersionSelector};
use crate::gates::Gate;
use crate::history::MoveKind;
use crate::outcome::{JobStatus, Outcome};
use crate::registry::{Alias, Expect, ModelName};
use crate::secret::FREE;

/// Moves an alias of a registered model to a version.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionJob {
    /// The registered model; by default `services.mlflow.registry_name`.
    pub name: ModelName,
    /// The alias to move.
    #[serde(default = "champion")]
    pub alias: Alias,
    /// The version to move it to: a number, `latest` (the highest number), or `@` and an alias that points to it.
    #[serde(default)]
    pub version: VersionSelector,
    /// Instead of `version`: the best version that a search finds.
    #[serde(default)]
    pub select: Option<Box<Select>>,
    /// Why; kept in the history and shown in notices.
    #[serde(default)]
    #[schemars(extend("x-text" = FREE))]
    pub message: Option<String>,
    /// The version the alias must point to now, or `none` if it must not exist; otherwise the job is blocked.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// Whether the move is kept in the alias's history, a tag of the registered model.
    #[serde(default = "yes")]
    pub record: bool,
    /// What must hold first. All are asked; the job is blocked unless each passes, is off, or only warns.
    #[serde(default)]
    pub gates: Vec<Gate>,
    /// What must hold once the alias points to the version. Where the alias is there already, nothing is verified.
    #[serde(default)]
    pub verify: Option<Verify>,
    /// What becomes of the alias where `verify` fails: `rollback` puts it back, `keep` leaves it. The job fails.
    #[serde(default)]
    pub on_verify_failure: OnVerifyFailure,
}

impl PromotionJob {
    /// Plans the move and, unless only the plan is wanted, applies it.
    pub(super) async fn run(&self, context: &Context<'_>) -> Ended {
        let plan = match Plan::make(self.wish(), context).await {
            Ok(plan) => plan,
            Err(error) => {
                let error = self.wish().outdated(error);
                let ranking = error.ranking().cloned().map(Box::new);
                return Ended::early(&error, Some(Outcome { ranking, ..self.outline() }));
            }
        };
        let (name, alias, version) = (&self.name, &self.alias, plan.target.version);
        if plan.is_done() {
            plan.end_unchanged(context).await;
            return Ended::well(JobStatus::Unchanged, plan.outcome());
        }
        if let Some(refusal) = plan.refusal() {
            return Ended::early(&refusal, Some(plan.outcome()));
        }
        if context.mode == Mode::Plan {
            info!(model = %name, alias = %alias, version = %version, "planned, nothing changed: {}", plan.diff());
            let verify = self.verify.as_ref().map(Verify::outline);
            return Ended::well(JobStatus::Planned, Outcome { verify, ..plan.outcome() });
        }
        match (apply(&plan, context).await, &self.verify) {
            (Ok(outcome), _) if !context.writes.has_move() => Ended::well(JobStatus::Unchanged, outcome),
            (Ok(outcome), None) => Ended::well(JobStatus::Promoted, outcome),
            // Boxed, as all that few jobs do: every other one would hold, and move, its state as well.
            (Ok(outcome), Some(verify)) => Box::pin(verify.end(&plan, outcome, self.on_verify_failure, context)).await,
            (Err(error), Some(_)) if error.is_in_doubt() => {
                Box::pin(end_unconfirmed(&plan, error, self.on_verify_failure, context)).await
            }
            (Err(error), _) => Ended::early(&self.wish().outdated(error), Some(plan.outcome())),
        }
    }

    /// Writes its alias, and reads what the version is chosen by and what gates look at.
    pub(super) fn claims(&self) -> Vec<Claim> {
        let mut claims = vec![Claim::write(Thing::Alias(self.name.clone(), self.alias.clone()))];
        match &self.version {
            _ if self.select.is_some() => claims.push(Claim::read(Thing::Versions(self.name.clone()))),
            VersionSelector::Latest => claims.push(Claim::read(Thing::Versions(self.name.clone()))),
            VersionSelector::Exact(_) => {}
            VersionSelector::Alias(alias) => {
                claims.push(Claim::read(Thing::Alias(self.name.clone(), alias.clone())));
            }
        }
        let gates = self.gates.iter().chain(self.verify.iter().flat_map(Verify::gates));
        let of_gates = gates.filter_map(Gate::other_alias);
        claims.extend(of_gates.map(|alias| Claim::read(Thing::Alias(self.name.clone(), alias.clone()))));
        claims
    }

    /// Returns a field that another one contradicts, and how.
    pub(super) fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let contradicts = self.select.is_some() && self.version != VersionSelector::Latest;
        contradicts.then_some(("version", "`version` and `select` contradict each other; keep one of them"))
    }

    /// Returns the outcome before anything was read.
    pub(super) fn outline(&self) -> Outcome {
        self.wish().outline()
    }

    fn wish(&self) -> Wish<'_> {
        Wish {
            name: &self.name,
            alias: &self.alias,
            version: self.select.as_deref().map_or(Choice::Named(&self.version), Choice::Best),
            expect: self.expect,
            message: self.message.as_deref(),
            record: self.record,
            gates: &self.gates,
            kind: MoveKind::Promotion,
        }
    }
}

#[expect(clippy::expect_used, reason = "the name is fixed, and a test reads it")]
pub(super) fn champion() -> Alias {
    "Champion".parse().expect("a valid alias")
}

pub(super) const fn yes() -> bool {
    true
}
