//! A pseudo-terminal for a program, and its final screen.

use std::fs::File;
use std::os::fd::OwnedFd;

use regex::Regex;
use rustix::{fs, pty, termios};

/// The start of every terminal control sequence.
const ESCAPE: char = '\u{1b}';

/// Opens a pseudo-terminal: the side of the program, and the side of the display.
pub(crate) fn open(columns: u16) -> (OwnedFd, File) {
    let screen = pty::openpt(pty::OpenptFlags::RDWR | pty::OpenptFlags::NOCTTY).unwrap();
    pty::grantpt(&screen).unwrap();
    pty::unlockpt(&screen).unwrap();
    let name = pty::ptsname(&screen, vec![]).unwrap();
    let terminal = fs::open(name, fs::OFlags::RDWR | fs::OFlags::NOCTTY, fs::Mode::empty()).unwrap();
    let size = termios::Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    termios::tcsetwinsize(&terminal, size).unwrap();
    (terminal, File::from(screen))
}

/// Returns the final screen: each line without colours and without erased or overwritten text.
pub(crate) fn final_screen(screen: &str) -> Vec<String> {
    let commands = Regex::new("\u{1b}\\[[0-9;?]*[A-Za-z]").unwrap();
    let colors = Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let line = |line: &str| {
        // Text before the last carriage return or erasure of a line is gone.
        let line = colors.replace_all(line.trim_end_matches('\r'), "");
        let rest = line.rsplit(['\r', ESCAPE]).next().unwrap_or_default();
        let rest = rest.strip_prefix("[2K").unwrap_or(rest);
        commands.replace_all(rest, "").into_owned()
    };
    screen.split('\n').map(line).collect()
}

/// Quotes a word as a shell needs it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "-_./:=@,+%".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
