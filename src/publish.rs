//! Writes a result wherever it is wanted: standard output, report files, the CI system.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};

use crate::cli::{Cli, Output};
use crate::exit::Exit;
use crate::outcome::BatchResult;
use crate::report::{self, Opened};
use crate::sink::Sinks;

/// Where a result goes, all of it checked before anything starts.
pub(crate) struct Publisher {
    output: Output,
    files: Vec<Opened>,
    /// Whether GitHub Actions runs this, and reads annotations.
    github: bool,
    /// The file that GitHub shows as the summary of a step.
    summary: Option<String>,
}

impl Publisher {
    /// Makes sure of every report file.
    ///
    /// # Errors
    /// When one cannot be written.
    pub(crate) fn open(cli: &Cli, env: &BTreeMap<String, String>) -> Result<Self, report::Error> {
        let files = cli.report.iter().map(report::Wanted::open).collect::<Result<_, _>>()?;
        let github = env.get("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let summary = env.get("GITHUB_STEP_SUMMARY").filter(|path| github && !path.is_empty()).cloned();
        Ok(Self { output: cli.output, files, github, summary })
    }

    /// Writes the result everywhere. What cannot be written is told, and does not keep the rest from being written.
    pub(crate) fn publish(self, result: &BatchResult, exit: Exit, sinks: &Sinks) -> Exit {
        for file in self.files {
            if let Err(error) = file.write(result) {
                sinks.err.write(&format!("error: {:#}\n", anyhow::Error::from(error)));
            }
        }
        if self.github {
            sinks.err.write(&report::annotations(result));
        }
        if let Some(path) = &self.summary
            && let Err(error) = append(path, &report::markdown(result))
        {
            sinks.err.write(&format!("warning: the step summary {path} cannot be written: {error}\n"));
        }
        let text = match self.output {
            Output::Text => report::text(result),
            Output::Json => report::json(result),
        };
        print(exit, &text, sinks)
    }
}

/// Writes to standard output. A reader that went away (`| head`) changes nothing that was done, and so not the exit.
pub(crate) fn print(exit: Exit, text: &str, sinks: &Sinks) -> Exit {
    sinks.out.write(text);
    if let Some(error) = sinks.out.failure()
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        sinks.err.write(&format!("warning: the result could not be written to standard output: {error}\n"));
    }
    exit
}

fn append(path: &str, text: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}
