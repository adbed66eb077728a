//! A program on this machine.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use crate::notify::channel_context::{ChannelContext, SendError};
use crate::notify::{Message, Template};
use crate::process::{self, ProcessOutput, Tail};
use crate::secret::Secrets;

/// The courier has a limit for all that a channel does.
const NO_LIMIT: Duration = Duration::MAX;

/// The shortest argument that is hidden where a program repeats it.
const HIDDEN: usize = 8;

channel! {
    /// Runs a program with the result as JSON on its standard input. Other users of the machine can see its arguments.
    pub struct CommandChannel {
        /// The program and its arguments, each a template. No shell sees them, but other users of the machine can: a secret
        /// belongs in a variable, which the program inherits.
        #[schemars(length(min = 1))]
        #[serde(deserialize_with = "with_program")]
        command: Vec<Template>,
    }
}

impl CommandChannel {
    pub(super) async fn send(&self, message: &Message, _context: &ChannelContext) -> Result<(), SendError> {
        // No argument can hold a NUL; the system would refuse the whole command.
        let fill = |template| Ok(message.render(template)?.replace('\0', "\u{fffd}"));
        let filled: Vec<String> = self.command.iter().map(fill).collect::<Result<_, SendError>>()?;
        let Some((program, args)) = filled.split_first() else {
            return Err(SendError::permanent("`command` is empty; write a program and its arguments"));
        };
        let input = format!("{}\n", message.document());
        let ended = process::run(program, args, &[], input.as_bytes(), NO_LIMIT).await;
        let ended = ended.map_err(|error| SendError::permanent(process::describe_spawn_error(&error)))?;
        if ended.is_success() {
            return Ok(());
        }
        Err(SendError::permanent(self.reason(&ended)))
    }

    /// Says how a program ended, in its own last words but for what may be a secret.
    fn reason(&self, ended: &ProcessOutput) -> String {
        let how = ended.describe();
        let secrets = self.secrets();
        let said = |tail: &Tail| tail.lines(&secrets);
        let words = [said(&ended.stderr), said(&ended.stdout)].into_iter().find(|words| !words.is_blank());
        words.map_or(how.clone(), |words| format!("{how}: {words}"))
    }

    /// Returns what of the arguments is the same in every notice, and may be a token.
    fn secrets(&self) -> Secrets {
        let literals: Vec<String> = self.command.iter().skip(1).flat_map(Template::literals).collect();
        let value = |text: &String| text.split_once('=').map(|(_, value)| value.to_owned());
        let values: Vec<String> = literals.iter().filter_map(value).collect();
        let words = literals.into_iter().chain(values).map(|text| text.trim().to_owned());
        Secrets::new(words.filter(|text| text.len() >= HIDDEN))
    }
}

/// Reads a program and its arguments.
fn with_program<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Template>, D::Error> {
    let command: Vec<Template> = Vec::deserialize(deserializer)?;
    match command.first().is_some_and(|program| program.source().trim().is_empty()) {
        true => Err(de::Error::custom("the first of `command` is the program, and cannot be empty")),
        false => Ok(command),
    }
}
