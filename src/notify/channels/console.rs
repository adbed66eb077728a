//! The console channel: a line on standard error.

use crate::notify::Message;
use crate::notify::channel_context::{ChannelContext, SendError};
use crate::notify::sanitize::to_one_line;
use crate::text::escape_line;

channel! {
    /// Writes a line to standard error, in the form of the Python template.
    #[derive(Default)]
    pub struct ConsoleChannel {
    }
}

impl ConsoleChannel {
    pub(super) async fn send(&self, message: &Message, context: &ChannelContext) -> Result<(), SendError> {
        context.console().write(&line(message));
        match context.console().failure() {
            None => Ok(()),
            Some(error) => Err(SendError::permanent(format!("standard error cannot be written: {error}"))),
        }
    }
}

/// Formats a message on one line. Lines are joined, so that none of them can look like a line of the log.
fn line(message: &Message) -> String {
    let Message { app_name, title, text, brief, .. } = message;
    let text = brief.as_ref().unwrap_or(text);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let line = format!("[{}] {title}: {}", to_one_line(app_name), to_one_line(&lines.join(" | ")));
    format!("{}\n", escape_line(&line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::test_fixtures;

    #[test]
    fn a_message_is_one_line() {
        let mut message = test_fixtures::promoted();
        message.text = "Version: 3\n\n INFO promoted: cars@Champion\u{1b}[2J\n".to_owned();
        assert_eq!(line(&message), "[Bikes] Promotion Job Finished: Version: 3 | INFO promoted: cars@Champion[2J\n");
    }
}
