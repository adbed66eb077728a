//! Runs one process from its start to its end: logs its output, finds out when it is ready, starts it again, and stops it.

use std::pin::pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tracing::{debug, info, warn};

use super::config::{ProcessConfig, StopSignal};
use super::failure::{ProcessFailure, Reason};
use super::probe::{LastCheck, taken_address, wait_until_ready};
use super::state::State;
use crate::process::{Line, Output, Program, Running};
use crate::secret::Secrets;
use crate::shutdown::Signal;

/// The pause before the first restart. Each further one is twice as long, up to a limit.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often to look whether the children of a process that has ended run on.
const CHILDREN_INTERVAL: Duration = Duration::from_millis(20);

/// The task that owns a process. Dropping it kills the process with its children.
pub(super) struct Supervisor {
    pub(super) config: ProcessConfig,
    pub(super) variables: Vec<(String, String)>,
    pub(super) state: watch::Sender<State>,
    /// Whether the process is to stop.
    pub(super) stop: watch::Receiver<bool>,
}

/// What ends the watch over a running process.
enum Event {
    StopRequested,
    Ended(std::io::Result<ExitStatus>),
    TooLate(String),
}

impl Supervisor {
    /// Runs the process until it is stopped, or has failed as often as it may.
    pub(super) async fn run(mut self) {
        let mut restarts = 0;
        let mut was_ready = false;
        let last = loop {
            match self.run_once(restarts, &mut was_ready).await {
                Ok(()) => break State::Stopped,
                Err(failure) if self.may_restart(&failure, was_ready, restarts) => {
                    restarts += 1;
                    warn!(
                        process = self.config.name,
                        "{failure}; starting it again ({restarts} of {})",
                        self.config.restart_limit()
                    );
                    self.state.send_replace(State::Starting);
                    let pause = FIRST_PAUSE.saturating_mul(1 << (restarts - 1).min(8)).min(LONGEST_PAUSE);
                    if tokio::time::timeout(pause, stop_requested(&mut self.stop)).await.is_ok() {
                        break State::Stopped;
                    }
                }
                Err(failure) => break State::Failed(failure),
            }
        };
        self.state.send_replace(last);
    }

    fn may_restart(&self, failure: &ProcessFailure, was_ready: bool, restarts: u32) -> bool {
        was_ready && failure.is_failed_end() && restarts < self.config.restart_limit()
    }

    /// Starts the process and waits for its end. Returns `Ok` if it was stopped.
    async fn run_once(&mut self, restarts: u32, was_ready: &mut bool) -> Result<(), Arc<ProcessFailure>> {
        if let Some(ready) = &self.config.ready
            && let Some(address) = taken_address(ready).await
        {
            return Err(Arc::new(self.failure(Reason::AddressTaken(address), None)));
        }
        let began = Instant::now();
        let spawned = self.program().spawn();
        let (mut running, mut output) =
            spawned.map_err(|error| Arc::new(self.failure(Reason::NotStarted(error.to_string()), None)))?;
        debug!(process = self.config.name, pid = running.pid(), "started the process {}", self.config.name);
        let mut is_ready = false;
        let event = self.watch(&mut running, &mut output, began, &mut is_ready).await;
        *was_ready |= is_ready;
        let name = &self.config.name;
        let reason = match event {
            Event::StopRequested => {
                self.end(&mut running, &mut output).await;
                return Ok(());
            }
            Event::Ended(status) => {
                drain(name, &mut output).await;
                match status {
                    Ok(status) if is_ready => Reason::Ended { status, restarts },
                    Ok(status) => Reason::EndedEarly(status),
                    Err(error) => Reason::Lost(error.to_string()),
                }
            }
            Event::TooLate(last_check) => {
                let seconds = self.config.ready.as_ref().map_or(0, |ready| ready.timeout.as_secs());
                Reason::NotReady { seconds, last_check }
            }
        };
        // What it writes because it is stopped says nothing about the failure.
        let failure = Arc::new(self.failure(reason, Some(&output)));
        if *was_ready {
            // Its children may take long to end. Meanwhile no job may use it.
            self.state.send_replace(match self.may_restart(&failure, *was_ready, restarts) {
                true => State::Starting,
                false => State::Failed(failure.clone()),
            });
        }
        self.end(&mut running, &mut output).await;
        Err(failure)
    }

