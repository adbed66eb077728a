//! Output streams and files: shared, flushed after each text, and never the cause of a panic.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anstream::AutoStream;

use crate::secret::{redact, redact_json};
use crate::text::escape_invisible;

/// Writes whole texts to one destination. Cheap to clone; clones share the destination and its first failure.
///
/// `println!` panics when the reader of a pipe is gone. A writer remembers the failure instead, so that a run that
/// moved an alias still ends with its own exit code.
#[derive(Clone)]
pub struct Writer(Arc<Mutex<State>>);

struct State {
    out: Box<dyn Write + Send>,
    failure: Option<io::Error>,
}

impl Writer {
    /// Wraps a destination.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(State { out: Box::new(out), failure: None })))
    }

    /// Writes to standard output.
    pub fn stdout() -> Self {
        Self::new(io::stdout())
    }

    /// Writes to standard error.
    ///
    /// Whether a text has colours is decided where it is made. The stream makes consoles of Windows show them.
    pub fn stderr() -> Self {
        Self::new(AutoStream::always(io::stderr()))
    }

    /// Opens a file to append to, and creates it if it does not exist.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub fn append(path: &Path) -> io::Result<Self> {
        let file: File = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self::new(file))
    }

    /// Wraps the destination of this writer and of all its clones.
    pub fn wrap<W: Write + Send + 'static>(&self, around: impl FnOnce(Box<dyn Write + Send>) -> W) {
        let mut state = self.lock();
        let out = std::mem::replace(&mut state.out, Box::new(io::sink()));
        state.out = Box::new(around(out));
    }

    /// Writes a text and flushes it. Secrets are redacted and invisible characters are escaped. A failure is kept for
    /// [`Writer::failure`].
    pub fn write(&self, text: &str) {
        self.write_bytes(escape_invisible(&redact(text)).as_bytes());
    }

    /// Writes a document unchanged. The caller must have redacted it, because redacting its syntax would break it.
    pub fn write_document(&self, text: &str) {
        self.write_bytes(text.as_bytes());
    }

    /// Takes the first failure since the last call, such as a full disk or a closed pipe.
    pub fn failure(&self) -> Option<io::Error> {
        self.lock().failure.take()
    }

    fn write_bytes(&self, bytes: &[u8]) {
        let mut state = self.lock();
        let written = state.out.write_all(bytes).and_then(|()| state.out.flush());
        if let Err(error) = written {
            state.failure.get_or_insert(error);
        }
    }

    // A panic while writing leaves no half-changed state behind, so a poisoned lock is safe to use.
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For log layers, which write one whole event at a time.
impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, &String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer for log layers that write JSON, one whole event at a time. Redacting keeps each event valid JSON.
pub(crate) struct JsonEvents(pub(crate) Writer);

impl Write for JsonEvents {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_document(&escape_invisible(&redact_json(&String::from_utf8_lossy(bytes))));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The two output streams of a process, or their stand-ins in a test.
#[derive(Clone)]
pub struct Streams {
    /// Standard output, which carries the result and nothing else.
    pub out: Writer,
    /// Standard error, which carries logs, messages and errors.
    pub err: Writer,
}

impl Streams {
    /// Returns the streams of this process.
    pub fn process() -> Self {
        Self { out: Writer::stdout(), err: Writer::stderr() }
    }
}

/// A writer whose text a test can read back.
#[cfg(test)]
pub(crate) mod memory {
    use super::*;

    #[derive(Clone, Default)]
    pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Memory {
        pub(crate) fn writer(&self) -> Writer {
            Writer::new(self.clone())
        }

        pub(crate) fn text(&self) -> String {
            String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
        }
    }

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_invisible_characters_are_never_written() {
        let memory = memory::Memory::default();
        let mut writer = memory.writer();
        crate::secret::register("hunter22");
        writer.write("a hunter22\n\u{9b}\u{202e}é\u{e0041}\n");
        Write::write_all(&mut writer, b"b hunter22\n\xff\n").unwrap();
        writer.write_document("c\u{200b}\n");
        assert_eq!(memory.text(), "a ***\n\\u009b\\u202eé\\udb40\\udc41\nb ***\n\u{fffd}\nc\u{200b}\n");
    }

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_failed_write_is_remembered_once() {
        let writer = Writer::new(Full);
        writer.write("lost");
        assert_eq!(writer.failure().map(|error| error.kind()), Some(io::ErrorKind::StorageFull));
        assert!(writer.failure().is_none());
    }
}
