//! Random batches with random faults: the final registry matches the report.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};

/// The version of every alias, by model and alias.
type Aliases = BTreeMap<(String, String), u64>;

const MODELS: [&str; 3] = ["m0", "m1", "m2"];
const VERSIONS: u64 = 3;

#[derive(Debug, Clone)]
struct Batch {
    jobs: Vec<Value>,
    aliases: Aliases,
    faults: Vec<FaultPlan>,
    policy: &'static str,
    concurrency: usize,
    retries: u8,
}

/// A fault as plain data.
#[derive(Debug, Clone)]
struct FaultPlan {
    method: &'static str,
    endpoint: &'static str,
    effect: &'static str,
    after: usize,
    times: usize,
}

fn batches() -> impl Strategy<Value = Batch> {
    let jobs = prop::collection::vec(prop_oneof![4 => promotions(), 1 => registrations()], 1..9);
    let policy = prop::sample::select(vec!["stop", "continue", "restore", "restore"]);
    (jobs, aliases(), prop::collection::vec(fault_plans(), 0..4), policy, 1..5_usize, 0..2_u8).prop_map(
        |(jobs, aliases, faults, policy, concurrency, retries)| Batch {
            jobs,
            aliases,
            faults,
            policy,
            concurrency,
            retries,
        },
    )
}

fn aliases() -> impl Strategy<Value = Aliases> {
    let place = (prop::sample::select(MODELS.to_vec()), prop::sample::select(vec!["A", "B", "C"]), 1..=VERSIONS);
    let owned = |(model, alias, version): (&str, &str, u64)| ((model.to_owned(), alias.to_owned()), version);
    prop::collection::vec(place, 0..6).prop_map(move |places| places.into_iter().map(owned).collect())
}

fn promotions() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["m0", "m0", "m1", "m2", "missing"]);
    let version = prop_oneof![
        4 => (1..=VERSIONS).prop_map(|version| json!(version)),
        1 => Just(json!(9)),
        1 => Just(json!("latest")),
        1 => Just(json!("@B")),
    ];
    let expect = prop_oneof![6 => Just(None), 1 => Just(Some(json!("none"))), 2 => (1..=VERSIONS).prop_map(|at| Some(json!(at)))];
    (name, prop::sample::select(vec!["A", "B"]), version, expect, any::<bool>()).prop_map(
        |(name, alias, version, expect, record)| {
            let mut job =
                json!({ "KIND": "PromotionJob", "name": name, "alias": alias, "version": version, "record": record });
            if let Some(expect) = expect {
                job["expect"] = expect;
            }
            job
        },
    )
}

fn registrations() -> impl Strategy<Value = Value> {
    let alias = prop::sample::select(vec![None, Some("A"), Some("B")]);
    (prop::sample::select(vec!["m0", "m1", "new"]), alias).prop_map(|(name, alias)| {
        let job = json!({ "KIND": "RegistrationJob", "name": name, "source": "s3://bucket/model" });
        alias.map_or(job.clone(), |alias| {
            let mut job = job;
            job["alias"] = json!(alias);
            job
        })
    })
}

fn fault_plans() -> impl Strategy<Value = FaultPlan> {
    let at = prop::sample::select(vec![
        ("GET", "registered-models/get"),
        ("GET", "model-versions/get"),
        ("GET", "registered-models/alias"),
        ("POST", "registered-models/alias"),
        ("POST", "registered-models/alias"),
        ("DELETE", "registered-models/alias"),
        ("POST", "registered-models/set-tag"),
        ("POST", "model-versions/create"),
    ]);
    let effect = prop::sample::select(vec!["500", "403", "reset", "lost"]);
    (at, effect, 0..6_usize, 1..3_usize).prop_map(|((method, endpoint), effect, after, times)| {
        // After a lost response a written history is indistinguishable from a missing one.
        let effect = if endpoint == "registered-models/set-tag" && effect == "lost" { "500" } else { effect };
        FaultPlan { method, endpoint, effect, after, times }
    })
}

impl Batch {
    fn registry(&self) -> FakeMlflow {
        let fake = MODELS.iter().fold(FakeMlflow::start(), |fake, name| {
            let own = self.aliases.iter().filter(|((model, _), _)| model == name);
            fake.model(name, |model| {
                let model = (1..=VERSIONS).fold(model, |model, version| model.version(version));
                own.fold(model, |model, ((_, alias), version)| model.alias(alias, *version))
            })
        });
        self.faults.iter().fold(fake, |fake, trouble| {
            let fault = match trouble.effect {
                "500" => Fault::status(500),
                "403" => Fault::error(403, "PERMISSION_DENIED", "Permission denied"),
                "reset" => Fault::reset(),
                _ => Fault::lost(),
            };
            let fault = fault.on(trouble.endpoint).method(trouble.method);
            fake.fault(fault.after(trouble.after).times(trouble.times))
        })
    }

    fn run(&self, fake: &FakeMlflow) -> Output {
        let concurrency = self.concurrency.to_string();
        Runner::new()
            .file("batch.json", json!({ "jobs": self.jobs }).to_string())
            .args(["-qqq", "-o", "json", "--on-failure", self.policy, "-j", &concurrency, "batch.json"])
            .env("MLFLOW_TRACKING_URI", fake.uri())
            .env("MLFLOW_HTTP_REQUEST_MAX_RETRIES", self.retries.to_string())
            .run()
    }
}

/// One job of a report.
struct JobReport<'r>(&'r Value);

