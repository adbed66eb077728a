//! Colours and progress: what the terminal supports and what the user asked for.

use std::io::{self, IsTerminal as _};

use anstream::{AutoStream, ColorChoice};

use crate::cli::{Cli, Color};

/// Returns what `--color` says about colours; none for `auto`.
pub(super) const fn wanted_color(cli: &Cli) -> Option<bool> {
    match cli.color {
        Color::Auto => None,
        Color::Always => Some(true),
        Color::Never => Some(false),
    }
}

/// Returns whether standard error shows colours, unless `NO_COLOR`, `CLICOLOR` or `CLICOLOR_FORCE` decides that.
pub(super) fn shows_colors() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}

/// Returns whether to show the progress of a batch.
pub(super) fn shows_progress(cli: &Cli) -> bool {
    io::stderr().is_terminal() && cli.quiet == 0 && std::env::var_os("CI").is_none()
}
