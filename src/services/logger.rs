//! The logger: what a run says while it works.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layered, SubscriberExt as _};
use tracing_subscriber::{Layer, Registry, registry};

use super::error::StartError;
use super::host::Host;
use crate::sink::{JsonEvents, Sink};

/// Where log lines go, how many, and in which shape.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoggerConfig {
    /// Where the lines go: `stderr`, `stdout`, or the path of a file to append to.
    #[serde(deserialize_with = "sink")]
    #[schemars(length(min = 1), extend("not" = { "const": "-" }))]
    pub sink: String,
    /// The least important lines that are written.
    pub level: Level,
    /// The shape of a line: `pretty` (time, level, message, fields), `compact` (without the time) or `json`.
    pub format: LogFormat,
    /// Another word for `format: json`.
    pub serialize: bool,
    /// Whether lines are coloured; by default on a terminal only, as `--color` says.
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

/// Reads where lines go: `-` would be a file by that name, and is never meant.
fn sink<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let sink = String::deserialize(deserializer)?;
    match sink.as_str() {
        "-" => Err(de::Error::custom("`-` is no file: write `stdout` or `stderr`, or `./-` for a file by that name")),
        _ => Ok(sink),
    }
}

/// How important a line is. `SUCCESS` and `CRITICAL` are loguru's words for `INFO` and `ERROR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Every detail.
    Trace,
    /// Each step, and each start and stop of a service.
    Debug,
    /// What was done.
    Info,
    /// The same as `INFO`.
    Success,
    /// What was done in spite of a problem.
    #[serde(alias = "WARN")]
    Warning,
    /// What was not done.
    Error,
    /// The same as `ERROR`.
    Critical,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Time, level, message and fields on one line.
    Pretty,
    /// Level, message and fields on one line.
    Compact,
    /// One JSON object a line.
    Json,
}

/// A started logger. Cheap to clone.
#[derive(Clone)]
pub struct Logger {
    dispatch: Dispatch,
    sink: Sink,
}

impl Logger {
    pub(super) fn start(config: &LoggerConfig, host: &Host) -> Result<Self, StartError> {
        let sink =
            open(&config.sink, host).map_err(|source| StartError::LogSink { path: config.sink.clone(), source })?;
        let filter = Targets::new().with_target("runner", filter(config.level, host.verbosity));
        let layer = layer(config, colored(config, host), sink.clone());
        // Below the layer, not around it: a filter of its own would look every span up each time that one is entered.
        Ok(Self { dispatch: Dispatch::new(registry().with(filter).with(layer)), sink })
    }

    /// Returns where events of the jobs that use this logger go.
    pub fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// Says on standard error when log lines were lost; the log itself cannot tell.
    pub(super) async fn stop(self, stderr: Sink) {
        if let Some(error) = self.sink.failure() {
            stderr.write(&format!("warning: some log lines could not be written: {error}\n"));
        }
    }
}

fn open(sink: &str, host: &Host) -> std::io::Result<Sink> {
    match sink {
        "stderr" => Ok(host.sinks.err.clone()),
        "stdout" => Ok(host.sinks.out.clone()),
        path => Sink::append(Path::new(path)),
    }
}

fn colored(config: &LoggerConfig, host: &Host) -> bool {
    host.color.or(config.colorize).unwrap_or(host.terminal && config.sink == "stderr")
}

/// What a layer that writes lines stands on: the spans, and the filter of lines.
type Below = Layered<Targets, Registry>;

fn layer(config: &LoggerConfig, color: bool, sink: Sink) -> Box<dyn Layer<Below> + Send + Sync> {
    // A line that cannot be written is kept by the sink; the layer's own complaint would panic on a closed stream.
    let layer = fmt::layer().with_ansi(color).with_target(false).log_internal_errors(false);
    let format = if config.serialize { LogFormat::Json } else { config.format };
    match format {
        LogFormat::Json => layer.with_writer(move || JsonEvents(sink.clone())).json().flatten_event(true).boxed(),
        LogFormat::Pretty => layer.with_writer(move || sink.clone()).boxed(),
        LogFormat::Compact => layer.with_writer(move || sink.clone()).compact().without_time().boxed(),
    }
}

/// Returns the level of the config, raised or lowered by the command line.
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
