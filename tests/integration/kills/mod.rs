//! Runs that are killed during writes: at every system call that writes, and at random moments.
//!
//! After each kill MLflow's own client lists everything, an alias and its history agree, a rerun reaches the same
//! state, and the next run that writes removes all leftovers of the killed one. A few kills are part of
//! `cargo test`; `KILLS=1` (`just kill`) adds all the others.

mod killed_job;
mod mlflow_client;

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use killed_job::{Job, Sandbox, Store};
use mlflow_client::{StoreState, look};

/// The most informative system calls to kill at, for each store.
const FEW: [(Store, &[&str]); 2] = [(Store::Files, &["renameat", "unlink"]), (Store::Sqlite, &["pwrite64", "unlink"])];

/// The system calls that a full or broken disk fails, for each store.
const ERRORS: [(Store, &[(&str, &str)]); 2] = [
    (Store::Files, &[("renameat", "EIO"), ("rename", "EIO"), ("mkdir", "ENOSPC"), ("fsync", "EIO")]),
    (Store::Sqlite, &[("pwrite64", "ENOSPC"), ("fdatasync", "EIO"), ("fsync", "EIO")]),
];

/// The system calls that write.
const ALL: [&str; 13] = [
    "openat",
    "mkdir",
    "rename",
    "renameat",
    "unlink",
    "unlinkat",
    "rmdir",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "fchmod",
    "ftruncate",
];

/// The maximum of kills at one system call; no run makes more calls of one kind.
const MOST: usize = 400;

/// The number of kills at random moments for each job.
const MOMENTS: u32 = 60;

/// The latest kill, in milliseconds after the start.
const LATEST: u32 = 30;

#[test]
fn a_kill_at_a_system_call_leaves_a_consistent_store() {
    if !has_strace() {
        return;
    }
    let is_wide = std::env::var_os("KILLS").is_some();
    let mut killed = vec![];
    for (store, few) in FEW {
        for job in Job::ALL {
            let before = killed.len();
            let calls = if is_wide { &ALL[..] } else { few };
            killed.extend(calls.iter().flat_map(|call| killed_at_each(store, job, call)));
            assert!(killed.len() > before + 2, "{store:?} {job:?}: {} kills", killed.len() - before);
        }
    }
    check_invariants(&killed);
}

#[test]
fn a_kill_at_a_random_moment_leaves_a_consistent_store() {
    let kills = if std::env::var_os("KILLS").is_some() { MOMENTS } else { 6 };
    let mut killed = vec![];
    for (store, _) in FEW {
        for job in Job::ALL {
            killed.extend((0..kills).map(|kill| killed_after(store, job, kill * LATEST / kills)));
        }
    }
    check_invariants(&killed);
}

#[test]
fn a_failed_system_call_leaves_no_partial_write() {
    if !has_strace() {
        return;
    }
    let mut failed = vec![];
    for (store, errors) in ERRORS {
        for job in Job::ALL {
            let before = failed.len();
            failed.extend(errors.iter().flat_map(|(call, error)| failed_at_each(store, job, call, error, "")));
            assert!(failed.len() > before + 2, "{store:?} {job:?}: {} errors", failed.len() - before);
        }
    }
    for sandbox in &failed {
        assert_eq!(sandbox.leftovers(), [""; 0], "{}", sandbox.killed());
    }
    check_invariants(&failed);
}

#[test]
fn a_permanently_broken_disk_records_no_failed_move() {
    if !has_strace() {
        return;
    }
    // Reverting the entry fails as well, and is left to the next run.
    let failed = failed_at_each(Store::Files, Job::Promotion, "renameat", "EIO", "+");
    assert!(failed.iter().any(Sandbox::has_unfinished_move), "{} errors", failed.len());
    check_invariants(&failed);
}

