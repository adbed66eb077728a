//! Looks for programs that a run started and left behind.

use std::fs;
use std::path::Path;

/// Fails if a program that a run started is still there. A program inherits the run's own `HOME`.
#[track_caller]
pub(crate) fn assert_nothing_left(dir: &Path) {
    let marker = format!("HOME={}\0", dir.display()).into_bytes();
    let left = |entry: fs::DirEntry| {
        let environment = fs::read(entry.path().join("environ")).ok()?;
        let is_ours = environment.windows(marker.len()).any(|part| part == marker);
        let command = fs::read(entry.path().join("cmdline")).ok().filter(|_| is_ours)?;
        Some(String::from_utf8_lossy(&command).replace('\0', " "))
    };
    let left: Vec<String> = fs::read_dir("/proc").unwrap().flatten().filter_map(left).collect();
    assert!(left.is_empty(), "these still run: {left:#?}");
}
