//! Finds the processes that left the group of their program, as daemons do, by a mark in their environment.

use uuid::Uuid;

/// The variable with the marks of a program and of those that it was started by.
pub(super) const VARIABLE: &str = "_RUNNER_PROCESS";

/// How often the list of processes is read, because a process may start another one meanwhile.
#[cfg(target_os = "linux")]
const MAX_PASSES: usize = 10;

/// What the environments of a program and of all processes that it starts contain.
#[derive(Debug, Clone)]
pub(super) struct Mark(String);

impl Mark {
    pub(super) fn new() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Returns the value of the variable. It keeps the marks that this program was started with itself.
    pub(super) fn value(&self) -> String {
        std::env::var(VARIABLE).map_or_else(|_| self.0.clone(), |outer| format!("{outer} {}", self.0))
    }
}

/// Kills every process whose environment has one of these marks. A process whose environment cannot be read is another
/// user's, and stays.
#[cfg(target_os = "linux")]
pub(super) fn kill_marked(marks: &[&Mark]) {
    use rustix::process::{Pid, Signal, kill_process};
    for _ in 0..MAX_PASSES {
        let found: Vec<Pid> = find_marked(marks).filter_map(Pid::from_raw).collect();
        if found.is_empty() {
            return;
        }
        for process in found {
            let _gone_already = kill_process(process, Signal::KILL);
        }
    }
}

#[cfg(target_os = "linux")]
fn find_marked(marks: &[&Mark]) -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(move |entry| {
        let process = entry.file_name().to_str()?.parse().ok()?;
        // A process that has ended and was not awaited yet has no environment.
        let environment = std::fs::read(entry.path().join("environ")).ok()?;
        let mut variables = environment.split(|byte| *byte == 0);
        let value = variables.find_map(|variable| variable.strip_prefix(VARIABLE.as_bytes())?.strip_prefix(b"="))?;
        let is_marked =
            value.split(|byte| *byte == b' ').any(|word| marks.iter().any(|mark| mark.0.as_bytes() == word));
        is_marked.then_some(process)
    })
}

/// Other systems do not show the environment of a process.
#[cfg(not(target_os = "linux"))]
pub(super) fn kill_marked(_: &[&Mark]) {}
