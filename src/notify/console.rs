//! The console: a line on standard error.

use schemars::JsonSchema;
use serde::Deserialize;

use super::text::one_line;
use super::{ChannelConfig, Ending, Notice, SendError, Tools};
use crate::text::escape_line;

/// Writes a line to standard error, in the form of the Python template.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsoleChannel {
    /// The endings it is told of; by default those of `services.alerts.events`.
    #[serde(default)]
    pub on: Option<Vec<Ending>>,
    /// Whether a job fails when its notice is not delivered.
    #[serde(default)]
    pub required: bool,
    /// The channel that is told instead where this one fails.
    #[serde(default)]
    pub fallback: Option<Box<ChannelConfig>>,
}

impl ConsoleChannel {
    pub(super) async fn send(&self, notice: &Notice, tools: &Tools) -> Result<(), SendError> {
        tools.console().write(&line(notice));
        match tools.console().failure() {
            None => Ok(()),
            Some(error) => Err(SendError::lasting(format!("standard error cannot be written: {error}"))),
        }
    }
}

/// Returns a notice as one line; the lines of a longer message are joined, so that none can pass for a line of a log.
fn line(notice: &Notice) -> String {
    let Notice { app_name, title, message, .. } = notice;
    let message: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let line = format!("[{}] {title}: {}", one_line(app_name), one_line(&message.join(" | ")));
    format!("{}\n", escape_line(&line))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_notice_is_one_line() {
        let mut notice = sample::promoted();
        notice.message = "Version: 3\n\n INFO promoted: cars@Champion\u{1b}[2J\n".to_owned();
        assert_eq!(line(&notice), "[Bikes] Promotion Job Finished: Version: 3 | INFO promoted: cars@Champion[2J\n");
    }
}
