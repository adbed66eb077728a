//! Runs the program in an empty folder, which is also its home.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use runner::cli::Cli;
use runner::shutdown::Shutdown;
use runner::writer::{Streams, Writer};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// The secret that must never be shown.
pub const SECRET: &str = "hunter2hunter2";

/// An empty folder, and a runtime for the runs in it.
pub struct Machine {
    dir: TempDir,
    runtime: Runtime,
}

impl Machine {
    /// Creates an empty folder, and makes it the current folder and the home, so that no run reads or writes the real
    /// home.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::env::set_current_dir(dir.path()).unwrap();
        for (name, _) in std::env::vars_os().filter(|(name, _)| name != "PATH") {
            std::env::remove_var(name);
        }
        std::env::set_var("HOME", dir.path());
        Self { dir, runtime: Builder::new_current_thread().enable_all().build().unwrap() }
    }

    /// Returns the folder.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.dir().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs the program, and returns its whole output.
    ///
    /// # Panics
    /// If the program panics, or shows the secret.
    pub fn run(&self, args: &[&str]) -> String {
        let memory = Memory::default();
        let streams = Streams { out: Writer::new(memory.clone()), err: Writer::new(memory.clone()) };
        let args = [&["runner"], args].concat();
        let cli = Cli::read(args.into_iter().map(OsString::from)).unwrap();
        let exit = self.runtime.block_on(runner::run(cli, |_| Ok(Shutdown::never()), &streams));
        // Removes the panic hook of the program, which writes to the streams of this run.
        drop(std::panic::take_hook());
        let text = memory.text();
        assert!(!text.contains("a defect of this program"), "exit {}: {text}", exit.code());
        assert!(!shows(&text, SECRET), "exit {}: {text}", exit.code());
        text
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns whether a text shows a secret.
pub fn shows(text: &str, secret: &str) -> bool {
    text.contains(secret)
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn text(&self) -> String {
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
