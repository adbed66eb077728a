//! What ends a program before it ends by itself.

use std::time::Duration;

use tracing::{info, warn};

use super::super::Context;
use crate::outcome::Failure;
use crate::shutdown::Signal;

/// How long a program may take to end after a process that its job uses has ended.
const GRACE: Duration = Duration::from_secs(5);

/// What ends a program before it ends by itself.
#[derive(Debug)]
pub(super) enum Interruption {
    /// A signal to this program.
    Signal(Signal),
    /// The end of a process that the job uses.
    LostProcess(Failure),
}

impl Interruption {
    /// Waits for the first cause to end the program, forever if none comes.
    pub(super) async fn wait(context: &Context<'_>) -> Self {
        tokio::select! {
            biased;
            signal = context.shutdown.wait() => Self::Signal(signal),
            failure = context.wait_for_lost_process() => Self::LostProcess(failure),
        }
    }

    /// Says what happens to the program. The message about a signal precedes its effects.
    pub(super) async fn announce(&self, context: &Context<'_>) {
        match self {
            Self::Signal(signal) => {
                context.shutdown.wait_for_answer().await;
                info!("{}: passed on to the program", signal.name());
            }
            Self::LostProcess(failure) => {
                warn!("{}; the program is asked to end, and has {} s", failure.message, GRACE.as_secs());
            }
        }
    }

    /// Returns the signal that the program gets.
    pub(super) const fn signal(&self) -> Signal {
        match self {
            Self::Signal(signal) => *signal,
            Self::LostProcess(_) => Signal::Terminate,
        }
    }

    /// Returns how long the program may take to end; none where only its own timeout counts.
    pub(super) const fn grace(&self) -> Option<Duration> {
        match self {
            Self::Signal(_) => None,
            Self::LostProcess(_) => Some(GRACE),
        }
    }
}
