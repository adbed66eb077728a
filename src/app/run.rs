//! One invocation, from its arguments to its exit code.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};

use anstream::{AutoStream, ColorChoice};
use anyhow::bail;

use super::output::{Publisher, print};
use super::{alerts_test, doctor};
use crate::batch::{self, Batch, Progress};
use crate::cli::{Cli, Color, Output};
use crate::config::{self, JobSpec, Sources};
use crate::exit::Exit;
use crate::jobs::{self, Mode};
use crate::process;
use crate::registry::HostEnvironment;
use crate::report;
use crate::secret;
use crate::services::ProcessContext;
use crate::shutdown::{Shutdown, Signal, SignalHandler};
use crate::text::escape_line;
use crate::writer::{Streams, Writer};

/// The last line of every error that comes before anything is started.
const NOTHING_STARTED: &str = "nothing was started, and no registry was asked";

/// Does what the arguments ask for and returns the exit of the process.
///
/// `listen` is called when there is something to finish. Before that, a signal ends the process at once.
pub async fn run(cli: Cli, listen: impl FnOnce(SignalHandler) -> io::Result<Shutdown>, streams: &Streams) -> Exit {
    install_panic_hook(streams.err.clone());
    match start(&cli, listen, streams).await {
        Ok(exit) => exit,
        Err(error) => {
            streams.err.write(&format!("{}\n{NOTHING_STARTED}\n", describe(&error, &cli)));
            Exit::Usage
        }
    }
}

/// Does what the arguments ask for. An error means that nothing was started.
async fn start(
    cli: &Cli,
    listen: impl FnOnce(SignalHandler) -> io::Result<Shutdown>,
    streams: &Streams,
) -> anyhow::Result<Exit> {
    if let Some(text) = static_text(cli) {
        return Ok(print(Exit::Ok, &text, streams));
    }
    let (env, specs) = load(cli)?;
    if cli.check {
        let exit = print_check(&specs, streams);
        return Ok(if cli.alerts_test { alerts_test::run(&specs, streams).await } else { exit });
    }
    if cli.doctor {
        return Ok(doctor::run(&specs, &env, cli.output, streams).await);
    }
    let publisher = Publisher::open(cli, &env)?;
    let answer = streams.err.clone();
    let shutdown = match listen(Box::new(move |signal| answer.write(&describe_interruption(signal)))) {
        Ok(shutdown) => shutdown,
        Err(error) => return Ok(cannot_start(&error, streams)),
    };
    process::await_inherited();
    let progress = Progress::new(specs.len(), shows_progress(cli));
    progress.attach_to(streams);
    let context = ProcessContext {
        streams: streams.clone(),
        shutdown,
        verbosity: verbosity(cli),
        color: wanted_color(cli),
        is_terminal: io::stderr().is_terminal(),
        shows_colors: shows_colors(),
        environment: HostEnvironment::from_variables(&env),
    };
    let options = batch::Options {
        mode: if cli.plan { Mode::Plan } else { Mode::Apply },
        compares_metrics: cli.plan || cli.writes_page(),
        pins: cli.prints_plan(),
        actor: jobs::actor(&env),
        concurrency: cli.concurrency.into(),
        on_failure: cli.on_failure.into(),
    };
    let (mut result, exit) = Batch::new(&specs, &context, &options, &progress).run().await;
    Ok(publisher.publish((&specs, &env), options.actor, (&mut result, exit), streams))
}

/// Prints what clap returns: usage errors on standard error, `--help` and `--version` on standard output.
pub fn explain(usage: &clap::Error, streams: &Streams) -> Exit {
    let text = usage.render().to_string();
    if usage.use_stderr() {
        streams.err.write(&format!("{}\n\n{NOTHING_STARTED}\n", text.trim_end()));
        return Exit::Usage;
    }
    print(Exit::Ok, &text, streams)
}

