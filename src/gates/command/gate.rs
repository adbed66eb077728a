//! The config of the gate, and how it runs the program.

use std::path::Path;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::debug;

use super::script::script_or_program;
use super::verdict::{advise, reason_code};
use crate::evidence::EvidenceReader;
use crate::gates::gate::{GateKind, GateSubject};
use crate::outcome::{Finding, GateMode, ReasonCode, Verdict};
use crate::process::{self, Ending, ProcessOutput, Tail};
use crate::registry::Version;
use crate::secret::{MIN_SUSPECT_LENGTH, Secrets};

/// Runs a program that must end with exit code 0. It gets the version in its environment and as JSON on its standard
/// input; the last line of its output is a part of the reason.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "RawCommandGate")]
#[schemars(with = "RawCommandGate")]
pub struct CommandGate {
    command: Vec<String>,
    timeout: u64,
    name: Option<String>,
    mode: GateMode,
}

/// The config of the gate before it is validated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawCommandGate {
    /// The program and its arguments. They are run without a shell, and other users of the machine can see them: pass a
    /// secret in an environment variable, which the program inherits.
    #[schemars(length(min = 1))]
    command: Vec<String>,
    /// Seconds that the program may take. After that it is killed with its children.
    #[serde(default = "default_timeout")]
    #[schemars(range(min = 1, max = 86400))]
    timeout: u64,
    /// The name of the gate in reports; by default the script, such as `checks/smoke.py` of `[python, checks/smoke.py]`, else
    /// the program.
    #[serde(default)]
    #[schemars(length(min = 1))]
    name: Option<String>,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    mode: GateMode,
}

/// How the program ended, and what it said last.
#[derive(Debug)]
struct CommandResult {
    ending: Ending,
    /// The line of its output that tells most.
    output: String,
    /// Whether the output has a traceback of Python.
    has_traceback: bool,
}

impl TryFrom<RawCommandGate> for CommandGate {
    type Error = String;

    fn try_from(raw: RawCommandGate) -> Result<Self, String> {
        let RawCommandGate { command, timeout, name, mode } = raw;
        match command.first() {
            Some(program) if !program.trim().is_empty() => {}
            _ => return Err("`command` names no program; write `[program, argument, …]`".into()),
        }
        if command.iter().any(|word| word.contains('\0')) {
            return Err("`command` holds a NUL character, which no program can be given".into());
        }
        Ok(Self { command, timeout, name, mode })
    }
}

impl GateKind for CommandGate {
    const KIND: &'static str = "CommandGate";

    fn mode(&self) -> GateMode {
        self.mode
    }

    fn given_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn judged(&self) -> String {
        script_or_program(&self.command).to_owned()
    }

    async fn evaluate(&self, subject: GateSubject<'_>, evidence: &EvidenceReader<'_>) -> Verdict {
        self.decide(&self.run(subject, evidence.registry().uri()).await)
    }
}

impl CommandGate {
    async fn run(&self, subject: GateSubject<'_>, registry: &str) -> CommandResult {
        let Some((program, args)) = self.command.split_first() else {
            return CommandResult::not_started(Ending::NotStarted("there is none in `command`".to_owned()));
        };
        let input = format!("{}\n", input_document(subject));
        let variables = variables(subject, registry);
        let timeout = Duration::from_secs(self.timeout);
        match process::run(program, args, &variables, input.as_bytes(), timeout).await {
            Ok(output) => CommandResult::new(&output, args),
            Err(error) => CommandResult::not_started(Ending::NotStarted(error.to_string())),
        }
    }

    fn decide(&self, result: &CommandResult) -> Verdict {
        let CommandResult { ending, output, has_traceback } = result;
        let summary = ending.describe(self.timeout);
        let reason = if output.is_empty() { summary } else { format!("{summary}: {output}") };
        let verdict = match reason_code(ending) {
            ReasonCode::Passed => self.passed(reason),
            code => self.failed(code, reason),
        };
        let candidate = ending.exit_code().map(|code| Finding { value: json!(code), source: "exit code".to_owned() });
        Verdict { candidate, advice: advise(ending, *has_traceback).map(str::to_owned), ..verdict }
    }
}

impl CommandResult {
    fn new(output: &ProcessOutput, args: &[String]) -> Self {
        let secrets = possible_secrets(args);
        let read = |tail: &Tail| visible_text(&tail.last_line(&secrets).to_string());
        let (stdout, stderr) = (read(&output.stdout), read(&output.stderr));
        debug!("standard output ends with {:?}", output.stdout.lines(&secrets));
        debug!("standard error ends with {:?}", output.stderr.lines(&secrets));
        let preferred = if output.is_success() { [stdout, stderr] } else { [stderr, stdout] };
        Self {
            ending: Ending::new(output.status),
            output: preferred.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
            has_traceback: output.stderr.has_traceback(),
        }
    }

