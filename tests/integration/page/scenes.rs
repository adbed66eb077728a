//! Runs whose pages are looked at.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::fake_mlflow::{FakeMlflow, Model};
use crate::support::harness::Runner;

/// A model whose name, description and tags try to be markup.
pub(super) const HOSTILE_NAME: &str = "<img src=x onerror=document.title='owned'>\u{202e}";

const SERVICES: &str = "\
services:
  logger: { format: compact }
  alerts: { app_name: Bikes, channels: [{ KIND: ConsoleChannel }] }
  mlflow: { registry_name: bikes, http_request_max_retries: 0 }
";

const GATES: &str = "[\
{ KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: 0.35, min_relative_change: 0.02 }, \
{ KIND: MetricGate, metric: r2, greater_is_better: true, threshold: 0.8 }, \
{ KIND: TagGate, key: approved_by, matches: '.+' }, \
{ KIND: AgeGate, min: 1h, max: 900d }]";

/// A check that fails the first time.
const VERIFY: &str = "{ gates: [{ KIND: CommandGate, command: [sh, -c, 'test -e seen || { touch seen; echo warming up >&2; exit 1; }'] }], attempts: 3, interval: 0 }";

/// A run that wrote a page.
pub(super) struct Scene {
    pub(super) name: &'static str,
    runner: Runner,
}

impl Scene {
    /// Returns one of every sort.
    pub(super) fn all() -> Vec<Self> {
        vec![release(), promoted(), blocked(), plan(), unverified(), batch(), read_only(), hostile()]
    }

    /// Runs the jobs of a config, which end with an exit code.
    fn run(name: &'static str, fake: &FakeMlflow, config: &str, args: &[&str], code: i32) -> Self {
        let runner = Runner::new().file("release.yaml", format!("{SERVICES}{config}\n")).arg("release.yaml");
        let runner = runner.env("MLFLOW_TRACKING_URI", fake.uri()).env("RUNNER_ACTOR", "ada");
        let runner = runner.args(["--report", "html=release.html", "--report", "json=release.json"]);
        let run = runner.run_with(args);
        assert_eq!(run.code, code, "{name}: {run}");
        Self { name, runner }
    }

    /// Returns the path of the page.
    pub(super) fn page(&self) -> PathBuf {
        self.runner.dir().join("release.html")
    }
}

/// A model with three versions, Champion at 2, and metrics of both.
fn bikes() -> FakeMlflow {
    let metrics = |rmse, mae, r2, rows| [("rmse", rmse), ("mae", mae), ("r2", r2), ("training_rows", rows)];
    let fake = FakeMlflow::start().model("bikes", fill);
    fake.run("run2", &metrics(0.342, 0.251, 0.871, 17_379.0)).run("run3", &metrics(0.311, 0.262, 0.889, 18_210.0))
}

fn fill(model: Model) -> Model {
    let model = [1, 2, 3].into_iter().fold(model, Model::version).alias("Champion", 2).alias("Challenger", 3);
    let model = model
        .tag("runner.history.Champion", &champion_history())
        .tag("runner.history.Challenger", &challenger_history());
    let tag = |model: Model, version: u64, key: &str, value: &str| {
        model.with(version, |version| drop(version.tags.insert(key.to_owned(), value.to_owned())))
    };
    let model = model.with(3, |version| version.description = Some("Trained on the rides of October.".to_owned()));
    let model = tag(model, 3, "approved_by", "grace");
    let model = tag(model, 3, "data", "2026-10");
    tag(model, 2, "data", "2026-09")
}

fn moved(time: &str, kind: &str, from: Option<u64>, to: u64, message: &str) -> Value {
    json!({ "version": to, "previous_version": from, "time": time, "actor": "grace", "message": message, "kind": kind })
}

fn champion_history() -> String {
    json!([
        moved("2026-11-20T09:12:44Z", "rollback", Some(3), 2, "errors since 02:40"),
        moved("2026-11-19T16:03:10Z", "promotion", Some(1), 3, "October's rides"),
        moved("2026-10-02T08:30:00Z", "promotion", None, 1, "first release"),
    ])
    .to_string()
}

fn challenger_history() -> String {
    json!([moved("2026-11-18T11:00:00Z", "promotion", None, 2, "for the shadow endpoint")]).to_string()
}

/// A promotion with gates and a verification.
pub(super) fn promoted() -> Scene {
    let config = format!(
        "job: {{ KIND: PromotionJob, message: 'October rides, change CHG-2041', gates: {GATES}, verify: {VERIFY} }}"
    );
    Scene::run("promoted", &bikes(), &config, &[], 0)
}

/// A promotion with the history and the versions of its model behind it.
pub(super) fn release() -> Scene {
    let message = "October rides, change CHG-2041";
    let promotion = format!("{{ KIND: PromotionJob, message: '{message}', gates: {GATES}, verify: {VERIFY} }}");
    let config = format!("jobs:\n  - {promotion}\n  - {{ KIND: HistoryJob }}\n  - {{ KIND: StatusJob }}");
    Scene::run("release", &bikes(), &config, &[], 0)
}

