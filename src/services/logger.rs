//! The logger: what a run says while it works.

use schemars::JsonSchema;
use serde::Deserialize;

/// Where log lines go, how many, and in which shape.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoggerConfig {
    /// Where the lines go: `stderr`, `stdout`, or the path of a file to append to.
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

/// How important a line is. `SUCCESS` and `CRITICAL` are loguru's words for `INFO` and `ERROR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
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
    Warning,
    /// What was not done.
    Error,
    /// The same as `ERROR`.
    Critical,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Time, level, message and fields on one line.
    Pretty,
    /// Level, message and fields on one line.
    Compact,
    /// One JSON object a line.
    Json,
}