    fn not_started(ending: Ending) -> Self {
        Self { ending, output: String::new(), has_traceback: false }
    }
}

/// Returns a text with single spaces. A stream of zeros leaves only an ellipsis, which is dropped.
fn visible_text(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text == "…" { String::new() } else { text }
}

/// Returns the arguments that may be secrets. Short ones and paths are not: without file names, a reason is hard to read.
fn possible_secrets(args: &[String]) -> Secrets {
    let values = args.iter().filter_map(|arg| arg.split_once('=')).map(|(_, value)| value);
    let words = args.iter().map(String::as_str).chain(values).map(str::trim);
    Secrets::new(words.filter(|word| word.len() >= MIN_SUSPECT_LENGTH && !Path::new(word).exists()))
}

/// Returns the environment variables that describe the move. One without a value is empty, so that none is inherited.
fn variables(subject: GateSubject<'_>, registry: &str) -> Vec<(&'static str, String)> {
    let GateSubject { alias, previous, model, candidate } = subject;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let variables = [
        ("RUNNER_REGISTRY", registry.to_owned()),
        ("RUNNER_MODEL", model.name.as_str().to_owned()),
        ("RUNNER_ALIAS", alias.as_str().to_owned()),
        ("RUNNER_VERSION", candidate.version.to_string()),
        ("RUNNER_PREVIOUS_VERSION", previous.map(|version| version.to_string()).unwrap_or_default()),
        ("RUNNER_SOURCE", text(&candidate.source)),
        ("RUNNER_RUN_ID", text(&candidate.run_id)),
    ];
    // The system refuses a command with a NUL in a variable.
    variables.map(|(name, value)| (name, value.replace('\0', "\u{fffd}"))).into()
}

/// Returns what the program reads: the version as MLflow's REST API returns it, the alias and its previous version.
fn input_document(subject: GateSubject<'_>) -> Value {
    let GateSubject { alias, previous, candidate, .. } = subject;
    // Serializing a plain struct with text keys cannot fail.
    let mut document = serde_json::to_value(candidate.clone().into_found_version()).unwrap_or_default();
    if let Some(source) = &candidate.source {
        // The program needs the source unredacted: a part of a path may look like a login.
        document["source"] = json!(source);
    }
    document["alias"] = json!(alias.as_str());
    document["previous_version"] = json!(previous.map(Version::get));
    document
}

const fn default_timeout() -> u64 {
    60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(yaml: &str) -> Result<CommandGate, String> {
        serde_yaml::from_str(yaml).map_err(|error| error.to_string())
    }

    fn decide(ending: Ending, output: &str) -> Verdict {
        let result = CommandResult { ending, output: output.to_owned(), has_traceback: false };
        gate("{command: [python, checks/smoke.py], timeout: 5}").unwrap().decide(&result)
    }

    #[test]
    fn only_exit_code_0_in_time_passes() {
        let cases = [
            (Ending::Exited(0), true, true),
            (Ending::Exited(1), false, true),
            (Ending::Exited(125), false, false),
            (Ending::TimedOut, false, false),
        ];
        for (ending, passed, conclusive) in cases {
            let verdict = decide(ending.clone(), "so");
            assert_eq!((verdict.code, verdict.passed, verdict.conclusive), (reason_code(&ending), passed, conclusive));
            assert!(verdict.reason.ends_with(": so"), "{verdict:?}");
            assert_eq!(verdict.candidate.map(|found| found.value), ending.exit_code().map(|code| json!(code)));
        }
        assert_eq!(decide(Ending::TimedOut, "").reason, "the program did not end within 5 s");
    }

    #[test]
    fn a_gate_has_the_name_of_the_config_else_that_of_the_script() {
        let name = |yaml: &str| gate(yaml).unwrap().name();
        assert_eq!(name("{command: [python, checks/smoke.py]}"), "checks/smoke.py");
        assert_eq!(name("{command: [python, checks/smoke.py], name: smoke test}"), "smoke test");
        assert_eq!(name("{command: [\"a\\nb\"]}"), "a b");
        assert_eq!(name(&format!("{{command: [{}]}}", "x".repeat(99))).chars().count(), 81);
    }

    #[test]
    fn a_command_without_a_program_is_refused() {
        for bad in ["{command: []}", "{command: ['']}", "{command: [' ', x]}", "{command: [\"a\", \"\\0\"]}"] {
            assert!(gate(bad).unwrap_err().contains("`command`"), "{bad}");
        }
    }
}