impl JobReport<'_> {
    fn status(&self) -> &str {
        self.0["status"].as_str().unwrap()
    }

    fn alias(&self) -> Option<(String, String)> {
        let text = |key: &str| self.0["outcome"][key].as_str().map(str::to_owned);
        Some((text("name")?, text("alias")?))
    }

    fn version(&self) -> Option<u64> {
        self.0["outcome"]["version"].as_u64()
    }

    fn previous(&self) -> Option<u64> {
        self.0["outcome"]["previous_version"].as_u64()
    }

    fn is_recorded(&self) -> bool {
        self.0["outcome"]["recorded"] == true
    }

    /// Whether it reports a move of the alias, even a reverted one.
    fn moved(&self) -> bool {
        let was_seen = self.0["outcome"]["alias_written"] == "confirmed";
        matches!(self.status(), "promoted" | "registered" | "restored") || (self.status() == "not_restored" && was_seen)
    }

    /// Whether it reports that the alias may have moved.
    fn may_have_moved(&self) -> bool {
        matches!(self.status(), "failed" | "unknown" | "not_restored")
    }

    /// The exit code of a batch of this job alone, by the table of exit codes.
    fn exit(&self) -> i64 {
        match (self.status(), self.0["error"]["code"].as_str()) {
            ("blocked", _) => 3,
            ("failed" | "unknown" | "restored", Some("UNREACHABLE" | "LOGIN_REFUSED")) => 4,
            (_, Some(_)) | ("failed", None) => 1,
            (_, None) => 0,
        }
    }
}

/// The possible versions of an alias by the report: one, or two if unconfirmed.
fn possible_versions(start: Option<u64>, jobs: &[JobReport<'_>]) -> BTreeSet<Option<u64>> {
    let mut places = BTreeSet::from([start]);
    for job in jobs {
        if job.moved() || job.status() == "unchanged" {
            let from = if job.status() == "unchanged" { job.version() } else { job.previous() };
            assert!(places.contains(&from), "it came from {from:?}, and was at {places:?}: {}", job.0);
            places = BTreeSet::from([job.version()]);
        } else if job.may_have_moved() && job.version().is_some() {
            places.insert(job.version());
        }
    }
    for job in jobs.iter().rev() {
        match job.status() {
            "restored" => places = BTreeSet::from([job.previous()]),
            // The restore failed, before or after its write.
            "not_restored" => drop(places.insert(job.previous())),
            _ => {}
        }
    }
    places
}

/// Checks that a history holds every recorded move, and restores only if they are reported.
fn check_history(tag: Option<&str>, jobs: &[JobReport<'_>]) -> Result<(), TestCaseError> {
    let mut entries: Vec<Value> = tag.map_or_else(Vec::new, |tag| serde_json::from_str(tag).unwrap());
    entries.reverse();
    let pair = |entry: &Value| (entry["version"].as_u64(), entry["previous_version"].as_u64());
    let is_back = |entry: &&Value| entry["message"].as_str().is_some_and(|message| message.starts_with("restored"));
    let there: Vec<_> = entries.iter().filter(|entry| !is_back(entry)).map(pair).collect();
    // Includes an unconfirmed move that the model shows as applied.
    let recorded = |job: &&JobReport<'_>| (job.moved() || job.may_have_moved()) && job.is_recorded();
    let told: Vec<_> = jobs.iter().filter(recorded).map(|job| (job.version(), job.previous())).collect();
    prop_assert_eq!(there, told, "moves");
    let back: Vec<_> = entries.iter().filter(is_back).map(pair).collect();
    let mut told = jobs.iter().rev().filter(recorded).map(|job| (job.previous(), job.version()));
    prop_assert!(back.iter().all(|entry| told.any(|move_back| move_back == *entry)), "{back:?}");
    Ok(())
}

fn check(batch: &Batch) -> Result<(), TestCaseError> {
    let fake = batch.registry();
    let output = batch.run(&fake);
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output}"));
    let jobs = report["jobs"].as_array().unwrap();

    let order: Vec<_> = jobs.iter().map(|job| (job["index"].clone(), job["outcome"]["name"].clone())).collect();
    let given: Vec<_> = batch.jobs.iter().enumerate().map(|(at, job)| (json!(at), job["name"].clone())).collect();
    prop_assert_eq!(order, given, "the order of the config");

    let exits: Vec<i64> = jobs.iter().map(|job| JobReport(job).exit()).collect();
    let exit = [1, 4, 3].into_iter().find(|code| exits.contains(code)).unwrap_or(0);
    // An outage is a failure if a rerun may repeat work, which requires a write.
    let has = |fact: &str| jobs.iter().any(|job| !job["outcome"][fact].is_null());
    let may_repeat = has("version_created") || (output.code == 1 && has("alias_written"));
    let exit = if exit == 4 && may_repeat { 1 } else { exit };
    prop_assert_eq!((report["exit_code"].as_i64(), i64::from(output.code)), (Some(exit), exit), "{}", &output);
    let skipped = jobs.iter().any(|job| JobReport(job).status() == "skipped");
    prop_assert!(!skipped || (exit != 0 && batch.policy != "continue"), "{}", &output);

    let after = fake.aliases();
    let mentioned = jobs.iter().filter_map(|job| JobReport(job).alias());
    for place in mentioned.chain(batch.aliases.keys().cloned()).chain(after.keys().cloned()).collect::<BTreeSet<_>>() {
        let own: Vec<_> = jobs.iter().map(JobReport).filter(|job| job.alias().as_ref() == Some(&place)).collect();
        let (start, end) = (batch.aliases.get(&place).copied(), after.get(&place).copied());
        let possible = possible_versions(start, &own);
        prop_assert!(possible.contains(&end), "{place:?} is at {end:?}, not {possible:?}: {output}");
        check_history(fake.tag(&place.0, &format!("runner.history.{}", place.1)).as_deref(), &own)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_report_matches_the_registry(batch in batches()) {
        check(&batch)?;
    }
}
