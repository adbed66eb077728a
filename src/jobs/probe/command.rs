//! One run of a program.

use std::path::Path;

use serde_json::{Value, json};

use crate::gates::{CommandEnd, CommandGate};
use crate::jobs::gating::Subject;
use crate::process::{self, Ended, Tail};
use crate::redact::Secrets;
use crate::registry::Version;

/// The shortest argument that is hidden where a program repeats it.
const HIDDEN: usize = 8;

/// Runs the program of a gate, and tells it what it is about.
pub(in crate::jobs) async fn run(gate: &CommandGate, subject: Subject<'_>, registry: &str) -> CommandEnd {
    let Some((program, args)) = gate.command().split_first() else {
        return unstarted("the program in `command` is missing".to_owned());
    };
    let input = format!("{}\n", document(subject));
    let variables = variables(subject, registry);
    match process::run(program, args, &variables, input.as_bytes(), gate.timeout()).await {
        Ok(ended) => end(&ended, args),
        Err(error) => unstarted(process::unstarted(&error)),
    }
}

fn unstarted(how: String) -> CommandEnd {
    CommandEnd { code: None, is_late: false, how, words: String::new() }
}

fn end(ended: &Ended, args: &[String]) -> CommandEnd {
    let secrets = secrets(args);
    let said = |tail: &Tail| visible(&tail.lines(&secrets).to_string());
    let (out, err) = (said(&ended.stdout), said(&ended.stderr));
    let first = if ended.is_success() { [out, err] } else { [err, out] };
    CommandEnd {
        code: ended.status.and_then(|status| status.code()),
        is_late: ended.status.is_none(),
        how: ended.how(),
        words: first.into_iter().find(|words| !words.is_empty()).unwrap_or_default(),
    }
}

/// Returns what there is to read in a program's words; of a stream of zeros nothing is.
fn visible(words: &str) -> String {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words == "…" { String::new() } else { words }
}

/// Returns the arguments that may be secrets. A short one is none, and neither is a path: without the names of files a
/// reason is hard to read.
fn secrets(args: &[String]) -> Secrets {
    let values = args.iter().filter_map(|arg| arg.split_once('=')).map(|(_, value)| value);
    let words = args.iter().map(String::as_str).chain(values).map(str::trim);
    Secrets::new(words.filter(|word| word.len() >= HIDDEN && !Path::new(word).exists()))
}

/// Makes the variables of the program. One that has no value is empty, so that none is inherited.
fn variables(subject: Subject<'_>, registry: &str) -> Vec<(&'static str, String)> {
    let Subject { alias, before, model, candidate } = subject;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let variables = [
        ("RUNNER_REGISTRY", registry.to_owned()),
        ("RUNNER_MODEL", model.name.as_str().to_owned()),
        ("RUNNER_ALIAS", alias.as_str().to_owned()),
        ("RUNNER_VERSION", candidate.version.to_string()),
        ("RUNNER_PREVIOUS_VERSION", before.map(|version| version.to_string()).unwrap_or_default()),
        ("RUNNER_SOURCE", text(&candidate.source)),
        ("RUNNER_RUN_ID", text(&candidate.run_id)),
    ];
    // No variable can hold a NUL; the system would refuse the whole command.
    variables.map(|(name, value)| (name, value.replace('\0', "\u{fffd}"))).into()
}

/// Makes what the program reads: the version as MLflow's REST API has it, and what becomes of it.
fn document(subject: Subject<'_>) -> Value {
    let Subject { alias, before, candidate, .. } = subject;
    // A plain struct with text keys always has a JSON form.
    let mut document = serde_json::to_value(candidate.clone().into_found_version()).unwrap_or_default();
    if let Some(source) = &candidate.source {
        // The program needs it whole: what is no login may look like one.
        document["source"] = json!(source);
    }
    document["alias"] = json!(alias.as_str());
    document["previous_version"] = json!(before.map(Version::get));
    document
}
