//! The command channel: runs a program on this machine.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use crate::notify::channel_context::{ChannelContext, SendError};
use crate::notify::{Message, Template};
use crate::process::{self, ProcessOutput, Tail};
use crate::secret::{MIN_SUSPECT_LENGTH, Secrets};

/// No limit here, because the notifier limits the time of every channel.
const NO_LIMIT: Duration = Duration::MAX;

channel! {
    /// Runs a program with the result as JSON on its standard input. Other users of the machine can see its arguments.
    pub struct CommandChannel {
        /// The program and its arguments, each a template. They are not passed through a shell. Other users of the machine can
        /// see them, so pass a secret in an environment variable, which the program inherits.
        #[schemars(length(min = 1))]
        #[serde(deserialize_with = "with_program")]
        command: Vec<Template>,
    }
}

impl CommandChannel {
    pub(super) async fn send(&self, message: &Message, _context: &ChannelContext) -> Result<(), SendError> {
        // An argument cannot contain NUL.
        let fill = |template| Ok(message.render(template)?.replace('\0', "\u{fffd}"));
        let filled: Vec<String> = self.command.iter().map(fill).collect::<Result<_, SendError>>()?;
        let Some((program, args)) = filled.split_first() else {
            return Err(SendError::permanent("`command` is empty; write a program and its arguments"));
        };
        let input = format!("{}\n", message.document());
        let ended = process::run(program, args, &[], input.as_bytes(), NO_LIMIT).await;
        let ended = ended.map_err(|error| SendError::permanent(error.describe()))?;
        if ended.is_success() {
            return Ok(());
        }
        Err(SendError::permanent(self.reason(&ended)))
    }

    /// Describes how the program ended, and quotes the end of its output, redacted.
    fn reason(&self, ended: &ProcessOutput) -> String {
        let how = ended.describe();
        let secrets = self.secrets();
        let redact = |tail: &Tail| tail.lines(&secrets);
        let output = [redact(&ended.stderr), redact(&ended.stdout)].into_iter().find(|output| !output.is_blank());
        output.map_or(how.clone(), |output| format!("{how}: {output}"))
    }

    /// Returns the fixed parts of the arguments, which may be tokens.
    fn secrets(&self) -> Secrets {
        let literals: Vec<String> = self.command.iter().skip(1).flat_map(Template::literals).collect();
        let value = |text: &String| text.split_once('=').map(|(_, value)| value.to_owned());
        let values: Vec<String> = literals.iter().filter_map(value).collect();
        let words = literals.into_iter().chain(values).map(|text| text.trim().to_owned());
        Secrets::new(words.filter(|text| text.len() >= MIN_SUSPECT_LENGTH))
    }
}

/// Deserializes a program and its arguments. The program must not be empty.
fn with_program<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Template>, D::Error> {
    let command: Vec<Template> = Vec::deserialize(deserializer)?;
    match command.first().is_some_and(|program| program.source().trim().is_empty()) {
        true => Err(de::Error::custom("the first of `command` is the program, and cannot be empty")),
        false => Ok(command),
    }
}
