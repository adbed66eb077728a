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

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};

use crate::cli::{Cli, Color, Output};
use crate::config::{JobSpec, Sources};
use crate::exit::Exit;
use crate::jobs::Mode;
use crate::services::Host;
use crate::shutdown::{Shutdown, Signal};
use crate::sink::{Sink, Sinks};

/// Does what the arguments say, and returns how the process is to end.
pub async fn run(cli: Cli, shutdown: Shutdown, sinks: Sinks) -> Exit {
    if let Some(text) = printed(&cli) {
        return finish(Exit::Ok, &text, &sinks);
    }
    tell_panics_plainly(sinks.err.clone());
    let (env, specs) = match load(&cli) {
        Ok(loaded) => loaded,
        Err(errors) => {
            let color = wanted_color(cli.color).unwrap_or_else(shows_colors);
            sinks.err.write(&errors.render(color));
            return Exit::Usage;
        }
    };
    if let Some(problem) = mixed_streams(&cli, &specs) {
        sinks.err.write(&problem);
        return Exit::Usage;
    }
    if cli.check {
        let kinds = specs.iter().map(|spec| (spec.config.as_str(), spec.job.kind()));
        return finish(Exit::Ok, &report::checked(kinds), &sinks);
    }
    let host = Host {
        sinks: sinks.clone(),
        shutdown,
        verbosity: cli.verbosity(),
        color: wanted_color(cli.color),
        terminal: shows_colors(),
    };
    let mode = if cli.plan { Mode::Plan } else { Mode::Apply };
    let options = batch::Options { mode, actor: jobs::actor(&env) };
    let (result, exit) = batch::run(&specs, host, &options).await;
    let text = match cli.output {
        Output::Text => report::text(&result),
        Output::Json => report::json(&result),
    };
    finish(exit, &text, &sinks)
}

/// Prints what clap has to say: usage errors on standard error, `--help` and `--version` on standard output.
pub fn explain(usage: &clap::Error, sinks: &Sinks) -> Exit {
    let text = usage.render().to_string();
    if usage.use_stderr() {
        sinks.err.write(&text);
        return Exit::Usage;
    }
    finish(Exit::Ok, &text, sinks)
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

/// Loads the configs, and returns with them the variables that they were loaded with.
fn load(cli: &Cli) -> Result<(BTreeMap<String, String>, Vec<JobSpec>), config::Errors> {
    let env = config::environment(std::env::vars_os())?;
    let (files, base, overrides) = (cli.configs.clone(), cli.base.clone(), cli.overrides.clone());
    let sources = Sources { files, base, overrides, env };
    let specs = config::load(&sources, &mut io::stdin())?;
    Ok((sources.env, specs))
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

/// Writes the result. A reader that went away (`| head`) changes nothing that was done, and so not the exit either.
fn finish(exit: Exit, text: &str, sinks: &Sinks) -> Exit {
    sinks.out.write(text);
    if let Some(error) = sinks.out.failure()
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        sinks.err.write(&format!("warning: the result could not be written to standard output: {error}\n"));
    }
    exit
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

/// Makes a panic one sentence instead of a backtrace; the job that panicked is reported like any that failed.
fn tell_panics_plainly(err: Sink) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        err.write(&format!("error: a defect of this program at {place}; please report it\n"));
    }));
}
