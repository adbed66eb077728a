//! What the terminal shows, and what the person at it wants to see.

use std::io::{self, IsTerminal as _};

use crate::cli::{Cli, Color};

/// Returns whether the command line says that log lines are coloured, or that they are not.
pub(crate) const fn wanted_color(cli: &Cli) -> Option<bool> {
    match cli.color {
        Color::Auto => None,
        Color::Always => Some(true),
        Color::Never => Some(false),
    }
}

/// Returns whether a terminal that shows colours reads standard error, and nobody asked it not to.
pub(crate) fn shows_colors() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !set("NO_COLOR") && !dumb
}

/// Returns whether somebody at a terminal may want to see how far a batch is.
pub(crate) fn shows_progress(cli: &Cli) -> bool {
    io::stderr().is_terminal() && cli.quiet == 0 && std::env::var_os("CI").is_none()
}
