//! Python's own client on databases that the program created, and the reverse.

use crate::registries::sqlite::quickstart::quickstart_runner;
use crate::support::mlflow_server::python_in;

const NAMES: [&str; 6] = ["it's", "dq\"x", "two words", "Fahrräder 日本", "100% + a&b=c#d?", "back\\slash"];

/// Runs everything in one process, because importing MLflow and migrating a database take seconds. It first migrates
/// the database from the schema of 2.3; in between the program promotes again.
const SCRIPT: &str = r#"
import json, sqlite3, subprocess, sys
import mlflow
runner, *names = sys.argv[1:]
client = mlflow.MlflowClient()

def revision():
    return sqlite3.connect("mlflow.db").execute("SELECT version_num FROM alembic_version").fetchone()[0]

def history(name, alias="Champion"):
    moves = json.loads(client.get_registered_model(name).tags[f"runner.history.{alias}"])
    return [(move["version"], move["previous_version"], move["actor"], move["message"]) for move in moves]

def show(name, alias="Champion"):
    version = client.get_model_version_by_alias(name, alias)
    print(ascii(name), ascii(client.get_registered_model(name).aliases), version.version, version.status, version.current_stage,
          version.source, ascii(version.description), ascii(version.tags), ascii(history(name, alias)))

made = revision()
show("quickstart")
print("migrated from", made, "to", revision())
print(sorted(version.version for version in client.search_model_versions("name = 'quickstart'")))
print(mlflow.pyfunc.load_model("models:/quickstart@Champion").predict([1, 2, 3]))
for name in names:
    show(name, "Prod_é")

def promote(*args):
    run = subprocess.run([runner, *args], env={"RUNNER_ACTOR": "grace"}, capture_output=True, text=True, check=True)
    print(run.stdout.splitlines()[1].split()[1:7])

client.set_registered_model_alias("quickstart", "Champion", "1")
promote("confs/quickstart.yaml", "--extras", "{jobs: [{KIND: PromotionJob, version: 2, expect: 1}]}")
show("quickstart")
promote("confs/quickstart.yaml")
show("quickstart")
print(mlflow.pyfunc.load_model("models:/quickstart@Champion").predict([1]))
print(client.get_experiment("0").name)
"#;

/// Returns a config that registers every name, with everything a registration can carry.
fn registrations() -> String {
    let job = |name: &&str| {
        serde_json::json!({
            "KIND": "RegistrationJob",
            "name": name,
            "source": "s3://bucket/a model",
            "alias": "Prod_é",
            "description": "über \"it\"",
            "tags": { "a key": "ä 'value'", "empty": "" },
            "message": "why not",
        })
    };
    let jobs: Vec<_> = NAMES.iter().map(job).collect();
    serde_json::json!({ "services": { "mlflow": { "tracking_uri": "sqlite:///mlflow.db" } }, "jobs": jobs }).to_string()
}

#[test]
fn the_python_client_migrates_and_reads_a_created_database() {
    let runner = quickstart_runner().file("names.json", registrations()).args(["confs/quickstart.yaml", "names.json"]);
    let output = runner.run();
    assert_eq!(output.code, 0, "{output}");
    let again = runner.run();
    assert_eq!(again.code, 0, "{again}");
    let program = [env!("CARGO_BIN_EXE_runner")];
    let args: Vec<&str> = program.into_iter().chain(NAMES).collect();
    let transcript = python_in(runner.dir(), "sqlite:///mlflow.db", SCRIPT, &args);
    insta::assert_snapshot!(transcript, @r#"
    'quickstart' {'Champion': 2} 2 READY None confs/quickstart 'A model that predicts the same number for every row' {'validation_status': 'approved'} [(2, 1, 'ada', 'my first promotion'), (1, None, 'ada', 'my first promotion')]
    migrated from dc11669786a5 to dc11669786a5
    [1, 2]
    [42, 42, 42]
    "it's" {'Prod_\xe9': 2} 2 READY None s3://bucket/a model '\xfcber "it"' {'a key': "\xe4 'value'", 'empty': ''} [(2, 1, 'ada', 'why not'), (1, None, 'ada', 'why not')]
    'dq"x' {'Prod_\xe9': 2} 2 READY None s3://bucket/a model '\xfcber "it"' {'a key': "\xe4 'value'", 'empty': ''} [(2, 1, 'ada', 'why not'), (1, None, 'ada', 'why not')]
    'two words' {'Prod_\xe9': 2} 2 READY None s3://bucket/a model '\xfcber "it"' {'a key': "\xe4 'value'", 'empty': ''} [(2, 1, 'ada', 'why not'), (1, None, 'ada', 'why not')]
    'Fahrr\xe4der \u65e5\u672c' {'Prod_\xe9': 2} 2 READY None s3://bucket/a model '\xfcber "it"' {'a key': "\xe4 'value'", 'empty': ''} [(2, 1, 'ada', 'why not'), (1, None, 'ada', 'why not')]
    '100% + a&b=c#d?' {'Prod_\xe9': 2} 2 READY None s3://bucket/a model '\xfcber "it"' {'a key': "\xe4 'value'", 'empty': ''} [(2, 1, 'ada', 'why not'), (1, None, 'ada', 'why not')]
    'back\\slash' {'Prod_\xe9': 2} 2 READY None s3://bucket/a model '\xfcber "it"' {'a key': "\xe4 'value'", 'empty': ''} [(2, 1, 'ada', 'why not'), (1, None, 'ada', 'why not')]
    ['quickstart', 'Champion', '1', '2', '2', 'promoted']
    'quickstart' {'Champion': 2} 2 READY None confs/quickstart 'A model that predicts the same number for every row' {'validation_status': 'approved'} [(2, 1, 'grace', None), (2, 1, 'ada', 'my first promotion'), (1, None, 'ada', 'my first promotion')]
    ['quickstart', '-', '-', '3', '-', 'registered']
    'quickstart' {'Champion': 3} 3 READY None confs/quickstart 'A model that predicts the same number for every row' {'validation_status': 'approved'} [(3, 2, 'grace', 'my first promotion'), (2, 1, 'grace', None), (2, 1, 'ada', 'my first promotion'), (1, None, 'ada', 'my first promotion')]
    [42]
    Default
    "#);
}
