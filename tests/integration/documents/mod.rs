//! What is written about the program agrees with the program. `UPDATE=1` writes it anew instead of comparing.

mod rollbacks;
mod schema;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rollbacks::Tour;
use runner::config::{Sources, load, schema};
use serde_json::Value;

use crate::support::harness::Runner;
use crate::support::receiver::{Receiver, Reply};
use crate::support::sqlite_fixture::unpack;

#[test]
fn the_schema_beside_the_examples_is_the_printed_one() {
    let printed = Runner::new().arg("--schema").run();
    assert_eq!(printed.code, 0, "{printed}");
    agree("confs/schema.json", &printed.stdout);
}

#[test]
fn every_example_is_valid_and_points_editors_to_the_schema() {
    let env = example_env();
    let mut seen = 0;
    for path in examples() {
        let text = fs::read_to_string(&path).unwrap();
        let (pointer, place) = match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => ("#:schema schema.json", text.lines().next()),
            Some("json") => (r#""$schema": "schema.json","#, text.lines().nth(1).map(str::trim)),
            _ => ("# yaml-language-server: $schema=schema.json", text.lines().next()),
        };
        assert_eq!(place, Some(pointer), "{}", path.display());
        // A base holds no job: it is checked under a config that has one.
        let sources = if text.contains("KIND") {
            Sources { files: vec![path.clone()], env: env.clone(), ..Sources::default() }
        } else {
            let files = vec![root().join("confs/promotion.yaml")];
            Sources { files, base: vec![path.clone()], env: env.clone(), ..Sources::default() }
        };
        if let Err(errors) = load(&sources, &mut std::io::empty()) {
            panic!("{}:\n{}", path.display(), errors.render(false));
        }
        seen += 1;
    }
    assert!(seen >= 7, "only {seen} examples were found");
}

#[test]
fn the_readme_agrees_with_the_program() {
    let mut sections: BTreeMap<String, String> = BTreeMap::new();
    let schema = schema();
    for kind in [
        "PromotionJob",
        "RegistrationJob",
        "RollbackJob",
        "HistoryJob",
        "StatusJob",
        "LoggerConfig",
        "AlertsConfig",
        "MlflowConfig",
        "Verify",
        "AnswerCheck",
    ] {
        sections.insert(format!("fields: {kind}"), fields(&schema, kind));
    }
    // The other two have no fields of their own.
    let plain = ["ConsoleChannel", "DesktopChannel"];
    let channels = kinds(&schema, "ChannelConfig").into_iter().filter(|kind| !plain.contains(kind));
    for kind in channels.chain(kinds(&schema, "Gate")) {
        sections.insert(format!("fields: {kind}"), fields(&schema, kind));
    }
    sections.insert("facts".to_owned(), facts());
    sections.insert("codes".to_owned(), codes("src/outcome/failure.rs", "Code"));
    sections.insert("rulings".to_owned(), codes("src/outcome/verdict.rs", "Ruling"));
    sections.insert("quickstart".to_owned(), quickstart());
    sections.insert("batch".to_owned(), batch());
    sections.insert("verify".to_owned(), verify());
    sections.insert("select".to_owned(), select());
    let tour = Tour::start();
    sections.insert("rollback".to_owned(), tour.rollback());
    sections.insert("history".to_owned(), tour.history());
    sections.insert("status".to_owned(), tour.status());
    sections.insert("gates".to_owned(), gates());
    let (asked, approved) = approval();
    sections.insert("approval".to_owned(), asked);
    sections.insert("approved".to_owned(), approved);
    sections.insert("plan".to_owned(), plan());
    sections.insert("doctor".to_owned(), doctor());
    sections.insert("json".to_owned(), json());
    sections.insert("bad-config".to_owned(), bad_config());
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    agree("README.md", &filled(&readme, &sections));
}

#[test]
fn every_channel_has_an_example_in_the_readme_that_is_valid() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let schema = schema();
    for kind in kinds(&schema, "ChannelConfig") {
        let start = format!("`{{ KIND: {kind}");
        let at = readme.find(&start).unwrap_or_else(|| panic!("the README has no example of {kind}"));
        let example = readme[at..].split('`').nth(1).unwrap();
        let config =
            format!("services: {{alerts: {{channels: [{example}]}}}}\njob: {{KIND: PromotionJob, name: bikes}}\n");
        let runner = example_env().into_iter().fold(Runner::new(), |runner, (name, value)| runner.env(&name, value));
        let run = runner.file("a.yaml", config).args(["--check", "a.yaml"]).run();
        let is_absent = kind == "DesktopChannel" && run.stderr.contains("built without desktop notices");
        assert!(run.code == 0 || is_absent, "{example}: {run}");
    }
}

