//! One run of a `CommandJob`: its program from the start to the end, with its output in the log.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use tokio::time::Instant;
use tracing::info;

use super::super::Context;
use super::interruption::Interruption;
use crate::outcome::Outcome;
use crate::process::{Ending, Line, Output, Program, Running, Stream};

/// The number of last lines that a result keeps.
const MAX_LINES: usize = 20;

/// The length at which such a line is cut, in characters.
const MAX_CHARS: usize = 400;

/// What is known of the attempts to run the program.
#[derive(Debug)]
pub(super) struct CommandRun {
    /// How the last attempt ended.
    pub(super) ending: Ending,
    /// The number of attempts that were started.
    pub(super) attempts: u32,
    /// The time of all attempts.
    pub(super) seconds: f64,
    /// The last lines of the last attempt, without secrets and escaped.
    pub(super) last_lines: VecDeque<String>,
}

impl Default for CommandRun {
    fn default() -> Self {
        let ending = Ending::NotStarted("a signal came first".to_owned());
        Self { ending, attempts: 0, seconds: 0.0, last_lines: VecDeque::new() }
    }
}

impl CommandRun {
    /// Returns whether the program of a job with this outcome was started.
    pub(super) fn was_started(outcome: &Outcome) -> bool {
        let document = outcome.findings.as_ref().map(|findings| &findings.document);
        document.is_some_and(|document| document["attempts"].as_u64().is_some_and(|attempts| attempts > 0))
    }

    /// Writes a line to the log, and keeps it among the last ones.
    fn take(&mut self, line: &Line) {
        let stream = match line.stream {
            Stream::Out => "stdout",
            Stream::Err => "stderr",
        };
        let text = line.text();
        // The bar tells the lines of the program from those about it.
        info!(stream, "| {text}");
        if !text.is_blank() {
            if self.last_lines.len() == MAX_LINES {
                self.last_lines.pop_front();
            }
            self.last_lines.push_back(text.cut(MAX_CHARS).to_string());
        }
    }
}

/// Runs the program once. The first interruption is passed on to it, and its end is awaited; that interruption is returned.
pub(super) async fn run_once(
    program: Program,
    timeout: Duration,
    run: &mut CommandRun,
    context: &Context<'_>,
) -> Option<Interruption> {
    run.last_lines.clear();
    let (running, output) = match program.spawn() {
        Ok(started) => started,
        Err(error) => {
            run.ending = Ending::NotStarted(error.to_string());
            return None;
        }
    };
    run.attempts += 1;
    follow(running, output, timeout, run, context).await
}

/// Follows a program to its end. Whatever it leaves behind is killed.
async fn follow(
    mut running: Running,
    mut output: Output,
    timeout: Duration,
    run: &mut CommandRun,
    context: &Context<'_>,
) -> Option<Interruption> {
    let mut deadline = pin!(tokio::time::sleep(timeout));
    let (mut is_open, mut interruption): (bool, Option<Interruption>) = (true, None);
    let status = loop {
        tokio::select! {
            status = running.wait() => break Some(status),
            () = &mut deadline => break None,
            cause = Interruption::wait(context), if interruption.is_none() => {
                cause.announce(context).await;
                running.signal(cause.signal());
                if let Some(grace) = cause.grace() {
                    let end = deadline.deadline().min(Instant::now() + grace);
                    deadline.as_mut().reset(end);
                }
                interruption = Some(cause);
            }
            line = output.next(), if is_open => match line {
                Some(line) => run.take(&line),
                None => is_open = false,
            },
        }
    };
    running.kill().await;
    while let Some(line) = output.next_after_end().await {
        run.take(&line);
    }
    run.ending = match status.transpose() {
        // It had no time of its own any more.
        Ok(None) if matches!(interruption, Some(Interruption::LostProcess(_))) => Ending::killed(),
        Ok(status) => Ending::new(status),
        Err(error) => Ending::Signalled(format!("an unknown cause: {error}")),
    };
    interruption
}
