//! What the process lends to its services.

use crate::registry::HostEnvironment;
use crate::shutdown::Shutdown;
use crate::sink::Sinks;

/// The streams, the signals and the wishes of the command line that services work with.
#[derive(Clone)]
pub struct Host {
    /// Where results and logs go.
    pub sinks: Sinks,
    /// Whether the program was asked to end.
    pub shutdown: Shutdown,
    /// How many levels more (`-v`) or fewer (`-q`) are logged than the config says.
    pub verbosity: i8,
    /// Whether log lines are coloured; `None` leaves it to the config, then to whether a terminal reads them.
    pub color: Option<bool>,
    /// Whether a terminal that shows colours reads standard error.
    pub terminal: bool,
    /// What the machine offers to every client of MLflow.
    pub environment: HostEnvironment,
}

impl Host {
    /// Makes a host without the options and variables of a process.
    pub(crate) fn plain(sinks: Sinks, shutdown: Shutdown) -> Self {
        Self { sinks, shutdown, verbosity: 0, color: None, terminal: false, environment: HostEnvironment::default() }
    }
}

#[cfg(test)]
impl Host {
    /// Makes a host whose standard error is kept in memory.
    pub(crate) fn in_memory(err: &crate::sink::memory::Memory) -> Self {
        let (_, shutdown) = Shutdown::manual();
        Self::plain(Sinks { out: crate::sink::memory::Memory::default().sink(), err: err.sink() }, shutdown)
    }
}
