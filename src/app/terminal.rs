//! Colours and progress: what the terminal supports and what the user asked for.

use std::io::{self, IsTerminal as _};

use crate::cli::{Cli, Color};

/// Returns what `--color` says about colours; none for `auto`.
pub(super) const fn wanted_color(cli: &Cli) -> Option<bool> {
    match cli.color {
        Color::Auto => None,
        Color::Always => Some(true),
        Color::Never => Some(false),
    }
}

/// Returns whether standard error is a terminal that shows colours.
pub(super) fn shows_colors() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !set("NO_COLOR") && !dumb
}

/// Returns whether to show the progress of a batch.
pub(super) fn shows_progress(cli: &Cli) -> bool {
    io::stderr().is_terminal() && cli.quiet == 0 && std::env::var_os("CI").is_none()
}