/// Returns what a terminal shows of a promotion that a gate blocks, and of one that is made.
pub(super) fn terminal() -> String {
    let fake = bikes();
    let gate =
        |limit: &str| format!("{{ KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: {limit} }}");
    let tag = "{ KIND: TagGate, key: approved_by, matches: '.+' }";
    let job = |limit: &str| format!("job: {{ KIND: PromotionJob, gates: [{}, {tag}] }}\n", gate(limit));
    let services = "services:\n  alerts: { app_name: Bikes, channels: [{ KIND: ConsoleChannel }] }\n  mlflow: { registry_name: bikes }\n";
    let show = |(config, limit): (&str, &str)| {
        let runner = Runner::new().file(config, format!("{services}{}", job(limit))).arg(config);
        let runner = runner.env("MLFLOW_TRACKING_URI", fake.uri()).env("TERM", "xterm-256color");
        format!("$ runner {config}\n{}\n", runner.spawn_on_screen().finish().stderr)
    };
    [("strict.yaml", "0.3"), ("release.yaml", "0.35")].map(show).concat()
}

/// A promotion that two gates refuse.
pub(super) fn blocked() -> Scene {
    let gates = "[\
{ KIND: MetricGate, metric: mae, greater_is_better: false, min_absolute_change: 0, threshold: 0.3 }, \
{ KIND: MetricGate, metric: r2, greater_is_better: true, threshold: 0.8, mode: warn }, \
{ KIND: MetricGate, metric: f1, greater_is_better: true, threshold: 0.8, mode: warn }, \
{ KIND: TagGate, key: approved_by, equals: ada }]";
    Scene::run("blocked", &bikes(), &format!("job: {{ KIND: PromotionJob, gates: {gates} }}"), &[], 3)
}

/// A plan for approval.
pub(super) fn plan() -> Scene {
    let config = format!("job: {{ KIND: PromotionJob, message: October rides, gates: {GATES} }}");
    Scene::run("plan", &bikes(), &config, &["--plan"], 0)
}

/// A promotion whose verification fails three times.
pub(super) fn unverified() -> Scene {
    let verify =
        "{ gates: [{ KIND: CommandGate, command: [sh, -c, 'echo no answer >&2; exit 1'] }], attempts: 3, interval: 0 }";
    let config = format!("job: {{ KIND: PromotionJob, verify: {verify} }}");
    Scene::run("unverified", &bikes(), &config, &[], 1)
}

/// Jobs that end in different ways.
pub(super) fn batch() -> Scene {
    let fake = ["cars", "scooters", "trams"].iter().fold(bikes(), |fake, name| fake.model(name, fill));
    let config = format!(
        "jobs:\n  - {{ KIND: PromotionJob, gates: {GATES} }}\n  - {{ KIND: PromotionJob, name: cars, version: 2 }}\n  \
         - {{ KIND: PromotionJob, name: scooters, version: 9 }}\n  - {{ KIND: RollbackJob, name: trams, to: 1 }}\n  \
         - {{ KIND: PromotionJob, name: trams, alias: Staging, gates: [{{ KIND: TagGate, key: data, equals: '2026-11' }}] }}"
    );
    Scene::run("batch", &fake, &config, &["--on-failure", "continue"], 1)
}

/// The state and the history of a model.
pub(super) fn read_only() -> Scene {
    Scene::run("read", &bikes(), "jobs: [{ KIND: StatusJob }, { KIND: HistoryJob }]", &[], 0)
}

/// A promotion of a model that tries to be markup.
pub(super) fn hostile() -> Scene {
    let markup = "</script><script>document.title='owned'</script><svg onload=alert(1)><b>bold</b><iframe src=//x>";
    let fake = FakeMlflow::start().model(HOSTILE_NAME, |model| {
        let model = model.version(1).version(2).alias("Champion", 1).tag("runner.history.Champion", markup);
        model.with(2, |version| {
            version.description = Some(markup.to_owned());
            version.tags.insert(markup.to_owned(), markup.to_owned());
            version.source = markup.to_owned();
        })
    });
    let name = json!(HOSTILE_NAME);
    let text = json!(markup);
    let config = format!(
        "jobs: [{{ KIND: PromotionJob, name: {name}, message: {text}, gates: [{{ KIND: TagGate, key: {text}, matches: '.*', mode: warn }}] }}, \
         {{ KIND: StatusJob, name: {name} }}, {{ KIND: HistoryJob, name: {name} }}]"
    );
    Scene::run("hostile", &fake, &config, &[], 0)
}

/// A thousand promotions with three gates each.
pub(super) fn thousand() -> Scene {
    let names: Vec<String> = (0..1_000).map(|index| format!("model_{index}")).collect();
    let fake = names.iter().fold(bikes(), |fake, name| fake.model(name, fill));
    let gates = "[{ KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: 0.35, min_relative_change: 0.02 }, \
                 { KIND: MetricGate, metric: r2, greater_is_better: true, threshold: 0.8 }, \
                 { KIND: TagGate, key: approved_by, matches: '.+' }]";
    let jobs: String =
        names.iter().map(|name| format!("  - {{ KIND: PromotionJob, name: {name}, gates: {gates} }}\n")).collect();
    Scene::run("thousand", &fake, &format!("jobs:\n{jobs}"), &["-j", "16", "-q"], 0)
}
