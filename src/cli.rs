//! Arguments and usage text.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::styling::Styles;
use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory as _, FromArgMatches as _, Parser, ValueEnum};

use crate::batch;
use crate::config::Override;
use crate::report::Wanted;

const AFTER_HELP: &str = "\
Exit codes:
  0         every job succeeded, or had nothing to do
  1         a job failed, or a report could not be written
  2         wrong usage or a bad config; nothing was started
  3         blocked: a gate or precondition failed; nothing was changed
  4         the registry could not be reached or refused the login; safe to run again
  130, 143  interrupted by SIGINT, SIGTERM (129, 131: SIGHUP, SIGQUIT); services were stopped in order

Examples:
  runner confs/promotion.yaml                              move Champion to the latest version
  runner --plan confs/promotion.yaml                       show what would change
  runner --plan -o yaml confs/promotion.yaml > plan.yaml   write the plan to a file
  runner plan.yaml                                         apply exactly that plan
  runner confs/rollback.yaml                               go back to the version before
  runner --doctor confs/promotion.yaml                     find out why it does not work
  runner --set job.version=3 confs/promotion.yaml          use another version in this run
  RUNNER__JOB__ALIAS=Challenger runner confs/promotion.yaml";

/// The text below the short help.
const AFTER_SHORT_HELP: &str = "\
Exit codes: 0 success, 1 failed, 2 bad usage or config, 3 blocked, 4 registry unavailable (safe to run again)";

/// Runs jobs from config files; the main job moves an alias of an MLflow registered model to another version.
#[derive(Debug, Clone, Parser)]
#[command(name = "runner", version, after_help = AFTER_SHORT_HELP, after_long_help = AFTER_HELP, styles = Styles::plain(), max_term_width = 100)]
pub struct Cli {
    /// Config files with a `job` or a list of `jobs`.
    ///
    /// The format is that of the ending: .yaml, .yml, .toml or .json; - is YAML on standard input.
    #[arg(value_name = "CONFIG", required_unless_present_any = ["schema", "completions"])]
    pub configs: Vec<PathBuf>,

    /// Merge this config under every CONFIG (repeatable).
    #[arg(short, long, value_name = "CONFIG", action = ArgAction::Append)]
    pub base: Vec<PathBuf>,

    /// Merge this YAML over every CONFIG (repeatable).
    ///
    /// For example -e '{job: {version: 3}}'.
    #[arg(short, long, value_name = "YAML", action = ArgAction::Append)]
    pub extras: Vec<String>,

    /// Set one key in every CONFIG (repeatable).
    ///
    /// For example --set job.alias=Champion; in a list of jobs --set jobs.0.alias=Champion.
    #[arg(long, value_name = "KEY=VALUE", action = ArgAction::Append)]
    pub set: Vec<String>,

    /// Print the JSON Schema of a config file and exit.
    #[arg(short, long)]
    pub schema: bool,

    /// Load and validate all configs, connect to nothing, and exit.
    #[arg(long, conflicts_with_all = ["plan", "report"])]
    pub check: bool,

    /// With --check: send a test notification to every channel.
    ///
    /// Prints a line for each.
    #[arg(long, requires = "check")]
    pub alerts_test: bool,

    /// Inspect every registry, and write nothing.
    ///
    /// Reports what works and what does not, and what to do about it.
    #[arg(long, conflicts_with_all = ["check", "plan", "report", "schema", "completions"])]
    pub doctor: bool,

    /// Show what would change, and change nothing.
    ///
    /// With --output yaml or json it prints a config that does exactly what was planned.
    #[arg(long, visible_alias = "dry-run")]
    pub plan: bool,

    /// Number of jobs to run at once.
    ///
    /// Jobs that use the same alias, or register versions of one model, keep their order.
    #[arg(short = 'j', long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub concurrency: u16,

    /// What to do with the rest of a batch after a failure.
    #[arg(long, value_enum, value_name = "POLICY", default_value_t = OnFailure::Stop)]
    pub on_failure: OnFailure,

    /// Write the result to a file as well (repeatable).
    ///
    /// The formats are json=PATH, junit=PATH, markdown=PATH and html=PATH.
    #[arg(long, value_name = "FORMAT=PATH", action = ArgAction::Append)]
    pub report: Vec<Wanted>,

    /// Format of the result.
    ///
    /// With --plan, yaml and json print a config that does exactly what was planned.
    #[arg(short, long, value_enum, default_value_t = Output::Text, value_name = "FORMAT")]
    pub output: Output,

    /// Log one level more (repeatable).
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,

    /// Log one level less (repeatable).
    #[arg(short, long, action = ArgAction::Count)]
    pub quiet: u8,

    /// When to colour log lines.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto, hide_short_help = true)]
    pub color: Color,

    /// Print a completion script for a shell and exit.
    #[arg(long, value_enum, value_name = "SHELL", hide_short_help = true)]
    pub completions: Option<clap_complete::Shell>,

