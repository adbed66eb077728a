//! Looks for programs that a run started and left behind.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long the system may take to end a program that was killed.
const GRACE: Duration = Duration::from_secs(5);

/// Fails if a program that a run started is still there. A program inherits the run's own `HOME`.
#[track_caller]
pub(crate) fn assert_nothing_left(dir: &Path) {
    let began = Instant::now();
    loop {
        let left = list_left(dir);
        if left.is_empty() {
            return;
        }
        assert!(began.elapsed() < GRACE, "these still run: {left:#?}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Lists the commands of the programs that inherited the `HOME` of a run.
fn list_left(dir: &Path) -> Vec<String> {
    let marker = format!("HOME={}\0", dir.display()).into_bytes();
    let left = |entry: fs::DirEntry| {
        let environment = fs::read(entry.path().join("environ")).ok()?;
        let is_ours = environment.windows(marker.len()).any(|part| part == marker);
        let command = fs::read(entry.path().join("cmdline")).ok().filter(|_| is_ours)?;
        Some(String::from_utf8_lossy(&command).replace('\0', " "))
    };
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(left).collect()
}
