//! Why a program could not be started.

use std::io;
use std::path::PathBuf;

/// The reason, as a fragment that follows `the program cannot be started: `.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// There is no such program.
    #[error("it was not found")]
    NotFound,
    /// The file is not one that this user may execute.
    #[error("it is no file that this user may execute")]
    NotExecutable,
    /// The folder to run it in does not exist.
    #[error("the folder {} does not exist", .0.display())]
    NoFolder(PathBuf),
    /// The program is ending at once, and starts nothing any more.
    #[error("a second signal ends everything")]
    Ending,
    /// The system refused, for its own reason.
    #[error(transparent)]
    Other(io::Error),
}

impl SpawnError {
    /// Describes the failure of the program of a field `command`, and what to do about it.
    pub fn describe(&self) -> String {
        let advice = match self {
            Self::NotFound => "; install it, or write its whole path",
            Self::NotExecutable => "; make it executable, or run it with its interpreter",
            Self::NoFolder(_) | Self::Ending | Self::Other(_) => "",
        };
        format!("the program in `command` cannot be started: {self}{advice}")
    }
}

impl From<io::Error> for SpawnError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::NotExecutable,
            // The kind of any other error says too little.
            _ => Self::Other(error),
        }
    }
}
