//! The console: one line on standard error.

use std::io;

use super::Notice;
use crate::sink::Sink;

/// Writes notices to a stream, in the form of the Python template.
#[derive(Clone)]
pub struct Console(Sink);

impl Console {
    pub(super) fn new(sink: Sink) -> Self {
        Self(sink)
    }

    pub(super) fn send(&self, notice: &Notice) -> io::Result<()> {
        let Notice { app_name, title, message } = notice;
        self.0.write(&format!("[{app_name}] {title}: {message}\n"));
        self.0.failure().map_or(Ok(()), Err)
    }
}
