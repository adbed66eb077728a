//! The handle of a running program.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::Child;
use tokio::task::JoinHandle;

use super::marks::{Mark, kill_marked};
use super::{groups, reaper};
use crate::shutdown::Signal;

/// How long to wait for the end of a program that was killed.
const KILL_TIMEOUT: Duration = Duration::from_secs(5);

/// A running program. Dropping it kills the program. On Unix its children are killed too: on Linux all that inherited its
/// environment, elsewhere those that are in its process group.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// The process ID.
    id: Option<u32>,
    /// The leader of the process group; `None` once the group was killed or released.
    leader: Option<u32>,
    mark: Mark,
    /// Writes the standard input.
    input: Option<JoinHandle<()>>,
}

impl Running {
    pub(super) fn new(child: Child, mark: Mark, input: Option<JoinHandle<()>>) -> Self {
        let id = child.id();
        reaper::leave_to_handle(id);
        Self { id, leader: id, child, mark, input }
    }

    /// Returns the process ID, which is also that of its group; `None` after the program was awaited and killed.
    pub const fn pid(&self) -> Option<u32> {
        self.leader
    }

    /// Waits for the end of the program itself. Its children may outlive it: [`Running::kill`] ends them, and
    /// [`Running::release`] leaves them alone. The wait can be cancelled and repeated.
    ///
    /// # Errors
    /// When the system does not say how it ended.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Passes a signal on to the program and its children. Systems other than Unix have no such signals, so there the
    /// program is killed.
    pub fn signal(&mut self, signal: Signal) {
        #[cfg(unix)]
        if let Some(leader) = self.leader {
            groups::signal(leader, signal);
        }
        #[cfg(not(unix))]
        {
            let _ = signal;
            self.send_kill();
        }
    }

    /// Returns whether the program or one of its children runs. Systems other than Unix do not tell for children.
    pub fn has_running_group(&self) -> bool {
        self.leader.is_some_and(groups::is_alive)
    }

    /// Kills the program and its children, and waits until the program is gone.
    pub async fn kill(&mut self) {
        self.send_kill();
        // A program in an uninterruptible call of the system ends when the call does.
        let _gone = tokio::time::timeout(KILL_TIMEOUT, self.child.wait()).await;
    }

    fn send_kill(&mut self) {
        let _ended_already = self.child.start_kill();
        if let Some(leader) = self.leader.take() {
            groups::kill(leader);
            kill_marked(&[&self.mark]);
            groups::forget(leader);
        }
    }

    /// Forgets the children of a program that has ended, which may run on.
    pub fn release(mut self) {
        if let Some(leader) = self.leader.take() {
            groups::forget(leader);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.leader.is_some() {
            self.send_kill();
        }
        if let Some(input) = self.input.take() {
            input.abort();
        }
        reaper::forget(self.id);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::process::{Output, Program};

    fn sh(script: &str) -> (Running, Output) {
        Program::new("sh", &["-c".to_owned(), script.to_owned()]).spawn().unwrap()
    }

    async fn text(output: &mut Output) -> String {
        output.next().await.map(|line| line.text().to_string()).unwrap_or_default()
    }

    #[tokio::test]
    async fn a_signal_reaches_the_children_of_a_program() {
        let (mut running, mut output) =
            sh("sh -c 'trap \"echo child; exit\" TERM; echo ready; while :; do sleep 0.1; done' 2> /dev/null & wait");
        assert_eq!(text(&mut output).await, "ready");
        running.signal(Signal::Terminate);
        assert_eq!(text(&mut output).await, "child");
        assert_eq!(running.wait().await.unwrap().code(), None);
    }

    #[tokio::test]
    async fn what_a_program_leaves_behind_is_killed_after_its_end() {
        let (mut running, mut output) = sh("sleep 300 & echo started");
        assert_eq!(text(&mut output).await, "started");
        assert!(running.wait().await.unwrap().success());
        running.kill().await;
        assert_eq!(output.next().await, None, "the child that held the pipe is gone");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_daemon_that_left_the_group_is_killed() {
        let (mut running, mut output) = sh("setsid sh -c 'setsid sleep 300 & echo $!' & wait");
        let daemon = text(&mut output).await;
        assert!(running.wait().await.unwrap().success());
        assert!(std::path::Path::new("/proc").join(&daemon).exists());
        running.kill().await;
        assert_eq!(output.next().await, None, "the daemon that held the pipe is gone");
    }

    #[tokio::test]
    async fn a_program_that_closes_its_output_lives_on() {
        let (mut running, mut output) = sh("echo last; exec >&- 2>&-; read line; exit 3");
        assert_eq!(text(&mut output).await, "last");
        assert_eq!(output.next().await, None);
        assert_eq!(running.wait().await.unwrap().code(), Some(3), "its standard input is empty");
    }
}
