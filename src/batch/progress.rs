//! A progress bar for long batches: finished jobs, running jobs, and the remaining time.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::writer::Streams;

/// Batches of up to this many jobs have no bar.
const MOST_WITHOUT_BAR: usize = 3;

/// The number of running jobs that the bar names.
const MOST_NAMED: usize = 3;

/// The progress bar, which may be hidden.
pub struct Progress {
    bar: ProgressBar,
    is_shown: bool,
    running: Mutex<BTreeMap<usize, String>>,
}

impl Progress {
    /// Creates a bar for this many jobs on standard error. It is hidden unless it is wanted and the batch is long enough.
    pub fn new(jobs: usize, wanted: bool) -> Self {
        let target =
            if wanted && jobs > MOST_WITHOUT_BAR { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(jobs as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} jobs, {eta} left  {wide_msg}") {
            bar.set_style(style);
        }
        Self { is_shown: !bar.is_hidden(), bar, running: Mutex::default() }
    }

    /// Makes the streams write above the bar, so that their output and the bar do not mix.
    pub fn attach_to(&self, streams: &Streams) {
        if !self.is_shown {
            return;
        }
        for writer in [&streams.out, &streams.err] {
            writer.wrap(|out| Above { bar: self.bar.clone(), out });
        }
    }

    pub(super) fn started(&self, job: usize, label: impl FnOnce() -> String) {
        self.change(|running| drop(running.insert(job, label())));
    }

    pub(super) fn ended(&self, job: usize) {
        self.change(|running| {
            running.remove(&job);
            self.bar.inc(1);
        });
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<usize, String>)) {
        if !self.is_shown {
            return;
        }
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut running);
        let named: Vec<&str> = running.values().take(MOST_NAMED).map(String::as_str).collect();
        let more = if running.len() > MOST_NAMED { ", …" } else { "" };
        self.bar.set_message(format!("{}{more}", named.join(", ")));
    }
}

/// A stream that hides the bar while it writes.
struct Above {
    bar: ProgressBar,
    out: Box<dyn Write + Send>,
}

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bar.suspend(|| self.out.write_all(bytes).and_then(|()| self.out.flush()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
