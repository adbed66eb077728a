//! What the process gives to its services.

use crate::registry::HostEnvironment;
use crate::shutdown::Shutdown;
use crate::writer::Streams;

/// The streams, signals, variables and command line options that services use.
#[derive(Clone)]
pub struct ProcessContext {
    /// Where results and logs go.
    pub streams: Streams,
    /// Whether a signal asked the program to end.
    pub shutdown: Shutdown,
    /// How many levels more (`-v`) or fewer (`-q`) are logged than the config says.
    pub verbosity: i8,
    /// Whether log lines are coloured; `None` leaves it to the config, then to [`ProcessContext::shows_colors`].
    pub color: Option<bool>,
    /// Whether standard error is a terminal: somebody watches.
    pub is_terminal: bool,
    /// Whether standard error shows colours.
    pub shows_colors: bool,
    /// What the machine offers to any MLflow client.
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

    /// Returns a context whose standard error is kept in memory.
    #[cfg(test)]
    pub(crate) fn in_memory(err: &crate::writer::memory::Memory) -> Self {
        let (_, shutdown) = Shutdown::manual();
        Self::plain(Streams { out: crate::writer::memory::Memory::default().writer(), err: err.writer() }, shutdown)
    }
}
