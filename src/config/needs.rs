//! Checks the names of jobs, and what jobs need: earlier jobs, by their `id`, and processes, by their names.

use std::collections::BTreeMap;

use super::diagnostic::{Fault, Location};
use super::job_spec::JobSpec;
use super::key_path::KeyPath;
use crate::text::suggest;

/// The longest name of a job, in characters.
const LONGEST: usize = 64;

/// The names of the jobs of earlier configs, each with the config that has it.
pub(super) type KnownIds = BTreeMap<String, String>;

/// Checks the names and the needs of the jobs of a config, which has no other fault. Adds its names to the known ones.
pub(super) fn check_needs(specs: &[JobSpec], known: &mut KnownIds) -> Vec<Fault> {
    let mut faults = vec![];
    let later = specs.iter().filter_map(|spec| Some((spec.id.as_deref()?, spec))).collect::<BTreeMap<_, _>>();
    for spec in specs {
        let needs = spec.needs.iter().enumerate();
        faults.extend(needs.filter_map(|(index, need)| check_need(spec, (index, need), known, &later)));
        if let Some(id) = &spec.id {
            faults.extend(check_id(spec, id, known));
            known.insert(id.clone(), spec.config.clone());
        }
    }
    faults
}

fn check_id(spec: &JobSpec, id: &str, known: &KnownIds) -> Option<Fault> {
    let path = spec.path().child("id");
    let is_allowed = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-');
    if id.is_empty() || id.chars().count() > LONGEST || !id.chars().all(is_allowed) {
        let message = format!("`{path}` is no name of a job");
        let help = format!("use letters, digits, `.`, `_` and `-`, and {LONGEST} of them at most");
        return Some(Fault::new(Location::Value(path), message).help(help));
    }
    if let Some(other) = known.get(id) {
        let place = if *other == spec.config { "an earlier job".to_owned() } else { format!("a job of {other}") };
        let message = format!("`{path}` is the name of {place} too");
        let help = "give each job of the batch a name of its own".to_owned();
        return Some(Fault::new(Location::Value(path), message).help(help));
    }
    let message = || format!("`{path}` is the name of a process too, so `needs` cannot tell them apart");
    is_process(spec, id)
        .then(|| Fault::new(Location::Value(path.clone()), message()).help("rename one of them".to_owned()))
}

fn check_need(
    spec: &JobSpec,
    (index, need): (usize, &String),
    known: &KnownIds,
    later: &BTreeMap<&str, &JobSpec>,
) -> Option<Fault> {
    if is_process(spec, need) || known.contains_key(need) {
        return None;
    }
    let path = spec.path().child("needs").child(index);
    let fault = |message: String, help: String| Some(Fault::new(Location::Value(path.clone()), message).help(help));
    let Some(other) = later.get(need.as_str()) else {
        let processes = spec.services.processes.iter().map(|process| process.name.as_str());
        let names: Vec<&str> = known.keys().map(String::as_str).chain(processes).collect();
        let help = suggest(need, &names).unwrap_or_else(|| {
            "give an earlier job this `id`, or a process in `services.processes` this `name`".to_owned()
        });
        return fault(format!("`{path}`: no earlier job and no process is named `{need}`"), help);
    };
    match find_circle(spec, other, later) {
        Some(circle) => fault(
            format!("`{path}`: these jobs wait for each other: {circle}"),
            "remove the name from `needs` of one of them".to_owned(),
        ),
        None => fault(
            format!("`{path}`: the job `{need}` comes later"),
            format!("move `{}` behind `{}`: jobs need earlier ones only", spec.path(), other.path()),
        ),
    }
}

/// Returns the names of the jobs from one to a later one and back, if that one needs the first, directly or through others.
fn find_circle(from: &JobSpec, to: &JobSpec, later: &BTreeMap<&str, &JobSpec>) -> Option<String> {
    let mut ways = vec![vec![to]];
    let mut visited: Vec<KeyPath> = vec![];
    while let Some(way) = ways.pop() {
        let last = *way.last()?;
        if last.path() == from.path() {
            let name = |spec: &&JobSpec| spec.id.clone().unwrap_or_else(|| spec.path().to_string());
            let names: Vec<String> = std::iter::once(&from).chain(&way).map(name).collect();
            return Some(names.join(" -> "));
        }
        if visited.contains(&last.path()) {
            continue;
        }
        visited.push(last.path());
        let next = last.needs.iter().filter_map(|need| later.get(need.as_str()));
        ways.extend(next.map(|next| [way.as_slice(), &[*next]].concat()));
    }
    None
}

fn is_process(spec: &JobSpec, name: &str) -> bool {
    spec.services.processes.iter().any(|process| process.name == name)
}
