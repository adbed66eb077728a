//! What channels share.

use crate::sink::Sink;

/// What channels send with.
pub struct Tools {
    console: Sink,
}

impl Tools {
    /// Collects the tools; nothing is opened or built before a channel needs it.
    pub(crate) const fn new(console: Sink) -> Self {
        Self { console }
    }

    /// Returns where console notices go.
    pub(super) const fn console(&self) -> &Sink {
        &self.console
    }
}
