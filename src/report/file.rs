//! `--report`: writes the result to files, each in full or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Serialize;
use tempfile::NamedTempFile;

use super::html::{RunFacts, html};
use super::junit::junit;
use super::markdown::markdown;
use crate::outcome::BatchResult;
use crate::text::escape_invisible;

/// A requested report: `FORMAT=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    format: Format,
    path: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Junit,
    Markdown,
    Html,
}

/// The error of a report that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the report {} cannot be written", .path.display())]
pub struct Error {
    path: PathBuf,
    source: io::Error,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage = || "expected json=PATH, junit=PATH, markdown=PATH or html=PATH".to_owned();
        let (format, path) = text.split_once('=').ok_or_else(usage)?;
        let format = match format {
            "json" => Format::Json,
            "junit" => Format::Junit,
            "markdown" => Format::Markdown,
            "html" => Format::Html,
            _ => return Err(usage()),
        };
        if path.is_empty() {
            return Err(usage());
        }
        if path == "-" {
            return Err(
                "`-` is no file: `--output json` writes to standard output; write `./-` for a file by that name, \
                        or `/dev/stdout`"
                    .to_owned(),
            );
        }
        Ok(Self { format, path: path.into() })
    }
}

impl Wanted {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether the report is a page.
    pub fn is_page(&self) -> bool {
        self.format == Format::Html
    }

    /// Checks that the report can be written, so that an unwritable path is found before anything starts.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn open(&self) -> Result<Opened, Error> {
        self.target().map(|target| Opened { wanted: self.clone(), target }).map_err(|source| self.error(source))
    }

    fn target(&self) -> io::Result<Target> {
        let folder = || io::Error::new(io::ErrorKind::IsADirectory, "it is a folder");
        // A report replaces a file, and never a device, pipe or folder. `/dev/stderr` is never replaced, although it leads
        // to a file where standard error is one.
        match fs::metadata(&self.path) {
            Ok(there) if there.is_dir() => Err(folder()),
            Ok(there) if !there.is_file() || self.path.starts_with("/dev") => stream(&self.path).map(Target::Stream),
            // The target of a link is replaced, and not the link.
            Ok(_) => self.path.canonicalize().and_then(|path| temporary(&path).map(|_| Target::File(path))),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ if ends_with_separator(&self.path) => Err(folder()),
            // The temporary file is removed at once, so that a killed run leaves none behind.
            _ => temporary(&self.path).map(|_| Target::File(self.path.clone())),
        }
    }

    fn error(&self, source: io::Error) -> Error {
        Error { path: self.path.clone(), source }
    }
}

/// A report whose target is known to be writable.
pub struct Opened {
    wanted: Wanted,
    target: Target,
}

enum Target {
    /// A file, which is replaced once the report is complete.
    File(PathBuf),
    /// A pipe or device, which is written to directly.
    Stream(File),
}

impl Opened {
    /// Writes the report.
    ///
    /// # Errors
    /// When it cannot be written in full; an existing file stays as it was.
    pub fn write(self, result: &BatchResult, run: &RunFacts) -> Result<(), Error> {
        let Self { wanted, target } = self;
        let text = match wanted.format {
            Format::Json => json(result),
            Format::Junit => junit(result),
            Format::Markdown => markdown(result),
            Format::Html => html(result, run),
        };
        let written = match target {
            Target::File(path) => replace(&path, &text),
            Target::Stream(mut to) => to.write_all(text.as_bytes()),
        };
        written.map_err(|source| wanted.error(source))
    }
}

/// Renders plain data as one indented JSON document, which ends with a newline. Characters that act on a terminal unseen
/// are escaped: outside of texts, a document has none of them.
pub fn json(data: &impl Serialize) -> String {
    // Plain data with text keys always has a JSON form.
    let text = serde_json::to_string_pretty(data).unwrap_or_default();
    escape_invisible(&text).into_owned() + "\n"
}

/// Opens a pipe or device. It stays open, because the reader of a pipe ends with its last writer.
fn stream(path: &Path) -> io::Result<File> {
    let mut to = OpenOptions::new().append(true).open(path)?;
    // A full device refuses even an empty write.
    to.write(&[]).map(|_| to)
}

/// Creates an empty file beside a path.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "its folder does not exist"));
    }
    let mut builder = tempfile::Builder::new();
    // Temporary files are private; a report is as readable as every other new file of this user.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.prefix(".runner-report-").tempfile_in(folder);
    // The name of the temporary file would only confuse.
    file.map_err(|error| error.kind().into())
}

fn ends_with_separator(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().last().is_some_and(|last| std::path::is_separator(char::from(*last)))
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let file = temporary(path)?;
    // Written without the wrapper, whose errors name the temporary file.
    file.as_file().write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    // A report that was there keeps its permissions.
    #[cfg(unix)]
    if let Ok(old) = fs::metadata(path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.persist(path).map(drop).map_err(|error| error.error)
}
