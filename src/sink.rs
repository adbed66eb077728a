//! Where text goes: a stream or a file that several writers share and that never panics.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anstream::AutoStream;

use crate::redact::{redact, redact_json};
use crate::text::escape_invisible;

/// Writes whole texts to one destination. Cheap to clone; clones share the destination and its first failure.
///
/// `println!` panics when the reader of a pipe is gone. A sink remembers the failure instead, so that a run that
/// moved an alias still ends with its own exit code.
#[derive(Clone)]
pub struct Sink(Arc<Mutex<State>>);

struct State {
    out: Box<dyn Write + Send>,
    failure: Option<io::Error>,
}

impl Sink {
    /// Makes a sink of any writer.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(State { out: Box::new(out), failure: None })))
    }

    /// Makes the sink of standard output.
    pub fn stdout() -> Self {
        Self::new(io::stdout())
    }

    /// Makes the sink of standard error.
    ///
    /// Whether there are colours in a text is decided where it is made. The stream has consoles of Windows show them.
    pub fn stderr() -> Self {
        Self::new(AutoStream::always(io::stderr()))
    }

    /// Opens a file to append to, and makes it if it is not there.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub fn append(path: &Path) -> io::Result<Self> {
        let file: File = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self::new(file))
    }

    /// Puts a writer around the destination, for all clones.
    pub fn wrap<W: Write + Send + 'static>(&self, around: impl FnOnce(Box<dyn Write + Send>) -> W) {
        let mut state = self.lock();
        let out = std::mem::replace(&mut state.out, Box::new(io::sink()));
        state.out = Box::new(around(out));
    }

    /// Writes a text and flushes it; a failure is kept for [`Sink::failure`]. The secrets of this process are hidden in
    /// it, and characters that act on a terminal unseen are escaped.
    pub fn write(&self, text: &str) {
        self.write_bytes(escape_invisible(&redact(text)).as_bytes());
    }

    /// Writes a document as it is, whose texts were made safe one by one: hiding a word that is a part of its syntax
    /// would break it.
    pub fn write_document(&self, text: &str) {
        self.write_bytes(text.as_bytes());
    }

    /// Takes the first failure since the last call: a full disk, a closed pipe.
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

    // A panic while writing leaves nothing half-changed that a later write could trip over.
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets a log layer write to a sink, a whole event at a time.
impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, &String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lets a log layer write JSON to a sink, a whole event at a time: what is hidden leaves each event JSON.
pub(crate) struct JsonEvents(pub(crate) Sink);

impl Write for JsonEvents {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_document(&escape_invisible(&redact_json(&String::from_utf8_lossy(bytes))));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The two streams of a process, or what stands for them in a test.
#[derive(Clone)]
pub struct Sinks {
    /// Standard output: the result and nothing else.
    pub out: Sink,
    /// Standard error: logs, notices, errors.
    pub err: Sink,
}

impl Sinks {
    /// Returns the streams of this process.
    pub fn process() -> Self {
        Self { out: Sink::stdout(), err: Sink::stderr() }
    }
}

/// A sink whose text a test can read back.
#[cfg(test)]
pub(crate) mod memory {
    use super::*;

    #[derive(Clone, Default)]
    pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Memory {
        pub(crate) fn sink(&self) -> Sink {
            Sink::new(self.clone())
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
    fn no_secret_and_nothing_unseen_is_written() {
        let memory = memory::Memory::default();
        let mut sink = memory.sink();
        crate::redact::register("hunter22");
        sink.write("a hunter22\n\u{9b}\u{202e}é\u{e0041}\n");
        Write::write_all(&mut sink, b"b hunter22\n\xff\n").unwrap();
        sink.write_document("c\u{200b}\n");
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
        let sink = Sink::new(Full);
        sink.write("lost");
        assert_eq!(sink.failure().map(|error| error.kind()), Some(io::ErrorKind::StorageFull));
        assert!(sink.failure().is_none());
    }
}
