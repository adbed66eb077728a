//! What to run, and in which surroundings.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::{ChildStdin, Command};

use super::groups;
use super::marks::{self, Mark};
use super::output::Output;
use super::running::Running;
use super::spawn_error::SpawnError;
use crate::secret::redact_userinfo;

/// A program to run, without a shell. It inherits the environment without this program's own secrets.
#[derive(Debug, Clone)]
pub struct Program {
    program: String,
    args: Vec<String>,
    folder: Option<PathBuf>,
    variables: Vec<(String, String)>,
    input: Option<Vec<u8>>,
}

impl Program {
    /// Creates a program that runs in the current folder, and whose standard input is empty.
    pub fn new(program: &str, args: &[String]) -> Self {
        let (program, args) = (program.to_owned(), args.to_vec());
        Self { program, args, folder: None, variables: vec![], input: None }
    }

    /// Runs the program in a folder. A path of the program that is relative, such as `./train.sh`, starts there too.
    #[must_use]
    pub fn in_folder(self, folder: Option<PathBuf>) -> Self {
        Self { folder, ..self }
    }

    /// Adds variables to the environment of the program. A later one replaces an earlier one with the same name.
    #[must_use]
    pub fn with_variables<N: Into<String>>(mut self, variables: impl IntoIterator<Item = (N, String)>) -> Self {
        self.variables.extend(variables.into_iter().map(|(name, value)| (name.into(), value)));
        self
    }

    /// Writes bytes to the standard input of the program, and closes it.
    #[must_use]
    pub fn with_input(self, input: Vec<u8>) -> Self {
        Self { input: Some(input), ..self }
    }

    /// Starts the program in its own process group. Needs a tokio runtime.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(self) -> Result<(Running, Output), SpawnError> {
        if let Some(folder) = self.folder.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(SpawnError::NoFolder(folder.clone()));
        }
        let mark = Mark::new();
        let mut command = self.command();
        command.env(marks::VARIABLE, mark.value());
        let mut child = groups::start(&mark, || Ok(command.spawn()?), tokio::process::Child::id)?;
        let output = Output::new(child.stdout.take(), child.stderr.take());
        let input = child.stdin.take().zip(self.input);
        let input = input.map(|(pipe, input)| tokio::spawn(write_input(pipe, input)));
        Ok((Running::new(child, mark, input), output))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let input = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        command.args(&self.args).stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        for (name, _) in std::env::vars_os().filter(|(name, value)| is_own_secret(name, value)) {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

/// Writes the input. A program may close the pipe without reading it.
async fn write_input(mut pipe: ChildStdin, input: Vec<u8>) {
    let _unread = pipe.write_all(&input).await;
}

/// Returns whether a variable is a secret of this program: a part of its config, or a login to a registry.
fn is_own_secret(name: &OsString, value: &OsString) -> bool {
    let name = name.to_string_lossy().to_uppercase();
    let is_registry = name.starts_with("MLFLOW_") || name.starts_with("DATABRICKS_");
    let value = value.to_string_lossy();
    let holds_secret =
        || ["PASSWORD", "TOKEN", "SECRET"].iter().any(|word| name.ends_with(word)) || redact_userinfo(&value) != value;
    name.starts_with("RUNNER__") || is_registry && holds_secret()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_does_not_inherit_secrets_of_this_program() {
        let cases = [
            ("RUNNER__SERVICES__ALERTS__APP_NAME", "x", true),
            ("runner__job__alias", "x", true),
            ("MLFLOW_TRACKING_PASSWORD", "x", true),
            ("MLFLOW_TRACKING_TOKEN", "x", true),
            ("DATABRICKS_TOKEN", "x", true),
            ("DATABRICKS_CLIENT_SECRET", "x", true),
            ("MLFLOW_TRACKING_URI", "http://me:pw@host", true),
            ("MLFLOW_TRACKING_URI", "http://host", false),
            ("RUNNER_OS", "x", false),
            ("SLACK_TOKEN", "x", false),
            ("HTTPS_PROXY", "http://me:pw@proxy", false),
            ("PATH", "/bin", false),
        ];
        for (name, value, secret) in cases {
            assert_eq!(is_own_secret(&name.into(), &value.into()), secret, "{name}");
        }
    }
}
