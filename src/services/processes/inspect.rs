//! What `--doctor` says of a process: whether its program exists. It starts nothing.

use std::ffi::OsString;

use super::config::ProcessConfig;
use crate::outcome::{Health, Observation, Topic};
use crate::process::{SpawnError, find_program};
use crate::text::ForeignText;

impl ProcessConfig {
    /// Looks for the program of the process.
    pub(crate) fn inspect(&self) -> Observation {
        let name = &self.name;
        let own_path = self.env.expose().find(|(name, _)| name == "PATH").map(|(_, path)| OsString::from(path));
        let path = own_path.or_else(|| std::env::var_os("PATH")).unwrap_or_default();
        let program = self.command.program();
        match find_program(program, self.cwd.as_deref(), &path) {
            Ok(file) => {
                Observation::ok(Topic::Process, format!("{name} runs {}", ForeignText::new(file.display().to_string())))
            }
            Err(error) => {
                let text = format!("{name} cannot start {}: {error}", ForeignText::new(program));
                let hint = match error {
                    SpawnError::NotFound => "install it, or write its whole path into `command`",
                    SpawnError::NotExecutable => "make it executable, or run it with its interpreter",
                    SpawnError::NoFolder(_) => "make the folder, or correct `cwd`",
                    SpawnError::Ending | SpawnError::Other(_) => "correct `command`",
                };
                Observation::new(Topic::Process, Health::Failed, text).hint(hint)
            }
        }
    }
}
