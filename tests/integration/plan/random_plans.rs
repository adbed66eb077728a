//! Random registries and jobs: applying a plan equals a direct run.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Output, Runner};

const MODELS: [&str; 2] = ["m0", "m1"];
const VERSIONS: u64 = 4;

#[derive(Debug, Clone)]
struct Case {
    /// By model and version: whether it is ready, whether it is approved, and its metric.
    versions: BTreeMap<(usize, u64), (bool, bool, Option<u8>)>,
    aliases: BTreeMap<(usize, &'static str), u64>,
    jobs: Vec<Value>,
}

fn cases() -> impl Strategy<Value = Case> {
    let keys = (0..MODELS.len()).flat_map(|model| (1..=VERSIONS).map(move |version| (model, version)));
    let keys: Vec<_> = keys.collect();
    let state = (prop::bool::weighted(0.9), prop::bool::weighted(0.7), prop::option::weighted(0.8, 0..9_u8));
    let versions = prop::collection::vec(state, keys.len())
        .prop_map(move |states| keys.clone().into_iter().zip(states).collect::<BTreeMap<_, _>>());
    let places = (0..MODELS.len(), prop::sample::select(vec!["A", "B", "Source"]));
    let aliases = prop::collection::btree_map(places, 1..=VERSIONS, 0..6);
    let targets = (0..MODELS.len(), prop::sample::select(vec!["A", "B"]));
    let jobs =
        prop::collection::btree_map(targets, fields(), 1..4).prop_map(|jobs| jobs.into_iter().map(promotion).collect());
    let registration = prop::option::weighted(
        0.3,
        Just(json!({ "KIND": "RegistrationJob", "name": "new", "source": "s3://b/m", "alias": "A" })),
    );
    (versions, aliases, jobs, registration).prop_map(
        |(versions, aliases, mut jobs, registration): (_, _, Vec<Value>, _)| {
            jobs.extend(registration);
            Case { versions, aliases, jobs }
        },
    )
}

/// The fields of a promotion besides model and alias.
fn fields() -> impl Strategy<Value = Value> {
    let version = prop_oneof![
        3 => (1..=VERSIONS).prop_map(|version| json!({ "version": version })),
        2 => Just(json!({})),
        2 => Just(json!({ "version": "@Source" })),
        2 => Just(json!({ "select": { "order_by": ["metrics.rmse ASC"] } })),
    ];
    let approved = json!([{ "KIND": "TagGate", "key": "approved", "equals": "yes" }]);
    let gates = prop::option::weighted(0.4, Just(approved));
    let message = prop::option::of("[a-z$ {'\":#\n]{0,8}");
    let expect = prop::option::weighted(0.2, prop_oneof![Just(json!("none")), (1..=VERSIONS).prop_map(|at| json!(at))]);
    (version, gates, message, expect, any::<bool>()).prop_map(|(mut fields, gates, message, expect, record)| {
        let message = message.map(|message| json!(message.replace("${", "$${")));
        for (key, value) in [("gates", gates), ("message", message), ("expect", expect)] {
            if let Some(value) = value {
                fields[key] = value;
            }
        }
        fields["record"] = json!(record);
        fields
    })
}

fn promotion(((model, alias), mut fields): ((usize, &str), Value)) -> Value {
    fields["KIND"] = json!("PromotionJob");
    fields["name"] = json!(MODELS[model]);
    fields["alias"] = json!(alias);
    fields
}

impl Case {
    fn registry(&self) -> FakeMlflow {
        let fake = (0..MODELS.len()).fold(FakeMlflow::start(), |fake, model| {
            fake.model(MODELS[model], |filled| {
                let filled = (1..=VERSIONS).fold(filled, |filled, version| {
                    let (ready, approved, _) = self.versions[&(model, version)];
                    let filled = filled.version_as(version, if ready { "READY" } else { "PENDING_REGISTRATION" });
                    filled.with(version, |one| {
                        one.run_id = Some(format!("run{model}-{version}"));
                        one.tags.extend(approved.then(|| ("approved".to_owned(), "yes".to_owned())));
                    })
                });
                let own = self.aliases.iter().filter(|((of, _), _)| *of == model);
                own.fold(filled, |filled, ((_, alias), version)| filled.alias(alias, *version))
            })
        });
        self.versions.iter().fold(fake, |fake, ((model, version), (_, _, rmse))| {
            let metrics: Vec<(&str, f64)> = rmse.iter().map(|rmse| ("rmse", f64::from(*rmse))).collect();
            fake.run(&format!("run{model}-{version}"), &metrics)
        })
    }

    fn run(&self, fake: &FakeMlflow, more: &[&str]) -> Output {
        let config = json!({ "jobs": self.jobs }).to_string();
        runner_on(fake, "jobs.json", &config).run_with(more)
    }
}

fn runner_on(fake: &FakeMlflow, file: &str, config: &str) -> Runner {
    let runner = Runner::new().file(file, config).args(["-qqq", file]).env("RUNNER_ACTOR", "ada");
    runner.env("MLFLOW_TRACKING_URI", fake.uri())
}

/// Returns the statuses and moves of the jobs of a run.
fn job_outcomes(run: &Output) -> Vec<Value> {
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    let outcome_of = |job: &Value| {
        let outcome = &job["outcome"];
        json!([job["status"], outcome["version"], outcome["previous_version"], outcome["recorded"], outcome["message"]])
    };
    report["jobs"].as_array().unwrap().iter().map(outcome_of).collect()
}

/// Returns all histories without the times.
fn histories(fake: &FakeMlflow) -> Vec<Option<Value>> {
    let read = |model: &str, alias: &str| {
        let tag = fake.tag(model, &format!("runner.history.{alias}"))?;
        let mut history: Value = serde_json::from_str(&tag).unwrap();
        for entry in history.as_array_mut().unwrap() {
            entry["time"] = Value::Null;
        }
        Some(history)
    };
    ["m0", "m1", "new"].iter().flat_map(|model| ["A", "B"].map(|alias| read(model, alias))).collect()
}

fn check(case: &Case) -> Result<(), TestCaseError> {
    let (direct, planned) = (case.registry(), case.registry());
    let ran = case.run(&direct, &["-o", "json"]);
    let before = planned.aliases();
    let plan = case.run(&planned, &["--plan", "-o", "yaml"]);
    prop_assert_eq!(planned.aliases(), before, "a plan changes nothing");
    prop_assert!(planned.calls().iter().all(|call| call.starts_with("GET ")), "{:?}", planned.calls());
    prop_assert_eq!(plan.code, ran.code, "{}{}", &plan, &ran);
    prop_assert_eq!(plan.stdout.is_empty(), plan.code != 0, "{}", &plan);
    if plan.code != 0 {
        return Ok(());
    }
    let applied = runner_on(&planned, "plan.yaml", &plan.stdout).run_with(&["-o", "json"]);
    prop_assert_eq!(applied.code, 0, "{}{}", &plan, &applied);
    prop_assert_eq!(job_outcomes(&applied), job_outcomes(&ran), "{}", &plan);
    prop_assert_eq!(planned.aliases(), direct.aliases());
    prop_assert_eq!(histories(&planned), histories(&direct));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn applying_a_plan_equals_a_direct_run(case in cases()) {
        check(&case)?;
    }
}
