//! What the process lends to its services.

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
}
