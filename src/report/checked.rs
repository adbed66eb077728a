//! What `--check` says about configs that are valid.

use std::fmt::Write as _;

/// Renders a line a job: its config and its `KIND`.
pub fn checked<'a>(jobs: impl Iterator<Item = (&'a str, &'static str)>) -> String {
    let mut text = String::new();
    for (config, kind) in jobs {
        let _ = writeln!(text, "{config}: {kind} is valid");
    }
    text
}