/// Returns a sandbox for each occurrence of a system call; it fails there, or with a `+` from there on.
fn failed_at_each(store: Store, job: Job, call: &str, error: &str, on: &str) -> Vec<Sandbox> {
    let mut failed = vec![];
    for time in 1..=MOST {
        let sandbox = Sandbox::new(store, job, &format!("{error} at {call} number {time}{on}"));
        let (trace, inject) = (format!("trace=?{call}"), format!("inject=?{call}:error={error}:when={time}{on}"));
        let run = sandbox.run(&["strace", "-f", "-qq", "-o", "trace", "-e", &trace, "-e", &inject, "--"]);
        if !sandbox.trace().contains("(INJECTED)") {
            return failed;
        }
        assert!(matches!(run.code, 0 | 1), "{}: {run}", sandbox.killed());
        failed.push(sandbox);
    }
    panic!("{call} is made more than {MOST} times");
}

/// Returns a sandbox for each occurrence of a system call, at whose start the run is killed.
fn killed_at_each(store: Store, job: Job, call: &str) -> Vec<Sandbox> {
    let mut killed = vec![];
    for time in 1..=MOST {
        let sandbox = Sandbox::new(store, job, &format!("at {call} number {time}"));
        let (trace, inject) = (format!("trace=?{call}"), format!("inject=?{call}:signal=KILL:when={time}"));
        let run = sandbox.run(&["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject, "--"]);
        match run.code {
            137 => killed.push(sandbox),
            0 => return killed,
            _ => panic!("{}: {run}", sandbox.killed()),
        }
    }
    panic!("{call} is made more than {MOST} times");
}

/// Returns the sandbox of a run killed some milliseconds after its start, if it runs that long.
fn killed_after(store: Store, job: Job, milliseconds: u32) -> Sandbox {
    let sandbox = Sandbox::new(store, job, &format!("after {milliseconds} ms"));
    let running = sandbox.spawn();
    sleep(Duration::from_millis(milliseconds.into()));
    running.signal("KILL");
    let run = running.finish();
    assert!(matches!(run.code, 0 | 137), "{}: {run}", sandbox.killed());
    sandbox
}

/// Checks the invariants of the stores of killed runs.
fn check_invariants(killed: &[Sandbox]) {
    for (sandbox, state) in killed.iter().zip(look(killed)) {
        let is_inconsistent = match (state.champion, state.recorded, sandbox.has_unfinished_move()) {
            (Some(alias), Some(newest), false) if alias != newest => true,
            // The entry of an unfinished move is hidden from the program.
            (Some(alias), None, _) => alias != 1,
            _ => false,
        };
        assert!(!is_inconsistent, "killed {}, MLflow sees {state:?}", sandbox.killed());
        assert!(
            sandbox.history_matches_alias(),
            "killed {}, the program sees another history than the alias",
            sandbox.killed()
        );
        let again = sandbox.run(&[]);
        assert_eq!(again.code, 0, "killed {}, then again: {again}", sandbox.killed());
    }
    for (sandbox, state) in killed.iter().zip(look(killed)) {
        assert!(has_reached_end_state(sandbox.job(), &state), "killed {}, then again: {state:?}", sandbox.killed());
        let next = sandbox.run_another();
        assert_eq!(next.code, 0, "killed {}, then another: {next}", sandbox.killed());
        assert_eq!(sandbox.leftovers(), [""; 0], "killed {}", sandbox.killed());
    }
}

/// Returns whether a job reached its regular end state. A second registration may create a second version.
fn has_reached_end_state(job: Job, state: &StoreState) -> bool {
    match job {
        Job::Promotion => (state.champion, state.recorded, state.records) == (Some(2), Some(2), 1),
        Job::Registration => state.versions_of_new >= 1 && state.new == Some(state.versions_of_new),
    }
}

/// Returns whether strace is installed. In CI it must be.
fn has_strace() -> bool {
    let found = Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return true;
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "strace is missing: it kills runs at a system call (apt-get install strace)"
    );
    writeln!(std::io::stderr(), "not tested: kills at system calls, for want of strace").ok();
    false
}
