//! Awaits the processes that this program inherits as the first process of a container. Nobody else would, so they would
//! stay in the list of processes after their end.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(target_os = "linux")]
use super::groups::stat_fields;

/// The programs that this program started itself. Their handles await them, and an end can be awaited only once.
static OWN: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn own() -> MutexGuard<'static, BTreeSet<u32>> {
    OWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Leaves the end of a program to its handle.
pub(super) fn leave_to_handle(pid: Option<u32>) {
    own().extend(pid);
}

/// Forgets a program whose handle is gone.
pub(super) fn forget(pid: Option<u32>) {
    if let Some(pid) = pid {
        own().remove(&pid);
    }
}

/// Awaits inherited processes until the end of the run, if this is the first process of a container. Needs a tokio runtime.
///
/// It must run on the thread that starts programs, so that none ends before its handle is known.
#[cfg(target_os = "linux")]
pub fn await_inherited() {
    if std::process::id() != 1 {
        return;
    }
    let kind = tokio::signal::unix::SignalKind::child();
    // Without the handler, ended processes stay in the list, which harms no job.
    let Ok(mut ended) = tokio::signal::unix::signal(kind) else { return };
    drop(tokio::spawn(async move {
        while ended.recv().await.is_some() {
            reap(1);
        }
    }));
}

/// Other systems have no containers of this kind.
#[cfg(not(target_os = "linux"))]
pub fn await_inherited() {}

/// Awaits the children of a process that have ended and were not started by this program.
#[cfg(target_os = "linux")]
fn reap(parent: u32) {
    use rustix::process::{Pid, WaitOptions, waitpid};
    let Ok(processes) = std::fs::read_dir("/proc") else { return };
    for entry in processes.flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        let Some(pid) = pid.filter(|pid| !own().contains(pid)) else { continue };
        if !std::fs::read_to_string(entry.path().join("stat")).is_ok_and(|stat| is_ended_child(&stat, parent)) {
            continue;
        }
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            let _ = waitpid(Some(pid), WaitOptions::NOHANG);
        }
    }
}

/// Returns whether a process has ended and is a child of another one, by its line in `/proc`.
#[cfg(target_os = "linux")]
fn is_ended_child(stat: &str, parent: u32) -> bool {
    let mut fields = stat_fields(stat);
    fields.next() == Some("Z") && fields.next() == Some(parent.to_string().as_str())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_ended_children_are_awaited() {
        assert!(is_ended_child("7 (a) b) Z 1 7 7 0 -1", 1));
        assert!(!is_ended_child("7 (sh) S 1 7 7 0 -1", 1));
        assert!(!is_ended_child("7 (sh) Z 12 7 7 0 -1", 1));
        assert!(!is_ended_child("", 1));
    }
}
