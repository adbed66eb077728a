//! Writes a result wherever it is wanted: standard output, report files, the CI system.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};

use crate::cli::{Cli, Output};
use crate::config::JobSpec;
use crate::exit::Exit;
use crate::outcome::{BatchResult, JobResult};
use crate::plan_file::{Language, PlanFile};
use crate::report::{self, Opened};
use crate::sink::Sinks;

/// Where a result goes, all of it checked before anything starts.
pub(crate) struct Publisher {
    output: Output,
    /// Whether a config is printed that does what was planned.
    prints_plan: bool,
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
        Ok(Self { output: cli.output, prints_plan: cli.prints_plan(), files, github, summary })
    }

    /// Writes the result of jobs and the environment they were loaded with everywhere, and returns how the process is to
    /// end. What cannot be written is told, and does not keep the rest from being written; but who asked for a report
    /// and would go on without it has not got what was asked.
    pub(crate) fn publish(
        self,
        (specs, env): (&[JobSpec], &BTreeMap<String, String>),
        result: &mut BatchResult,
        exit: Exit,
        sinks: &Sinks,
    ) -> Exit {
        // What a restore or a notice added since a job ended.
        result.jobs.iter_mut().for_each(JobResult::redact);
        let mut end = exit;
        for file in self.files {
            if let Err(error) = file.write(result) {
                sinks.err.write(&format!("error: {:#}\n", anyhow::Error::from(error)));
                end = end.without_report();
            }
        }
        (result.status, result.exit_code) = (end.status(), end.code());
        if self.github {
            sinks.err.write(&report::annotations(result));
        }
        if let Some(path) = &self.summary
            && let Err(error) = append_summary(path, result)
        {
            sinks.err.write(&format!("warning: the step summary {path} cannot be written: {error}\n"));
        }
        match self.output {
            Output::Text => print(end, &report::text(result), sinks),
            Output::Json if !self.prints_plan => print_document(end, &report::json(result), sinks),
            // A plan depends on how the jobs ended, not on what became of the reports.
            _ if exit != Exit::Ok => without_plan(end, result, sinks),
            Output::Json => print_plan((specs, env), result, end, Language::Json, sinks),
            Output::Yaml => print_plan((specs, env), result, end, Language::Yaml, sinks),
        }
    }
}

/// Says that not every job has a plan. Half a plan would be none, so nothing is printed.
fn without_plan(exit: Exit, result: &BatchResult, sinks: &Sinks) -> Exit {
    sinks.err.write(&report::text(result));
    sinks.err.write("error: not every job has a plan, so none is printed\n");
    exit
}

/// Prints a config that does what was planned.
fn print_plan(
    (specs, env): (&[JobSpec], &BTreeMap<String, String>),
    result: &BatchResult,
    exit: Exit,
    language: Language,
    sinks: &Sinks,
) -> Exit {
    let plan = PlanFile::new(specs, &result.jobs, env, language);
    for warning in plan.warnings {
        sinks.err.write(&format!("warning: {warning}\n"));
    }
    print_document(exit, &plan.text, sinks)
}

/// Writes to standard output, or, where that is full, to standard error: what was done must be told somewhere.
/// Where it could be told nowhere, that is a failure. A reader that went away (`| head`) changes nothing that was done, and
/// so not the exit.
pub(crate) fn print(exit: Exit, text: &str, sinks: &Sinks) -> Exit {
    sinks.out.write(text);
    printed(exit, text, sinks)
}

/// Writes a document to standard output, as [`print`] writes a text.
pub(crate) fn print_document(exit: Exit, text: &str, sinks: &Sinks) -> Exit {
    sinks.out.write_document(text);
    printed(exit, text, sinks)
}

fn printed(exit: Exit, text: &str, sinks: &Sinks) -> Exit {
    if let Some(error) = sinks.out.failure()
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        // What else could not be told there is no loss of the result.
        drop(sinks.err.failure());
        sinks.err.write(&format!(
            "warning: the result could not be written to standard output: {error}; here it is:\n{text}"
        ));
        if sinks.err.failure().is_some() {
            return exit.without_report();
        }
    }
    exit
}

fn append_summary(path: &str, result: &BatchResult) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let held = file.metadata()?.len();
    file.write_all(report::summary(result, held).as_bytes())
}
