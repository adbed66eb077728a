//! `PromotionJob`: moves an alias to a version, which changes what production serves.

use schemars::JsonSchema;
use serde::Deserialize;

use super::alias_move::{
    LOOK_WHERE_THE_ALIAS_IS, MoveRequest, Plan, VersionChoice, after_move, carry_out, is_standing_move,
};
use super::job::Kind;
use super::{Access, Context, Error, JobEnd, OnVerifyFailure, Resource, Select, Verify, VersionSelector};
use crate::gates::Gate;
use crate::history::MoveKind;
use crate::outcome::{DoneWord, JobStatus, Outcome, Rerun};
use crate::registry::{Alias, Expect, ModelName};
use crate::secret::FREE;

/// Moves an alias of a registered model to a version.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionJob {
    /// The registered model. Default: `services.mlflow.registry_name`.
    pub name: ModelName,
    /// The alias to move.
    #[serde(default = "champion")]
    pub alias: Alias,
    /// The version to move the alias to: a number, `latest` (the highest number), or `@` and another alias.
    #[serde(default)]
    pub version: VersionSelector,
    /// Selects the best version by a search, instead of `version`.
    #[serde(default)]
    pub select: Option<Box<Select>>,
    /// The reason for the move. It is kept in the history and shown in notifications.
    #[serde(default)]
    #[schemars(extend("x-text" = FREE))]
    pub message: Option<String>,
    /// The version that the alias must point to now, or `none` if the alias must not exist. Otherwise the job is blocked.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// Whether the move is recorded in the alias's history, a tag of the registered model.
    #[serde(default = "yes")]
    pub record: bool,
    /// The gates that must pass first. All are evaluated. The job is blocked unless each passes, is off, or only warns.
    #[serde(default)]
    pub gates: Vec<Gate>,
    /// The gates that must pass after the move. Skipped when the alias already points to the version.
    #[serde(default)]
    pub verify: Option<Verify>,
    /// What happens to the alias when `verify` fails: `rollback` moves it back, `keep` leaves it. The job fails in both cases.
    #[serde(default)]
    pub on_verify_failure: OnVerifyFailure,
}

const PROMOTED: DoneWord = DoneWord { word: "promoted", meaning: "The alias was moved." };

impl Kind for PromotionJob {
    const DONE: Option<DoneWord> = Some(PROMOTED);

    async fn run(&self, context: &Context<'_>) -> Result<JobEnd, Error> {
        let plan = Plan::make(self.request(), context).await.map_err(|error| self.request().outdated(error))?;
        let verify = self.verify.as_ref().map(|verify| (verify, self.on_verify_failure));
        Ok(carry_out(&plan, PROMOTED, verify, context).await)
    }

    /// Writes the alias, and reads the resources that select the version and the aliases that gates name.
    fn accesses(&self) -> Vec<Access> {
        let mut accesses = vec![Access::write(Resource::Alias(self.name.clone(), self.alias.clone()))];
        match &self.version {
            _ if self.select.is_some() => accesses.push(Access::read(Resource::Versions(self.name.clone()))),
            VersionSelector::Latest => accesses.push(Access::read(Resource::Versions(self.name.clone()))),
            VersionSelector::Exact(_) => {}
            VersionSelector::Alias(alias) => {
                accesses.push(Access::read(Resource::Alias(self.name.clone(), alias.clone())));
            }
        }
        let gates = self.gates.iter().chain(self.verify.iter().flat_map(Verify::gates));
        let of_gates = gates.filter_map(Gate::other_alias);
        accesses.extend(of_gates.map(|alias| Access::read(Resource::Alias(self.name.clone(), alias.clone()))));
        accesses
    }

    fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let contradicts = self.select.is_some() && self.version != VersionSelector::Latest;
        contradicts.then_some(("version", "`version` and `select` contradict each other; keep one of them"))
    }

    fn outline(&self) -> Outcome {
        self.request().outline()
    }

    fn pinned_key(&self) -> Option<&'static str> {
        Some("version")
    }

    /// A second run finds the alias in place, unless `expect` names another version. It does not verify the version
    /// again.
    fn rerun(&self, status: JobStatus, outcome: &Outcome) -> Rerun {
        match outcome.verification.as_deref() {
            _ if !is_standing_move(status, outcome) => Rerun::Idempotent,
            Some(verification) if !verification.passed => Rerun::Unknown,
            _ => after_move(self.expect, outcome),
        }
    }

    fn rerun_hint(&self) -> &'static str {
        LOOK_WHERE_THE_ALIAS_IS
    }
}

impl PromotionJob {
    fn request(&self) -> MoveRequest<'_> {
        MoveRequest {
            name: &self.name,
            alias: &self.alias,
            version: match &self.select {
                Some(select) => VersionChoice::Best(select),
                None => VersionChoice::Named(self.version.clone()),
            },
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
