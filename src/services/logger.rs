//! The logger service: writes the log lines of a run.

use std::io;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, format};
use tracing_subscriber::layer::{Layered, SubscriberExt as _};
use tracing_subscriber::{Layer, Registry, registry};

use super::log_format::{LineFormat, LineTime};
use super::process_context::ProcessContext;
use crate::writer::{JsonEvents, Writer};

/// The log: its destination, level and format.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoggerConfig {
    /// Where the lines go: `stderr`, `stdout`, or the path of a file to append to.
    #[serde(deserialize_with = "sink")]
    #[schemars(length(min = 1), extend("not" = { "const": "-" }))]
    pub sink: String,
    /// Minimum level of the lines that are written.
    pub level: Level,
    /// Format of a line: `pretty` (time, level, job, message), `compact` (without the time) or `json`. On a terminal the time
    /// is the local time of day, elsewhere date and time in UTC. The fields of a line are in `json`, and with `-v`.
    pub format: LogFormat,
    /// Same as `format: json`.
    pub serialize: bool,
    /// Whether lines are coloured; by default only on a terminal. `--color` overrides it.
    pub colorize: Option<bool>,
}

impl Default for LoggerConfig {
    fn default() -> Self {
        Self {
            sink: "stderr".to_owned(),
            level: Level::Info,
            format: LogFormat::Pretty,
            serialize: false,
            colorize: None,
        }
    }
}

/// Deserializes `sink`. `-` is refused, because it would be the name of a file, which nobody means.
fn sink<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let sink = String::deserialize(deserializer)?;
    match sink.as_str() {
        "-" => Err(de::Error::custom("`-` is no file: write `stdout` or `stderr`, or `./-` for a file by that name")),
        _ => Ok(sink),
    }
}

/// Level of a log line. `SUCCESS` and `CRITICAL` are loguru's names for `INFO` and `ERROR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Every detail.
    Trace,
    /// Each step, and each start and stop of a service.
    Debug,
    /// What was done.
    Info,
    /// Same as `INFO`.
    Success,
    /// A problem that did not keep the job from its work.
    #[serde(alias = "WARN")]
    Warning,
    /// What failed.
    Error,
    /// Same as `ERROR`.
    Critical,
}

/// Format of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Time, level, job and message on one line.
    Pretty,
    /// Level, job and message on one line.
    Compact,
    /// One JSON object per line.
    Json,
}

/// A started logger. Cheap to clone.
#[derive(Clone)]
pub struct Logger {
    dispatch: Dispatch,
    writer: Writer,
}

impl Logger {
    pub(super) fn start(config: &LoggerConfig, context: &ProcessContext) -> io::Result<Self> {
        let writer = open(&config.sink, context)?;
        let filter = Targets::new().with_target("runner", filter(config.level, context.verbosity));
        let layer = layer(config, context, writer.clone());
        // The filter is a layer of its own: attached to the writing layer, it would look up every span on each enter.
        Ok(Self { dispatch: Dispatch::new(registry().with(filter).with(layer)), writer })
    }

    /// Returns the dispatcher for the events of jobs that use this logger.
    pub fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// Warns on standard error when log lines were lost; the log itself cannot.
    pub(super) async fn stop(self, stderr: Writer) {
        if let Some(error) = self.writer.failure() {
            stderr.write(&format!("warning: some log lines could not be written: {error}\n"));
        }
    }
}

fn open(sink: &str, context: &ProcessContext) -> io::Result<Writer> {
    match sink {
        "stderr" => Ok(context.streams.err.clone()),
        "stdout" => Ok(context.streams.out.clone()),
        path => Writer::append(Path::new(path)),
    }
}

fn colored(config: &LoggerConfig, context: &ProcessContext) -> bool {
    context.color.or(config.colorize).unwrap_or(context.shows_colors && config.sink == "stderr")
}

/// The subscriber below the writing layer: the registry of spans, and the filter.
type Below = Layered<Targets, Registry>;

fn layer(config: &LoggerConfig, context: &ProcessContext, writer: Writer) -> Box<dyn Layer<Below> + Send + Sync> {
    // The writer stores write errors. The layer's own report would panic on a closed stream.
    let layer = fmt::layer().with_ansi(colored(config, context)).log_internal_errors(false);
    let format = if config.serialize { LogFormat::Json } else { config.format };
    match format {
        LogFormat::Json => {
            let layer = layer.with_writer(move || JsonEvents(writer.clone()));
            layer.json().with_target(false).flatten_event(true).boxed()
        }
        LogFormat::Pretty | LogFormat::Compact => {
            let time = match config.sink.as_str() {
                _ if format == LogFormat::Compact => LineTime::None,
                "stderr" if context.is_terminal => LineTime::Clock,
                _ => LineTime::Utc,
            };
            let line = LineFormat { time, shows_fields: context.verbosity > 0 };
            // The only fields of spans are names.
            let names = format::debug_fn(|writer, _, value| write!(writer, "{value:?}"));
            layer.with_writer(move || writer.clone()).event_format(line).fmt_fields(names).boxed()
        }
    }
}

/// Returns the level of the config, raised or lowered by `-v` and `-q`.
fn filter(level: Level, verbosity: i8) -> LevelFilter {
    const LADDER: [LevelFilter; 6] = [
        LevelFilter::OFF,
        LevelFilter::ERROR,
        LevelFilter::WARN,
        LevelFilter::INFO,
        LevelFilter::DEBUG,
        LevelFilter::TRACE,
    ];
    let rung: i8 = match level {
        Level::Error | Level::Critical => 1,
        Level::Warning => 2,
        Level::Info | Level::Success => 3,
        Level::Debug => 4,
        Level::Trace => 5,
    };
    let rung = rung.saturating_add(verbosity).clamp(0, 5);
    LADDER[usize::from(rung.unsigned_abs())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_raises_and_lowers_the_level_of_the_config() {
        assert_eq!(filter(Level::Info, 0), LevelFilter::INFO);
        assert_eq!(filter(Level::Success, 1), LevelFilter::DEBUG);
        assert_eq!(filter(Level::Critical, -1), LevelFilter::OFF);
        assert_eq!(filter(Level::Trace, 100), LevelFilter::TRACE);
        assert_eq!(filter(Level::Warning, i8::MIN), LevelFilter::OFF);
    }
}
