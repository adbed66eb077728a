//! Runs jobs that are written down in config files; its main job promotes an MLflow model version under an alias.
//!
//! Data flows one way: cli → config → batch → services → job → outcome → report. The rooms, from the top:
//!
//! - [`cli`] reads the arguments; [`run`] does what they say; `doctor` looks at registries instead.
//! - [`report`] shows what happened; [`batch`] runs the jobs and supervises each.
//! - [`config`] loads files, variables and overrides into validated specs.
//! - [`jobs`] is what can be done; [`services`] is what jobs need while they run.
//! - [`gates`] judges versions; [`registry`] speaks to MLflow; [`notify`] speaks to people.
//! - `http` is what every HTTP client needs; `process` runs programs of this machine.
//! - [`outcome`], [`exit`], [`shutdown`], [`secret`], [`redact`], [`foreign_text`], [`printable`] and [`sink`] are plain
//!   values that all of them share; `boxed` makes futures where they stay, and `input_file` reads what configs name.
//!
//! An import only points down this list, and a test keeps it so.

mod batch;
pub mod cli;
pub mod config;
pub mod exit;
mod foreign_text;
mod gates;
pub mod jobs;
mod notify;
pub mod outcome;
mod printable;
mod redact;
pub mod registry;
mod report;
pub mod secret;
mod services;
pub mod shutdown;
pub mod sink;

mod boxed;
mod doctor;
mod http;
mod input_file;
mod plan_file;
mod process;
mod publish;
mod rehearsal;
mod terminal;

use std::collections::BTreeMap;
use std::io;

use anyhow::{Context as _, bail};

use crate::batch::{Batch, Progress};
use crate::cli::{Cli, Output};
use crate::config::{JobSpec, Sources};
use crate::exit::Exit;
use crate::jobs::Mode;
use crate::publish::{Publisher, print};
use crate::registry::databricks::Environment;
use crate::registry::rest::Surroundings;
use crate::services::Host;
use crate::shutdown::{Answer, Shutdown, Signal};
use crate::sink::{Sink, Sinks};

/// Does what the arguments say, and returns how the process is to end.
///
/// Until there is something to finish, a signal ends the process as it ends any other: only then is `listen` called.
pub async fn run(cli: Cli, listen: impl FnOnce(Answer) -> io::Result<Shutdown>, sinks: &Sinks) -> Exit {
    tell_panics_plainly(sinks.err.clone());
    match start(&cli, listen, sinks).await {
        Ok(exit) => exit,
        Err(error) => {
            sinks.err.write(&told(&error, &cli));
            Exit::Usage
        }
    }
}

/// Does what the arguments say. An error means that nothing was started.
async fn start(cli: &Cli, listen: impl FnOnce(Answer) -> io::Result<Shutdown>, sinks: &Sinks) -> anyhow::Result<Exit> {
    if let Some(text) = printed(cli) {
        return Ok(print(Exit::Ok, &text, sinks));
    }
    let (env, specs) = load(cli)?;
    if cli.check {
        let kinds = specs.iter().map(|spec| (spec.config.as_str(), spec.job.kind()));
        let exit = print(Exit::Ok, &report::checked(kinds), sinks);
        return Ok(if cli.alerts_test { rehearsal::test_alerts(&specs, sinks).await } else { exit });
    }
    if cli.doctor {
        return Ok(doctor::examine(&specs, &env, cli.output, sinks).await);
    }
    let publisher = Publisher::open(cli, &env).context("nothing was started")?;
    let answer = sinks.err.clone();
    let shutdown = match listen(Box::new(move |signal| answer.write(&interrupted(signal)))) {
        Ok(shutdown) => shutdown,
        Err(error) => return Ok(cannot_start(&error, sinks)),
    };
    let progress = Progress::new(specs.len(), terminal::shows_progress(cli));
    progress.stay_below(sinks);
    let host = Host {
        sinks: sinks.clone(),
        shutdown,
        verbosity: cli.verbosity(),
        color: terminal::wanted_color(cli),
        terminal: terminal::shows_colors(),
        databricks: Environment::of(&env),
        surroundings: Surroundings::of(&env),
    };
    let options = batch::Options {
        mode: if cli.plan { Mode::Plan } else { Mode::Apply },
        pins: cli.prints_plan(),
        actor: jobs::actor(&env),
        concurrency: cli.concurrency.into(),
        on_failure: cli.on_failure.into(),
    };
    let (mut result, exit) = Batch::new(&specs, &host, &options, &progress).run().await;
    let exit = publisher.publish((&specs, &env), &mut result, exit, sinks);
    // The process ends now: to give back what ten thousand jobs hold, piece by piece, would only take time.
    std::mem::forget((specs, result));
    Ok(exit)
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
fn interrupted(signal: Signal) -> String {
    format!("{}: a write in flight is finished, the rest is skipped; a second signal ends at once\n", signal.name())
}

/// Returns what is printed without running anything.
fn printed(cli: &Cli) -> Option<String> {
    if let Some(shell) = cli.completions {
        return Some(Cli::completion_script(shell));
    }
    cli.schema.then(|| format!("{:#}\n", config::published_schema()))
}

/// Loads the configs, and returns with them the variables that they were loaded with.
fn load(cli: &Cli) -> anyhow::Result<(BTreeMap<String, String>, Vec<JobSpec>)> {
    let env = config::environment(std::env::vars_os())?;
    redact::register_environment(&env);
    let (files, base, overrides) = (cli.configs.clone(), cli.base.clone(), cli.overrides.clone());
    let sources = Sources { files, base, overrides, env, keeps_source: cli.prints_plan(), keeps_origins: cli.doctor };
    let specs = config::load(&sources, &mut io::stdin())?;
    let logs_to_stdout = |spec: &&JobSpec| spec.services.logger.sink == "stdout";
    // No logger is started for a look.
    if cli.output != Output::Text
        && !cli.doctor
        && let Some(mixed) = specs.iter().find(logs_to_stdout)
    {
        let output = if cli.output == Output::Json { "json" } else { "yaml" };
        bail!(
            "{}: `services.logger.sink` is `stdout`, where `--output {output}` writes its document; \
             log to `stderr` or a file",
            mixed.config
        );
    }
    Ok((sources.env, specs))
}

/// Says why nothing was started.
fn told(error: &anyhow::Error, cli: &Cli) -> String {
    match error.downcast_ref::<config::Errors>() {
        Some(errors) => errors.render(terminal::wanted_color(cli).unwrap_or_else(terminal::shows_colors)),
        None => format!("error: {error:#}\n"),
    }
}

/// Makes a panic one sentence instead of a backtrace; the job that panicked is reported like any that failed.
fn tell_panics_plainly(err: Sink) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        err.write(&format!("error: a defect of this program at {place}; please report it\n"));
    }));
}
