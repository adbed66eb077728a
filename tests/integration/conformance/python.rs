//! Python's client of a release as a line-based process, because importing it takes seconds.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::backends::{Release, first_two};
use super::other_client::OtherClient;

/// The timeout of a response. The first one waits for the import.
const DEADLINE: Duration = Duration::from_secs(120);

/// Answers calls until standard input closes. Output of MLflow must not be parsed as a response.
const SCRIPT: &str = r#"
import json, os, sys
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
import mlflow
client = mlflow.MlflowClient()

def updated(name):
    return client.get_registered_model(name).last_updated_timestamp

def describe(name, version):
    client.update_model_version(name, version, "described")

def make_prompt(name):
    if hasattr(mlflow, "register_prompt"):
        register = client.register_prompt if hasattr(client, "register_prompt") else mlflow.register_prompt
        return register(name, "Say {{this}}.") and None
    tags = {"mlflow.prompt.is_prompt": "true"}
    client.create_registered_model(name, tags=tags)
    client.create_model_version(name, "s3://bucket/prompt", tags=tags)

def find(name, filter):
    return [int(version.version) for version in client.search_model_versions(f"name = '{name}' AND {filter}")]

def refuses(name, alias):
    try:
        client.set_registered_model_alias(name, alias, "1")
    except mlflow.MlflowException:
        return True
    return False

calls = {
    "release": lambda: mlflow.__version__,
    "delete_version": client.delete_model_version,
    "describe": describe,
    "delete_model": client.delete_registered_model,
    "rename": lambda name, new: client.rename_registered_model(name, new) and None,
    "make_prompt": make_prompt,
    "artifacts": client.get_model_version_download_uri,
    "updated": updated,
    "refuses": refuses,
    "find": find,
}
for line in sys.stdin:
    call, *args = json.loads(line)
    try:
        answer = {"ok": calls[call](*args)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers, flush=True)
"#;

pub(super) struct Client {
    version: String,
    stdin: RefCell<ChildStdin>,
    answers: Receiver<String>,
    child: Child,
}

impl Client {
    /// Starts the client of a registry.
    pub(super) fn start(mut python: Command, uri: &str) -> Self {
        python.env("MLFLOW_TRACKING_URI", uri).env("MLFLOW_ALLOW_FILE_STORE", "true");
        python.args(["-W", "ignore", "-c", SCRIPT]);
        let mut child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let stdin = RefCell::new(child.stdin.take().unwrap());
        let (sender, answers) = mpsc::channel();
        let stdout = child.stdout.take().unwrap();
        thread::spawn(move || BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|it| sender.send(it)));
        let mut client = Self { version: String::new(), stdin, answers, child };
        client.version = client.call(&json!(["release"])).as_str().unwrap().to_owned();
        client
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn release(&self) -> Release {
        first_two(&self.version)
    }

    fn call(&self, call: &Value) -> Value {
        writeln!(self.stdin.borrow_mut(), "{call}").unwrap();
        let answer = self.answers.recv_timeout(DEADLINE).unwrap_or_else(|error| panic!("{call}: {error}"));
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer.get("error"), None, "{call}");
        answer["ok"].take()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl OtherClient for Client {
    fn delete_version(&self, name: &str, version: u64) {
        self.call(&json!(["delete_version", name, version.to_string()]));
    }

    fn describe_version(&self, name: &str, version: u64) {
        self.call(&json!(["describe", name, version.to_string()]));
    }

    fn delete_model(&self, name: &str) {
        self.call(&json!(["delete_model", name]));
    }

    fn rename(&self, name: &str, new: &str) {
        self.call(&json!(["rename", name, new]));
    }

    fn make_prompt(&self, name: &str) {
        self.call(&json!(["make_prompt", name]));
    }

    fn artifacts(&self, name: &str, version: u64) -> String {
        self.call(&json!(["artifacts", name, version.to_string()])).as_str().unwrap().to_owned()
    }

    fn updated(&self, name: &str) -> i64 {
        self.call(&json!(["updated", name])).as_i64().unwrap()
    }

    fn refuses_alias(&self, name: &str, alias: &str) -> Option<bool> {
        self.call(&json!(["refuses", name, alias])).as_bool()
    }

    fn find(&self, name: &str, filter: &str) -> Option<Vec<u64>> {
        let mut found: Vec<u64> = serde_json::from_value(self.call(&json!(["find", name, filter]))).unwrap();
        found.sort_unstable();
        Some(found)
    }
}