/// Reports why the program cannot start.
pub fn cannot_start(error: &io::Error, streams: &Streams) -> Exit {
    streams.err.write(&format!("error: the program cannot start: {error}\n"));
    Exit::Failed
}

/// Describes what the first signal does.
fn describe_interruption(signal: Signal) -> String {
    format!(
        "{}: a write in flight is finished, jobs that have not started are skipped; a second signal ends at once\n",
        signal.name()
    )
}

/// Returns the text for options that only print.
fn static_text(cli: &Cli) -> Option<String> {
    if let Some(shell) = cli.completions {
        return Some(Cli::completion_script(shell));
    }
    cli.schema.then(|| format!("{:#}\n", config::published_schema()))
}

/// Loads the configs. Returns the environment variables with them.
fn load(cli: &Cli) -> anyhow::Result<(BTreeMap<String, String>, Vec<JobSpec>)> {
    let env = config::environment(std::env::vars_os())?;
    secret::register_environment(&env);
    let (files, base, overrides) = (cli.configs.clone(), cli.base.clone(), cli.overrides.clone());
    let sources = Sources {
        files,
        base,
        overrides,
        env,
        keeps_source: cli.shows_plan(),
        keeps_origins: cli.doctor,
        keeps_values: shows_values(cli),
    };
    let specs = config::load(&sources, &mut io::stdin())?;
    let logs_to_stdout = |spec: &&JobSpec| spec.services.logger.sink == "stdout";
    // `--doctor` starts no logger.
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

/// Returns how many levels more are logged than the config says. A plan that is printed on a terminal comes with warnings
/// only, so that it can be copied.
fn verbosity(cli: &Cli) -> i8 {
    let is_copied = cli.prints_plan() && cli.verbose == 0 && io::stdout().is_terminal();
    if is_copied { cli.verbosity().min(-1) } else { cli.verbosity() }
}

/// Returns whether a check lists all values, each with where it comes from.
fn shows_values(cli: &Cli) -> bool {
    cli.check && cli.verbosity() > 0
}

/// Prints the result of a check without errors; warnings and what variables change go to standard error.
fn print_check(specs: &[JobSpec], streams: &Streams) -> Exit {
    for spec in specs.iter() {
        let warnings = spec.warnings().iter().map(|warning| format!("warning: {warning}"));
        let overrides = spec.describe_overrides().map(|overrides| format!("note: {overrides}"));
        warnings
            .chain(overrides)
            .for_each(|line| streams.err.write(&format!("{}\n", escape_line(&secret::redact(&line)))));
    }
    print(Exit::Ok, &report::checked(specs), streams)
}

/// Describes why nothing was started.
fn describe(error: &anyhow::Error, cli: &Cli) -> String {
    match error.downcast_ref::<config::Errors>() {
        Some(errors) => {
            let text = errors.render(wanted_color(cli).unwrap_or_else(shows_colors));
            let valid = errors.valid().iter().filter(|_| cli.check);
            let valid: String = valid.map(|config| format!("{} is valid\n", escape_line(config))).collect();
            if valid.is_empty() { text } else { format!("{text}\n{valid}") }
        }
        None => format!("error: {error:#}\n"),
    }
}

/// Prints one sentence for a panic instead of a backtrace. The job that panicked is reported as failed.
fn install_panic_hook(err: Writer) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        err.write(&format!("error: a defect of this program at {place}; please report it\n"));
    }));
}

/// Returns what `--color` says about colours; none for `auto`.
const fn wanted_color(cli: &Cli) -> Option<bool> {
    match cli.color {
        Color::Auto => None,
        Color::Always => Some(true),
        Color::Never => Some(false),
    }
}

/// Returns whether standard error shows colours, unless `NO_COLOR`, `CLICOLOR` or `CLICOLOR_FORCE` decides that.
fn shows_colors() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}

/// Returns whether to show the progress of a batch.
fn shows_progress(cli: &Cli) -> bool {
    io::stderr().is_terminal() && cli.quiet == 0 && std::env::var_os("CI").is_none()
}
