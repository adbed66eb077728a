//! Runs jobs that are written down in config files; its main job promotes an MLflow model version under an alias.
//!
//! Data flows one way: cli → config → batch → services → job → outcome → report. The rooms, from the top:
//!
//! - [`cli`] reads the arguments; [`run`] does what they say.
//! - [`report`] shows what happened; [`batch`] runs the jobs and supervises each.
//! - [`config`] loads files, variables and overrides into validated specs.
//! - [`jobs`] is what can be done; [`services`] is what jobs need while they run.
//! - [`registry`] speaks to MLflow; [`notify`] speaks to people.
//! - [`outcome`], [`exit`], [`shutdown`], [`secret`] and [`sink`] are plain values that all of them share.
//!
//! An import only points down this list, and a test keeps it so.

pub mod batch;
pub mod cli;
pub mod config;
pub mod exit;
pub mod jobs;
pub mod notify;
pub mod outcome;
pub mod registry;
pub mod report;
pub mod secret;
pub mod services;
pub mod shutdown;
pub mod sink;

mod publish;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};

use crate::batch::{Batch, Progress};
use crate::cli::{Cli, Color, Output};
use crate::config::{JobSpec, Sources};
use crate::exit::Exit;
use crate::jobs::Mode;
use crate::publish::{Publisher, print};
use crate::services::Host;
use crate::shutdown::{Shutdown, Signal};
use crate::sink::{Sink, Sinks};

/// Does what the arguments say, and returns how the process is to end.
pub async fn run(cli: Cli, shutdown: Shutdown, sinks: Sinks) -> Exit {
    if let Some(text) = printed(&cli) {
        return print(Exit::Ok, &text, &sinks);
    }
    tell_panics_plainly(sinks.err.clone());
    let (env, specs) = match load(&cli) {
        Ok(loaded) => loaded,
        Err(problem) => {
            sinks.err.write(&problem);
            return Exit::Usage;
        }
    };
    if cli.check {
        let kinds = specs.iter().map(|spec| (spec.config.as_str(), spec.job.kind()));
        return print(Exit::Ok, &report::checked(kinds), &sinks);
    }
    let publisher = match Publisher::open(&cli, &env) {
        Ok(publisher) => publisher,
        Err(error) => {
            sinks.err.write(&format!("error: {error}; nothing was started\n"));
            return Exit::Usage;
        }
    };
    let progress = Progress::new(specs.len(), shows_progress(&cli, &env));
    progress.stay_below(&sinks);
    let host = Host {
        sinks: sinks.clone(),
        shutdown,
        verbosity: cli.verbosity(),
        color: wanted_color(cli.color),
        terminal: shows_colors(),
    };
    let options = batch::Options {
        mode: if cli.plan { Mode::Plan } else { Mode::Apply },
        actor: jobs::actor(&env),
        concurrency: cli.concurrency.into(),
        on_failure: cli.on_failure.into(),
    };
    let (result, exit) = Batch::new(&specs, &host, &options, &progress).run().await;
    publisher.publish(&result, exit, &sinks)
}

/// Prints what clap has to say: usage errors on standard error, `--help` and `--version` on standard output.
pub fn explain(usage: &clap::Error, sinks: &Sinks) -> Exit {
    let text = usage.render().to_string();
    if usage.use_stderr() {
        sinks.err.write(&text);
        return Exit::Usage;
    }
    print(Exit::Ok, &text, sinks)
}

/// Says why the operating system kept the program from starting.
pub fn cannot_start(error: &io::Error, sinks: &Sinks) -> Exit {
    sinks.err.write(&format!("error: the program cannot start: {error}\n"));
    Exit::Failed
}

/// Says what a first signal does.
pub fn interrupted(signal: Signal) -> String {
    format!("{}: a write in flight is finished, the rest is skipped; a second signal ends at once\n", signal.name())
}

/// Returns what is printed without running anything.
fn printed(cli: &Cli) -> Option<String> {
    if let Some(shell) = cli.completions {
        return Some(Cli::completion_script(shell));
    }
    cli.schema.then(|| format!("{:#}\n", config::schema()))
}

/// Loads the configs, and returns with them the variables that they were loaded with; or says what is wrong.
fn load(cli: &Cli) -> Result<(BTreeMap<String, String>, Vec<JobSpec>), String> {
    let shown = |errors: config::Errors| errors.render(wanted_color(cli.color).unwrap_or_else(shows_colors));
    let env = config::environment(std::env::vars_os()).map_err(shown)?;
    let (files, base, overrides) = (cli.configs.clone(), cli.base.clone(), cli.overrides.clone());
    let sources = Sources { files, base, overrides, env };
    let specs = config::load(&sources, &mut io::stdin()).map_err(shown)?;
    match mixed_streams(cli, &specs) {
        Some(problem) => Err(problem),
        None => Ok((sources.env, specs)),
    }
}

/// Returns what is wrong when log lines would mix with a result that scripts read.
fn mixed_streams(cli: &Cli, specs: &[JobSpec]) -> Option<String> {
    let mixed = specs.iter().find(|spec| spec.services.logger.sink == "stdout")?;
    (cli.output == Output::Json).then(|| {
        format!(
            "error: {}: `services.logger.sink` is `stdout`, where `--output json` writes its document; \
             log to `stderr` or a file\n",
            mixed.config
        )
    })
}

const fn wanted_color(color: Color) -> Option<bool> {
    match color {
        Color::Auto => None,
        Color::Always => Some(true),
        Color::Never => Some(false),
    }
}

/// Returns whether a terminal that shows colours reads standard error, and nobody asked it not to.
fn shows_colors() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !set("NO_COLOR") && !dumb
}

/// Returns whether somebody at a terminal may want to see how far a batch is.
fn shows_progress(cli: &Cli, env: &BTreeMap<String, String>) -> bool {
    io::stderr().is_terminal() && cli.quiet == 0 && !env.contains_key("CI")
}

/// Makes a panic one sentence instead of a backtrace; the job that panicked is reported like any that failed.
fn tell_panics_plainly(err: Sink) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        err.write(&format!("error: a defect of this program at {place}; please report it\n"));
    }));
}
