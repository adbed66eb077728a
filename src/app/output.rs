//! Writes a result to standard output, report files and the CI system.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};

use jiff::Timestamp;

use crate::cli::{Cli, Output};
use crate::config::JobSpec;
use crate::exit::Exit;
use crate::outcome::{BatchResult, JobResult, JobStatus};
use crate::plan_file::{Language, PlanFile};
use crate::report::{self, Opened, RunFacts};
use crate::writer::Streams;

/// The destinations of a result. All are checked before anything starts.
pub(super) struct Publisher {
    output: Output,
    /// Whether a plan file is printed.
    prints_plan: bool,
    /// Whether nothing is to be changed.
    is_plan: bool,
    /// Whether a page shows the plan file.
    pages_plan: bool,
    files: Vec<Opened>,
    /// Whether GitHub Actions runs the program and reads annotations.
    github: bool,
    /// The file that GitHub shows as the step summary.
    summary: Option<String>,
}

impl Publisher {
    /// Opens every report file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn open(cli: &Cli, env: &BTreeMap<String, String>) -> Result<Self, report::Error> {
        let files = cli.report.iter().map(report::Wanted::open).collect::<Result<_, _>>()?;
        let github = env.get("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let summary = env.get("GITHUB_STEP_SUMMARY").filter(|path| github && !path.is_empty()).cloned();
        let pages_plan = cli.plan && cli.writes_page();
        let (prints_plan, is_plan) = (cli.prints_plan(), cli.plan);
        Ok(Self { output: cli.output, prints_plan, is_plan, pages_plan, files, github, summary })
    }

    /// Writes the result to every destination and returns the exit of the process.
    ///
    /// A destination that cannot be written does not stop the others. A missing report file makes a success a failure,
    /// because the user asked for it.
    pub(super) fn publish(
        self,
        (specs, env): (&[JobSpec], &BTreeMap<String, String>),
        actor: String,
        (result, exit): (&mut BatchResult, Exit),
        streams: &Streams,
    ) -> Exit {
        // A restore or a notification may have added text after the job ended.
        result.jobs.iter_mut().for_each(JobResult::redact);
        let mut end = exit;
        let plan = (self.pages_plan && exit == Exit::Ok && specs.iter().zip(&result.jobs).all(is_pinned))
            .then(|| PlanFile::new(specs, &result.jobs, env, Language::Yaml).text);
        let run = RunFacts { actor, ended: Timestamp::now(), is_plan: self.is_plan, plan };
        for file in self.files {
            if let Err(error) = file.write(result, &run) {
                streams.err.write(&format!("error: {:#}\n", anyhow::Error::from(error)));
                end = end.without_report();
            }
        }
        (result.status, result.exit_code) = (end.status(), end.code());
        if self.github {
            streams.err.write(&report::annotations(result));
        }
        if let Some(path) = &self.summary
            && let Err(error) = append_summary(path, result)
        {
            streams.err.write(&format!("warning: the step summary {path} cannot be written: {error}\n"));
        }
        match self.output {
            Output::Text => print(end, &(report::text(result) + how_to_apply(specs, result, exit)), streams),
            Output::Json if !self.prints_plan => print_document(end, &report::json(result), streams),
            // A plan depends on the jobs alone, not on the report files.
            _ if exit != Exit::Ok => refuse_plan(end, result, streams),
            Output::Json => print_plan((specs, env), result, end, Language::Json, streams),
            Output::Yaml => print_plan((specs, env), result, end, Language::Yaml, streams),
        }
    }
}

/// Returns whether a plan of the job is complete: it is known which version it moves an alias to, if it does.
fn is_pinned((spec, job): (&JobSpec, &JobResult)) -> bool {
    spec.job.pinned_key().is_none() || job.outcome.version.is_some()
}

/// Says how a plan is applied that was shown in full.
fn how_to_apply(specs: &[JobSpec], result: &BatchResult, exit: Exit) -> &'static str {
    let is_plan = exit == Exit::Ok && result.jobs.iter().any(|job| job.status == JobStatus::Planned);
    if is_plan && !specs.iter().zip(&result.jobs).all(is_pinned) {
        "\na job that depends on an earlier job or on a process is planned in full when the batch runs\n"
    } else if is_plan {
        "\nto apply exactly this, add `-o yaml > plan.yaml` to the command, then: runner plan.yaml\n"
    } else {
        ""
    }
}

/// Reports that not every job has a plan. Half a plan is useless, so none is printed.
fn refuse_plan(exit: Exit, result: &BatchResult, streams: &Streams) -> Exit {
    streams.err.write(&report::text(result));
    streams.err.write("\nno plan is printed, because not every job can be planned\n");
    exit
}

/// Prints the plan file.
fn print_plan(
    (specs, env): (&[JobSpec], &BTreeMap<String, String>),
    result: &BatchResult,
    exit: Exit,
    language: Language,
    streams: &Streams,
) -> Exit {
    let plan = PlanFile::new(specs, &result.jobs, env, language);
    for warning in plan.warnings {
        streams.err.write(&format!("warning: {warning}\n"));
    }
    print_document(exit, &plan.text, streams)
}

/// Writes text to standard output and returns the exit of the process.
///
/// If standard output is full, the text goes to standard error instead. If that fails too, a success becomes a failure.
/// A reader that went away (`| head`) does not change the exit.
pub(super) fn print(exit: Exit, text: &str, streams: &Streams) -> Exit {
    streams.out.write(text);
    check_written(exit, text, streams)
}

/// Writes a document to standard output, as [`print()`] writes text.
pub(super) fn print_document(exit: Exit, text: &str, streams: &Streams) -> Exit {
    streams.out.write_document(text);
    check_written(exit, text, streams)
}

fn check_written(exit: Exit, text: &str, streams: &Streams) -> Exit {
    if let Some(error) = streams.out.failure()
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        // Earlier failures on standard error did not lose the result.
        drop(streams.err.failure());
        streams.err.write(&format!(
            "warning: the result could not be written to standard output: {error}; here it is:\n{text}"
        ));
        if streams.err.failure().is_some() {
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
