//! The process groups of all running programs, so that an end of this program without any clean-up kills them too.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use super::marks::{Mark, kill_marked};
use super::spawn_error::SpawnError;
use crate::shutdown;

/// The leaders of the groups that run, each with the mark of its program; `None` once everything ends at once.
static LEADERS: Mutex<Option<BTreeMap<u32, Mark>>> = Mutex::new(Some(BTreeMap::new()));

/// Registers the hook that kills all groups.
static HOOKED: Once = Once::new();

fn lock() -> MutexGuard<'static, Option<BTreeMap<u32, Mark>>> {
    LEADERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program that leads its own group, and remembers the group. `start` returns its leader.
///
/// The lock is held meanwhile, so that no program starts unseen while all groups are killed.
pub(super) fn start<T>(
    mark: &Mark,
    start: impl FnOnce() -> Result<T, SpawnError>,
    leader: impl FnOnce(&T) -> Option<u32>,
) -> Result<T, SpawnError> {
    HOOKED.call_once(|| shutdown::before_abrupt_end(kill_all));
    let mut leaders = lock();
    let leaders = leaders.as_mut().ok_or(SpawnError::Ending)?;
    let started = start()?;
    leaders.extend(leader(&started).map(|leader| (leader, mark.clone())));
    Ok(started)
}

/// Forgets a group that has ended.
pub(super) fn forget(leader: u32) {
    if let Some(leaders) = lock().as_mut() {
        leaders.remove(&leader);
    }
}

/// Kills every group that runs. No program starts after that.
fn kill_all() {
    let leaders = lock().take().unwrap_or_default();
    leaders.keys().copied().for_each(kill);
    let marks: Vec<&Mark> = leaders.values().collect();
    if !marks.is_empty() {
        kill_marked(&marks);
    }
}

/// Kills a group. One that has ended is not an error.
#[cfg(unix)]
pub(super) fn kill(leader: u32) {
    send(leader, rustix::process::Signal::KILL);
}

/// Passes a signal on to a group.
#[cfg(unix)]
pub(super) fn signal(leader: u32, signal: shutdown::Signal) {
    send(
        leader,
        match signal {
            shutdown::Signal::Interrupt => rustix::process::Signal::INT,
            shutdown::Signal::Terminate => rustix::process::Signal::TERM,
            shutdown::Signal::Hangup => rustix::process::Signal::HUP,
            shutdown::Signal::Quit => rustix::process::Signal::QUIT,
        },
    );
}

#[cfg(unix)]
fn send(leader: u32, signal: rustix::process::Signal) {
    let group = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _gone_already = rustix::process::kill_process_group(group, signal);
    }
}

/// Returns whether a group has a process that runs. One that has ended and was not awaited yet does not run.
#[cfg(unix)]
pub(super) fn is_alive(leader: u32) -> bool {
    let group = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw);
    let exists = group.is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok());
    exists && (!cfg!(target_os = "linux") || has_running_member(leader))
}

/// Looks for a process of a group that has not ended. In a container whose first process awaits nobody, the ended ones
/// stay in the list of the system forever.
#[cfg(unix)]
fn has_running_member(leader: u32) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else { return true };
    let stat = |entry: std::fs::DirEntry| std::fs::read_to_string(entry.path().join("stat")).ok();
    processes.flatten().filter_map(stat).any(|stat| {
        // The name of the program, in parentheses, may hold anything.
        let mut fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ');
        let (state, group) = (fields.next(), fields.nth(1));
        !matches!(state, None | Some("Z" | "X")) && group == Some(leader.to_string().as_str())
    })
}

#[cfg(not(unix))]
pub(super) fn is_alive(_: u32) -> bool {
    false
}

/// Other systems have no groups: there, dropping its handle kills the program alone.
#[cfg(not(unix))]
pub(super) fn kill(_: u32) {}