/// Returns the `KIND`s of a closed set, such as the channels.
fn kinds<'s>(schema: &'s Value, set: &str) -> Vec<&'s str> {
    let variants = schema["$defs"][set]["oneOf"].as_array().unwrap();
    variants.iter().map(|variant| variant["properties"]["KIND"]["const"].as_str().unwrap()).collect()
}

/// Returns the variables that the examples ask for.
fn example_env() -> BTreeMap<String, String> {
    let names = ["RUN_ID", "AUDIT_SECRET"].map(|name| (name, "1"));
    let urls =
        ["SLACK_WEBHOOK_URL", "TEAMS_WEBHOOK_URL", "DISCORD_WEBHOOK_URL", "APPRISE_URL", "AUDIT_URL", "SERVING_URL"];
    let urls = urls.map(|name| (name, "https://host/hook")).into_iter().chain([("SMTP_URL", "smtps://me:pw@host:465")]);
    names.into_iter().chain(urls).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Replaces what stands between each `<!-- name -->` and the next `<!-- end -->`.
fn filled(text: &str, sections: &BTreeMap<String, String>) -> String {
    let mut text = text.to_owned();
    for (name, section) in sections {
        let open = format!("<!-- {name} -->\n");
        let from = text.find(&open).unwrap_or_else(|| panic!("the README has no place for {name:?}")) + open.len();
        let until = from + text[from..].find("<!-- end -->").unwrap();
        text.replace_range(from..until, section);
    }
    text
}

/// Renders the fields of a job, channel or service as a table.
fn fields(schema: &Value, kind: &str) -> String {
    let definitions = &schema["$defs"];
    let kinds = ["Job", "ChannelConfig", "Gate"].map(|name| definitions[name]["oneOf"].as_array().unwrap());
    let job = kinds.into_iter().flatten().find(|job| job["properties"]["KIND"]["const"] == kind);
    let definition = job.unwrap_or(&definitions[kind]);
    let properties = definition["properties"].as_object().unwrap();
    let required = definition["required"].as_array().cloned().unwrap_or_default();
    let mut table = "| field | default | meaning |\n| --- | --- | --- |\n".to_owned();
    for (name, field) in properties {
        // What every channel has is told once.
        let is_shared = kind.ends_with("Channel") && ["on", "events", "required", "fallback"].contains(&name.as_str());
        if is_shared || name == "KIND" || name.ends_with("_service") || field["deprecated"] == true {
            continue;
        }
        let needed = required.iter().any(|key| key == name);
        let default = match &field["default"] {
            _ if needed => "required".to_owned(),
            Value::Null => "none".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let meaning = field["description"].as_str().unwrap().replace('\n', " ").replace('|', r"\|");
        let _ = writeln!(table, "| `{name}` | {default} | {meaning} |");
    }
    table
}

/// Renders what a template can name, which the source documents one by one.
fn facts() -> String {
    let source = fs::read_to_string(root().join("src/notify/facts.rs")).unwrap();
    let body = source.split("pub struct Facts {").nth(1).unwrap().split("\n}").next().unwrap();
    let mut table = "| name | meaning |\n| --- | --- |\n".to_owned();
    for field in body.split("/// ").skip(1) {
        let (meaning, rest) = field.split_once("    pub ").unwrap();
        let name = rest.split(':').next().unwrap();
        let _ = writeln!(table, "| `{name}` | {} |", meaning.trim());
    }
    table
}

/// Renders the codes of an enum, which the source documents one by one.
fn codes(file: &str, name: &str) -> String {
    let source = fs::read_to_string(root().join(file)).unwrap();
    let body = source.split(&format!("pub enum {name} {{")).nth(1).unwrap().split("\n}").next().unwrap();
    let mut table = "| code | meaning |\n| --- | --- |\n".to_owned();
    let mut meaning = String::new();
    for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("/// ") {
            Some(text) => meaning = [meaning.as_str(), text].join(" ").trim().to_owned(),
            None => {
                let code = line.trim_end_matches(',').chars().fold(String::new(), |mut code, letter| {
                    if letter.is_uppercase() && !code.is_empty() {
                        code.push('_');
                    }
                    code.extend(letter.to_uppercase());
                    code
                });
                let _ = writeln!(table, "| `{code}` | {} |", std::mem::take(&mut meaning));
            }
        }
    }
    table
}

fn quickstart() -> String {
    let run = with_examples().arg("confs/quickstart.yaml").run();
    assert_eq!(run.code, 0, "{run}");
    shell("runner confs/quickstart.yaml", &run.stdout)
}

fn batch() -> String {
    let version = |name: &str| format!("  - {{ KIND: RegistrationJob, name: {name}, source: confs/quickstart }}\n");
    let models = ["jobs:\n".to_owned(), version("bikes"), version("bikes")].concat();
    let runner = with_examples().file("models.yaml", models);
    assert_eq!(runner.run_with(&["models.yaml"]).code, 0);
    let run = runner.run_with(&["confs/batch.yaml"]);
    assert_eq!(run.code, 1, "{run}");
    format!("{}\n{}", example("confs/batch.yaml"), shell("runner confs/batch.yaml", &run.stdout))
}

/// Shows an example on a database that MLflow made: three versions with metrics, the second the better approved one.
fn select() -> String {
    let runner = with_examples();
    unpack("3.18.0", &runner.dir().join("mlflow.db"));
    let run = runner.run_with(&["--plan", "confs/select.yaml"]);
    assert_eq!(run.code, 0, "{run}");
    format!("{}\n{}", example("confs/select.yaml"), shell("runner --plan confs/select.yaml", &run.stdout))
}

/// Shows what gates say on the same database of the third version, which nobody approved yet.
fn gates() -> String {
    let runner = with_examples();
    unpack("3.18.0", &runner.dir().join("mlflow.db"));
    let run = runner.run_with(&["--plan", "--set", "job.version=3", "confs/gates.yaml"]);
    assert_eq!(run.code, 3, "{run}");
    let verdicts = run.stdout.split("\nconfs/gates.yaml blocked").next().unwrap();
    let age = regex::Regex::new(r"is [0-9dhms ]+ old").unwrap();
    let verdicts = age.replace_all(verdicts, "is 3d 4h 5m 6s old");
    format!(
        "{}\n{}",
        example("confs/gates.yaml"),
        shell("runner --plan --set job.version=3 confs/gates.yaml", &verdicts)
    )
}

/// Shows on the same database what an approval that is missing is told as, and what comes of it once it is there.
fn approval() -> (String, String) {
    let runner = with_examples();
    let database = runner.dir().join("mlflow.db");
    unpack("3.18.0", &database);
    let asked = runner.run_with(&["confs/approval.yaml"]);
    assert_eq!(asked.code, 3, "{asked}");
    let approve =
        "INSERT INTO model_version_tags (name, version, key, value) VALUES ('bikes', 2, 'approved_by', 'ada')";
    let rows = rusqlite::Connection::open(&database).unwrap().execute(approve, []);
    assert_eq!(rows, Ok(1));
    let approved = runner.run_with(&["confs/approval.yaml"]);
    assert_eq!(approved.code, 0, "{approved}");
    let shown = |stdout: &str| shell("runner confs/approval.yaml", stdout);
    (format!("{}\n{}", example("confs/approval.yaml"), shown(&asked.stdout)), shown(&approved.stdout))
}

/// Shows a plan, the config it is printed as, and what becomes of that when it is applied twice.
fn plan() -> String {
    let runner = with_examples();
    unpack("3.18.0", &runner.dir().join("mlflow.db"));
    let shown = runner.run_with(&["--plan", "confs/plan.yaml", "--set", "job.version=2"]);
    let printed = runner.run_with(&["--plan", "-o", "yaml", "confs/plan.yaml", "--set", "job.version=2"]);
    assert_eq!((shown.code, printed.code), (0, 0), "{shown}{printed}");
    let runner = runner.file("plan.yaml", &printed.stdout);
    let (applied, again) = (runner.run_with(&["plan.yaml"]), runner.run_with(&["plan.yaml"]));
    assert_eq!((applied.code, again.code), (0, 3), "{applied}{again}");
    let time = regex::Regex::new(r"Planned on \S+").unwrap();
    let printed = time.replace(&printed.stdout, "Planned on 2026-11-23T14:53:42Z");
    let first = shell("runner --plan --set job.version=2 confs/plan.yaml", &shown.stdout);
    let second =
        shell("runner --plan --set job.version=2 -o yaml confs/plan.yaml > plan.yaml && cat plan.yaml", &printed);
    let third = shell("runner plan.yaml", &applied.stdout);
    let fourth = shell("runner plan.yaml", &again.stdout);
    [first, second, third, fourth].join("\n")
}

/// Shows an example from its services on.
fn example(file: &str) -> String {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let (_, config) = text.split_once("services:").unwrap();
    format!("```yaml\nservices:{config}```\n")
}

fn verify() -> String {
    let said = r#"{"name": "bikes", "state": "READY", "versions": ["1"]}"#;
    let endpoint = Receiver::start((0..3).map(|_| Reply::saying(200, said)));
    let runner = with_examples().env("SERVING_URL", endpoint.url(""));
    let version = "  - { KIND: RegistrationJob, source: confs/quickstart }\n";
    let setup = format!(
        "services: {{ mlflow: {{ registry_name: bikes }} }}\njobs:\n{version}{version}  \
         - {{ KIND: PromotionJob, version: 1 }}\n"
    );
    let runner = runner.file("setup.yaml", setup);
    assert_eq!(runner.run_with(&["setup.yaml"]).code, 0);
    let at_once = ["--set", "job.verify.settle=0", "--set", "job.verify.interval=0"];
    let run = runner.run_with(&[&["confs/verify.yaml"], at_once.as_slice()].concat());
    assert_eq!(run.code, 1, "{run}");
    let shown =
        shell("runner confs/verify.yaml", &run.stdout).replace(&endpoint.url(""), "https://serving.example.com");
    format!("{}\n{shown}", example("confs/verify.yaml"))
}

/// Shows a look at a database that MLflow made, and at a server that is not there.
fn doctor() -> String {
    let runner = with_examples();
    unpack("3.18.0", &runner.dir().join("mlflow.db"));
    let job = "{job: {KIND: PromotionJob, name: bikes}, services: {mlflow: {tracking_uri: \"http://127.0.0.1:1\"}}}\n";
    let run = runner.file("elsewhere.yaml", job);
    let (dir, run) =
        (run.dir().to_string_lossy().into_owned(), run.run_with(&["--doctor", "confs/select.yaml", "elsewhere.yaml"]));
    assert_eq!(run.code, 4, "{run}");
    let times = regex::Regex::new(r"\d+ ms").unwrap();
    let shown = times.replace_all(&run.stdout, "1 ms").replace(&dir, "/home/ada").replace("127.0.0.1:1", "mlflow:5000");
    shell("runner --doctor confs/select.yaml elsewhere.yaml", &shown)
}

fn json() -> String {
    let runner = with_examples().args(["confs/quickstart.yaml", "--output", "json"]);
    let run = runner.run();
    let mut result: Value = serde_json::from_str(&run.stdout).unwrap();
    result["seconds"] = 0.0118.into();
    let mut job = result["jobs"][1].take();
    job["seconds"] = 0.0041.into();
    for time in ["creation_timestamp", "last_updated_timestamp"] {
        job["outcome"]["model_version"][time] = 1_795_447_078_705_i64.into();
    }
    result["jobs"] = vec![job].into();
    format!("```json\n{result:#}\n```\n")
}

fn bad_config() -> String {
    let text =
        "services:\n  mlflow: { registry_name: bikes }\njob:\n  KIND: PromotionJob\n  alais: Champion\n  version: -3\n";
    let run = Runner::new().file("bad.yaml", text).arg("bad.yaml").run();
    assert_eq!(run.code, 2, "{run}");
    shell("runner bad.yaml", &run.stderr)
}

fn shell(command: &str, output: &str) -> String {
    let times = regex::Regex::new(r"\d+\.\d{3} s").unwrap();
    format!("```console\n$ {command}\n{}```\n", times.replace_all(output, "0.004 s"))
}

fn with_examples() -> Runner {
    let mut runner = Runner::new();
    for path in files(&root().join("confs")) {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        runner = runner.file(&name, fs::read(&path).unwrap());
    }
    runner
}

fn examples() -> Vec<PathBuf> {
    let mut found = files(&root().join("confs"));
    found.retain(|path| path.parent() == Some(&root().join("confs")) && !path.ends_with("schema.json"));
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a file of the project with what it should be, or writes it.
fn agree(file: &str, expected: &str) {
    let path = root().join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, expected).unwrap();
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{file} is out of date; write it anew with `just update`, and read the difference");
}