    fn program(&self) -> Program {
        let ProcessConfig { command, cwd, .. } = &self.config;
        Program::new(command.program(), command.args())
            .in_folder(cwd.clone())
            .with_variables(self.variables.iter().cloned())
    }

    /// Watches a running process, and announces when it is ready.
    async fn watch(
        &mut self,
        running: &mut Running,
        output: &mut Output,
        began: Instant,
        is_ready: &mut bool,
    ) -> Event {
        let (name, last) = (&self.config.name, LastCheck::default());
        let limit = self.config.ready.as_ref().map_or(Duration::MAX, |ready| ready.timeout);
        let check = async {
            if let Some(ready) = &self.config.ready {
                wait_until_ready(ready, (&self.config.cwd, &self.variables), &last).await;
            }
        };
        let mut check = pin!(tokio::time::timeout(limit, check));
        let mut is_open = true;
        loop {
            let mut becomes_ready = false;
            tokio::select! {
                () = stop_requested(&mut self.stop) => return Event::StopRequested,
                status = running.wait() => return Event::Ended(status),
                line = output.next(), if is_open => match line {
                    Some(line) => {
                        log(name, &line);
                        let matches = || self.config.ready.as_ref().is_some_and(|it| it.matches(line.text().as_raw()));
                        becomes_ready = !*is_ready && matches();
                    }
                    None => is_open = false,
                },
                checked = &mut check, if !*is_ready => match checked {
                    Ok(()) => becomes_ready = true,
                    Err(_) => return Event::TooLate(last.take()),
                }
            }
            if becomes_ready && !*is_ready {
                // Another program may have answered for a process that could not start.
                if let Some(status) = running.wait().now_or_never() {
                    return Event::Ended(status);
                }
                *is_ready = true;
                info!(process = name, "the process {name} is ready after {:.1} s", began.elapsed().as_secs_f64());
                self.state.send_replace(State::Ready);
            }
        }
    }

    /// Stops the process: asks it to end, gives it time, and kills what is left of its group.
    async fn end(&self, running: &mut Running, output: &mut Output) {
        let (name, stop) = (&self.config.name, &self.config.stop);
        match signal(stop.signal) {
            Some(signal) => running.signal(signal),
            None => running.kill().await,
        }
        let mut deadline = pin!(tokio::time::sleep(stop.grace()));
        let (mut has_ended, mut is_open) = (false, true);
        while !has_ended || running.has_running_group() {
            tokio::select! {
                _ = running.wait(), if !has_ended => has_ended = true,
                line = output.next(), if is_open => match line {
                    Some(line) => log(name, &line),
                    None => is_open = false,
                },
                () = tokio::time::sleep(CHILDREN_INTERVAL), if has_ended => {}
                () = &mut deadline => {
                    let what = if has_ended { "a child of the process" } else { "the process" };
                    warn!(process = name, "{what} {name} did not end within {} s, and was killed", stop.timeout);
                    break;
                }
            }
        }
        running.kill().await;
        drain(name, output).await;
        debug!(process = name, "the process {name} has ended");
    }

    fn failure(&self, reason: Reason, output: Option<&Output>) -> ProcessFailure {
        let last_lines = output.map(|output| {
            let ends = [output.stderr(), output.stdout()].map(|tail| tail.lines(&Secrets::default()));
            ends.into_iter().find(|end| !end.is_blank()).map(|end| end.to_string()).unwrap_or_default()
        });
        ProcessFailure { name: self.config.name.clone(), reason, last_lines: last_lines.unwrap_or_default() }
    }
}

/// Returns the signal that asks a process to end; `None` for the one that it cannot handle.
const fn signal(signal: StopSignal) -> Option<Signal> {
    match signal {
        StopSignal::Term => Some(Signal::Terminate),
        StopSignal::Int => Some(Signal::Interrupt),
        StopSignal::Quit => Some(Signal::Quit),
        StopSignal::Hup => Some(Signal::Hangup),
        StopSignal::Kill => None,
    }
}

/// Waits until the process is to stop. Whoever may ask for it is gone only at the end of the program.
async fn stop_requested(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Logs the rest of the output of a process that has ended.
async fn drain(name: &str, output: &mut Output) {
    while let Some(line) = output.next_after_end().await {
        log(name, &line);
    }
}

fn log(name: &str, line: &Line) {
    debug!(process = name, "{name}: {}", line.text());
}
