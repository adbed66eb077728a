//! A live bar for long batches: how many jobs are done, which are in flight, and the time that is left.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::writer::Streams;

/// A batch this short is over before a bar could tell anything.
const FEW: usize = 3;

/// How many of the jobs in flight are named.
const NAMED: usize = 3;

/// Shows people how far a batch is, or nothing.
pub struct Progress {
    bar: ProgressBar,
    is_shown: bool,
    flying: Mutex<BTreeMap<usize, String>>,
}

impl Progress {
    /// Makes a bar for this many jobs on standard error; hidden unless it is wanted and worth it.
    pub fn new(jobs: usize, wanted: bool) -> Self {
        let target = if wanted && jobs > FEW { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(jobs as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} jobs, {eta} left  {wide_msg}") {
            bar.set_style(style);
        }
        Self { is_shown: !bar.is_hidden(), bar, flying: Mutex::default() }
    }

    /// Writes everything that goes to the streams above the bar, so that neither garbles the other.
    pub fn attach_to(&self, streams: &Streams) {
        if !self.is_shown {
            return;
        }
        for writer in [&streams.out, &streams.err] {
            writer.wrap(|out| Above { bar: self.bar.clone(), out });
        }
    }

    pub(super) fn started(&self, job: usize, label: impl FnOnce() -> String) {
        self.change(|flying| drop(flying.insert(job, label())));
    }

    pub(super) fn ended(&self, job: usize) {
        self.change(|flying| {
            flying.remove(&job);
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
        let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut flying);
        let named: Vec<&str> = flying.values().take(NAMED).map(String::as_str).collect();
        let more = if flying.len() > NAMED { ", …" } else { "" };
        self.bar.set_message(format!("{}{more}", named.join(", ")));
    }
}

/// Writes while the bar is out of the way.
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
