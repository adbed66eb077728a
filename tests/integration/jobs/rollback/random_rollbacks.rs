//! Random promotions and rollbacks, compared with a stack as the model.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use runner::jobs::{Context, Job, MlflowClient, Mode, WriteLog};
use runner::outcome::JobStatus;
use runner::registry::{ModelName, Registry, Version};
use runner::shutdown::Shutdown;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::KEY;
use crate::support::sqlite_fixture::{open, unpack};

#[derive(Debug, Clone, Copy)]
enum Step {
    Promote(u64),
    Back,
    BackTo(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..=3_u64).prop_map(Step::Promote),
        2 => Just(Step::Back),
        1 => (1..=3_u64).prop_map(Step::BackTo),
    ];
    prop::collection::vec(step, 1..16)
}

/// A database in which `Champion` of `bikes` points to version 1, without a history.
struct Sandbox {
    runtime: Runtime,
    registry: Registry,
    name: ModelName,
    _folder: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mlflow.db");
        unpack("3.18.0", &path);
        let registry = open(&format!("sqlite:///{}", path.display()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, registry, name: "bikes".parse().unwrap(), _folder: folder }
    }

    fn run(&self, job: &Value) -> JobStatus {
        let job: Job = serde_json::from_value(job.clone()).unwrap();
        let shutdown = Shutdown::never();
        let writes = WriteLog::default();
        let context = Context {
            registry: &self.registry,
            client: MlflowClient::default(),
            mode: Mode::Apply,
            compares_metrics: false,
            shutdown: &shutdown,
            lost_process: None,
            actor: "ada",
            writes: &writes,
        };
        self.runtime.block_on(job.run(&context)).status
    }

    /// Returns the version of the alias and the number of its history entries.
    fn state(&self) -> (Option<u64>, usize) {
        let model = self.runtime.block_on(self.registry.get_model(&self.name)).unwrap();
        let moves = model.tags.get(KEY).map_or(0, |tag| serde_json::from_str::<Vec<Value>>(tag).unwrap().len());
        (model.alias(&"Champion".parse().unwrap()).map(Version::get), moves)
    }

    fn take(&self, step: Step) -> JobStatus {
        self.run(&match step {
            Step::Promote(version) => json!({ "PromotionJob": { "name": "bikes", "version": version } }),
            Step::Back => json!({ "RollbackJob": { "name": "bikes" } }),
            Step::BackTo(version) => json!({ "RollbackJob": { "name": "bikes", "to": version } }),
        })
    }
}

/// Applies a step to the stack, and returns the expected status of the job.
fn expected(stack: &mut Vec<u64>, step: Step) -> JobStatus {
    match step {
        Step::Promote(version) | Step::BackTo(version) if stack.last() == Some(&version) => JobStatus::Unchanged,
        Step::Promote(version) => {
            stack.push(version);
            JobStatus::Done("promoted")
        }
        Step::Back if stack.len() < 2 => JobStatus::Failed,
        Step::Back => {
            stack.pop();
            JobStatus::Done("rolled_back")
        }
        Step::BackTo(version) => {
            stack.pop();
            while stack.contains(&version) && stack.last() != Some(&version) {
                stack.pop();
            }
            if stack.last() != Some(&version) {
                stack.push(version);
            }
            JobStatus::Done("rolled_back")
        }
    }
}

fn check(steps: &[Step]) -> Result<(), TestCaseError> {
    let sandbox = Sandbox::new();
    let (mut stack, mut moves) = (vec![1], 0);
    for (at, step) in steps.iter().enumerate() {
        let status = expected(&mut stack, *step);
        moves += usize::from(matches!(status, JobStatus::Done(_)));
        prop_assert_eq!(sandbox.take(*step), status, "step {} of {:?}", at, steps);
        prop_assert_eq!(sandbox.state(), (stack.last().copied(), moves), "step {} of {:?}", at, steps);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_rollbacks_match_a_stack_and_append_to_the_history(steps in steps()) {
        check(&steps)?;
    }

    #[test]
    fn as_many_rollbacks_as_promotions_restore_the_first_version(promotions in 1..12_u64) {
        let sandbox = Sandbox::new();
        // Every promotion changes the version: 2, 3, 1, 2…
        for step in 1..=promotions {
            prop_assert_eq!(sandbox.take(Step::Promote(step % 3 + 1)), JobStatus::Done("promoted"));
        }
        for left in (0..promotions).rev() {
            prop_assert_eq!(sandbox.take(Step::Back), JobStatus::Done("rolled_back"));
            prop_assert_eq!(sandbox.state().0, Some(left % 3 + 1));
        }
        let moves = usize::try_from(2 * promotions).unwrap();
        prop_assert_eq!(sandbox.state(), (Some(1), moves));
    }
}
