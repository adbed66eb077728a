//! Python's own client and the program use one store in turns.

use crate::support::harness::Runner;
use crate::support::mlflow_server::python_in;

/// Runs everything in one process, because importing MLflow takes seconds.
const SCRIPT: &str = r#"
import os, subprocess, sys, yaml
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow
program = sys.argv[1]
client = mlflow.MlflowClient()
odd = ["yes", "1:30", "2026-11-23", "1e5", "012", "~", "", "- a", "a: b #c", "{x}", "tab\t", "nl\n", "\x85\u2028\ufeff", "é日本😀", "it's \"q\"", " lead"]

for place, text in enumerate(odd):
    client.create_registered_model(f"m{place}", tags={"text": text, "a/b": "1"}, description=text)
    client.create_model_version(f"m{place}", "s3://b/1")
    client.create_model_version(f"m{place}", "s3://b/2", description=text, tags={"t": text})
client.set_registered_model_alias("m0", "Champion", "1")
client.delete_model_version("m0", "2")
client.create_model_version("m0", "s3://b/3")

def run(config):
    name = "a.json" if config.startswith("{") else "a.yaml"
    open(name, "w").write(config)
    done = subprocess.run([program, "-qqq", name], env={"RUNNER_ACTOR": "ada"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return [line.split()[1:7] for line in done.stdout.splitlines()[1:] if line.startswith("a.")]

def entities():
    models = [dict(model) for model in client.search_registered_models(max_results=1000)]
    versions = [dict(version) for version in client.search_model_versions()]
    for thing in models:
        del thing["latest_versions"], thing["aliases"], thing["last_updated_timestamp"]
        thing["tags"] = {key: value for key, value in thing["tags"].items() if not key.startswith("runner.")}
    for thing in versions:
        del thing["aliases"]
    return models, versions

before, updated = entities(), client.get_registered_model("m0").last_updated_timestamp
jobs = "".join(f"- {{ KIND: PromotionJob, name: m{place}, alias: Prod_é }}\n" for place in range(len(odd)))
moved = run("services: { mlflow: { tracking_uri: ./mlruns } }\njobs:\n" + jobs)
print(moved[0], len(moved))
print("nothing else changed:", entities() == before)
print(client.get_registered_model("m0").aliases, client.get_model_version_by_alias("m0", "Prod_é").version)
print(client.get_registered_model("m0").last_updated_timestamp > updated)
print({client.get_registered_model(f"m{place}").aliases["Prod_é"] for place in range(1, len(odd))})
copy = yaml.safe_load(open("mlruns/models/m1/meta.yaml"))
print({key: type(value).__name__ for key, value in copy.items()}, copy["aliases"])

client.set_registered_model_alias("m0", "Prod_é", "1")
print(run("services: { mlflow: { tracking_uri: ./mlruns } }\njob: { KIND: PromotionJob, name: m0, alias: Prod_é, expect: 1 }\n"))

import json
job = {"KIND": "RegistrationJob", "source": "models:/m0/3", "run_id": "12e45", "alias": "New"}
jobs = [{**job, "name": f"n{place}", "description": text or None, "tags": {"t": text, "x/y z": "1"}} for place, text in enumerate(odd)]
made = run(json.dumps({"services": {"mlflow": {"tracking_uri": "file:./mlruns"}}, "jobs": jobs}))
print(made[0], len(made))
for place, text in enumerate(odd):
    version = client.get_model_version_by_alias(f"n{place}", "New")
    assert version.description == (text or None) and version.tags == {"t": text, "x/y z": "1"}, (text, version)
print(version.version, version.status, version.current_stage, version.source, repr(version.run_id), version.aliases)
print(client.get_model_version_download_uri("n0", "1"), type(version.creation_timestamp).__name__)
print(client.create_model_version("n0", "s3://b/2").version, client.get_registered_model("n0").latest_versions[0].version)
client.delete_registered_model_alias("n0", "New")
client.delete_registered_model("n2")
print(client.get_registered_model("n0").aliases, len(client.search_registered_models(max_results=1000)))
"#;

#[test]
fn pythons_client_and_the_program_share_a_store() {
    let runner = Runner::new();
    let transcript = python_in(runner.dir(), "./mlruns", SCRIPT, &[env!("CARGO_BIN_EXE_runner")]);
    insta::assert_snapshot!(transcript);
}