    /// `--extras` and `--set` in the order of the command line.
    #[arg(skip)]
    pub overrides: Vec<Override>,
}

/// Format of the result on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A table for people.
    Text,
    /// One JSON document for scripts.
    Json,
    /// With --plan: a config that does what was planned.
    Yaml,
}

/// What to do with the rest of the batch when a job does not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnFailure {
    /// Skip the jobs that have not started.
    Stop,
    /// Run the other jobs.
    Continue,
    /// Skip the jobs that have not started, and move every alias of this batch back.
    Restore,
}

impl From<OnFailure> for batch::OnFailure {
    fn from(policy: OnFailure) -> Self {
        match policy {
            OnFailure::Stop => Self::Stop,
            OnFailure::Continue => Self::Continue,
            OnFailure::Restore => Self::Restore,
        }
    }
}

/// When to colour log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Cli {
    /// Parses the arguments of the process, the name of the program first.
    ///
    /// # Errors
    /// On wrong usage, and for `--help` and `--version`, whose text is the text of the error.
    pub fn read(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches_from(args)?;
        let mut cli = Self::from_arg_matches(&matches)?;
        check_report_paths(&cli)?;
        if cli.output == Output::Yaml && !cli.plan {
            let problem = "`--output yaml` prints a plan as a config; add `--plan`";
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, problem));
        }
        if cli.output == Output::Json && cli.check {
            let problem = "`--check` runs no job, so that it has no result to print as JSON; drop one of the two";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, problem));
        }
        let indices = |id: &str| matches.indices_of(id).into_iter().flatten().collect::<Vec<_>>();
        let extras = indices("extras").into_iter().zip(cli.extras.iter().cloned().map(Override::Extras));
        let sets = indices("set").into_iter().zip(cli.set.iter().cloned().map(Override::Set));
        let mut overrides: Vec<_> = extras.chain(sets).collect();
        overrides.sort_by_key(|(index, _)| *index);
        cli.overrides = overrides.into_iter().map(|(_, value)| value).collect();
        Ok(cli)
    }

    /// Returns how many levels more (or fewer, if negative) are logged than the config says.
    pub fn verbosity(&self) -> i8 {
        let steps = i16::from(self.verbose) - i16::from(self.quiet);
        i8::try_from(steps).unwrap_or(if steps < 0 { i8::MIN } else { i8::MAX })
    }

    /// Returns whether a plan file is printed instead of the result.
    pub fn prints_plan(&self) -> bool {
        self.plan && self.output != Output::Text
    }

    /// Returns whether the config of a plan is needed: it is printed, or a page shows it.
    pub fn shows_plan(&self) -> bool {
        self.prints_plan() || self.plan && self.writes_page()
    }

    /// Returns whether a report is a page.
    pub fn writes_page(&self) -> bool {
        self.report.iter().any(Wanted::is_page)
    }

    /// Renders the completion script of a shell.
    pub fn completion_script(shell: clap_complete::Shell) -> String {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Self::command(), "runner", &mut script);
        String::from_utf8_lossy(&script).into_owned()
    }
}

/// Refuses reports that would overwrite each other or a config.
fn check_report_paths(cli: &Cli) -> Result<(), clap::Error> {
    let configs: BTreeSet<_> = cli.configs.iter().chain(&cli.base).map(|path| resolve(path)).collect();
    let mut reports = BTreeSet::new();
    for report in &cli.report {
        let (path, shown) = (resolve(report.path()), report.path().display());
        let problem = if configs.contains(&path) {
            format!("the report {shown} is a config of this run; give it another path")
        } else if !reports.insert(path) {
            format!("the report {shown} is asked for twice; give each a path of its own")
        } else {
            continue;
        };
        return Err(Cli::command().error(ErrorKind::ArgumentConflict, problem));
    }
    Ok(())
}

/// Resolves a path and its symbolic links, so that two spellings of one file are equal; the file need not exist yet.
fn resolve(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if let Ok(path) = absolute.canonicalize() {
        return path;
    }
    let folder = absolute.parent().and_then(|folder| folder.canonicalize().ok());
    folder.zip(absolute.file_name()).map_or_else(|| absolute.clone(), |(folder, name)| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str]) -> Result<Cli, clap::Error> {
        Cli::read(std::iter::once("runner").chain(args.iter().copied()).map(OsString::from))
    }

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn overrides_keep_the_order_of_the_command_line() {
        let cli = read(&["--set", "job.version=1", "a.yaml", "-e", "{}", "--set", "job.version=2"]).unwrap();
        let expected = [
            Override::Set("job.version=1".into()),
            Override::Extras("{}".into()),
            Override::Set("job.version=2".into()),
        ];
        assert_eq!(cli.overrides, expected);
    }

    #[test]
    fn a_config_is_needed_unless_something_is_printed() {
        assert!(read(&[]).is_err());
        assert!(read(&["--schema"]).is_ok());
        assert!(read(&["--completions", "bash"]).is_ok());
        assert!(read(&["--check", "--plan", "a.yaml"]).is_err());
    }
}
