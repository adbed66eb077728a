//! The process environment of the services: streams, signals, variables and options.

use crate::registry::HostEnvironment;
use crate::shutdown::Shutdown;
use crate::writer::Streams;

/// The streams, signals, variables and command line options that services use.
#[derive(Clone)]
pub struct ProcessContext {
    /// The output streams for results and logs.
    pub streams: Streams,
    /// The signals that ask the program to end.
    pub shutdown: Shutdown,
    /// The number of log levels to add (`-v`) or remove (`-q`, negative) from the level of the config.
    pub verbosity: i8,
    /// Whether log lines are coloured. `None` defers to the config, then to [`ProcessContext::shows_colors`].
    pub color: Option<bool>,
    /// Whether standard error is a terminal.
    pub is_terminal: bool,
    /// Whether standard error supports colours.
    pub shows_colors: bool,
    /// The settings of this machine for MLflow clients.
    pub environment: HostEnvironment,
}

impl ProcessContext {
    /// Returns a context without options and variables.
    pub(crate) fn plain(streams: Streams, shutdown: Shutdown) -> Self {
        Self {
            streams,
            shutdown,
            verbosity: 0,
            color: None,
            is_terminal: false,
            shows_colors: false,
            environment: HostEnvironment::default(),
        }
    }

    /// Returns a context that writes standard error to memory.
    #[cfg(test)]
    pub(crate) fn in_memory(err: &crate::writer::memory::Memory) -> Self {
        let (_, shutdown) = Shutdown::manual();
        Self::plain(Streams { out: crate::writer::memory::Memory::default().writer(), err: err.writer() }, shutdown)
    }
}
