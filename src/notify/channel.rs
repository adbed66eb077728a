//! The closed set of channels.

use std::io;

use super::Notice;
use super::console::Console;
use crate::sink::Sink;

/// A way to reach people.
#[derive(Clone)]
pub enum Channel {
    /// One line on standard error.
    Console(Console),
}

impl Channel {
    /// Makes the channel that writes to a stream.
    pub fn console(sink: Sink) -> Self {
        Self::Console(Console::new(sink))
    }

    /// Returns the `KIND`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Console(_) => "ConsoleChannel",
        }
    }

    /// Delivers a notice.
    ///
    /// # Errors
    /// When the channel did not take it.
    pub async fn send(&self, notice: &Notice) -> io::Result<()> {
        match self {
            Self::Console(console) => console.send(notice),
        }
    }
}
