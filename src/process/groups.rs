//! The process groups of all running programs, so that an end of this program without any clean-up kills them too.

use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use super::marks::{Mark, kill_marked};
use super::spawn_error::SpawnError;
use crate::shutdown;

/// The groups that run; `None` once everything ends at once.
static LEADERS: Mutex<Option<Leaders>> = Mutex::new(Some(Leaders(Vec::new())));

/// Registers the hook that kills all groups.
static HOOKED: Once = Once::new();

/// The leaders of groups in the order of their start, each with the mark of its program.
#[derive(Default)]
struct Leaders(Vec<(u32, Mark)>);

impl Leaders {
    fn add(&mut self, leader: u32, mark: Mark) {
        self.0.push((leader, mark));
    }

    fn remove(&mut self, leader: u32) {
        self.0.retain(|(known, _)| *known != leader);
    }

    /// Returns the leaders from the last start to the first, so that a program ends before what it uses.
    fn last_first(&self) -> impl Iterator<Item = u32> {
        self.0.iter().rev().map(|(leader, _)| *leader)
    }
}

fn lock() -> MutexGuard<'static, Option<Leaders>> {
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
    if let Some(leader) = leader(&started) {
        leaders.add(leader, mark.clone());
    }
    Ok(started)
}

/// Forgets a group that has ended.
pub(super) fn forget(leader: u32) {
    if let Some(leaders) = lock().as_mut() {
        leaders.remove(leader);
    }
}

/// Kills every group that runs, in the reverse order of their start. No program starts after that.
fn kill_all() {
    let leaders = lock().take().unwrap_or_default();
    leaders.last_first().for_each(kill);
    let marks: Vec<&Mark> = leaders.0.iter().map(|(_, mark)| mark).collect();
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
        let mut fields = stat_fields(&stat);
        let (state, group) = (fields.next(), fields.nth(1));
        !matches!(state, None | Some("Z" | "X")) && group == Some(leader.to_string().as_str())
    })
}

/// Returns the fields of a process's line in `/proc/PID/stat` from its state on: state, parent, group and so on.
#[cfg(unix)]
pub(super) fn stat_fields(stat: &str) -> impl Iterator<Item = &str> {
    // The name of the program, in parentheses, may hold anything.
    stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ')
}

#[cfg(not(unix))]
pub(super) fn is_alive(_: u32) -> bool {
    false
}

/// Other systems have no groups: there, dropping its handle kills the program alone.
#[cfg(not(unix))]
pub(super) fn kill(_: u32) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_killed_in_the_reverse_order_of_their_start() {
        let mut leaders = Leaders::default();
        [20, 7, 30].into_iter().for_each(|leader| leaders.add(leader, Mark::new()));
        assert_eq!(leaders.last_first().collect::<Vec<_>>(), [30, 7, 20]);
        leaders.remove(7);
        assert_eq!(leaders.last_first().collect::<Vec<_>>(), [30, 20]);
    }
}
