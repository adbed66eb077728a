//! A program on this machine.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ChannelConfig, Ending, Notice, SendError, Template, Tools};
use crate::process::{self, Ended};
use crate::secret::{REDACTED, redact_userinfo};

/// The courier has a limit for all that a channel does.
const NO_LIMIT: Duration = Duration::MAX;

/// The shortest argument that is hidden where a program repeats it.
const HIDDEN: usize = 8;

/// Runs a program with the result as JSON on its standard input. Other users of the machine can see its arguments.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandChannel {
    /// The program and its arguments, each a template. No shell sees them, but other users of the machine can: a secret
    /// belongs in a variable, which the program inherits.
    #[schemars(length(min = 1))]
    command: Vec<Template>,
    /// The endings it is told of; by default those of `services.alerts.on`.
    #[serde(default)]
    pub(super) on: Option<Vec<Ending>>,
    /// Whether a job fails when its notice is not delivered.
    #[serde(default)]
    pub(super) required: bool,
    /// The channel that is told instead where this one fails.
    #[serde(default)]
    pub(super) fallback: Option<Box<ChannelConfig>>,
}

impl CommandChannel {
    pub(super) async fn send(&self, notice: &Notice, _tools: &Tools) -> Result<(), SendError> {
        // No argument can hold a NUL; the system would refuse the whole command.
        let fill = |template| Ok(notice.fill(template)?.replace('\0', "\u{fffd}"));
        let filled: Vec<String> = self.command.iter().map(fill).collect::<Result<_, SendError>>()?;
        let Some((program, args)) = filled.split_first() else {
            return Err(SendError::lasting("`command` is empty; write a program and its arguments"));
        };
        let input = format!("{}\n", notice.document());
        let ended = process::run(program, args, &[], input.as_bytes(), NO_LIMIT).await;
        let ended = ended.map_err(|error| SendError::lasting(process::unstarted(&error)))?;
        if ended.is_success() {
            return Ok(());
        }
        // What is the same in every notice may be a token.
        let fixed = filled[1..].iter().zip(&self.command[1..]).filter(|(_, template)| template.is_fixed());
        Err(SendError::lasting(reason(&ended, fixed.map(|(arg, _)| arg.as_str()))))
    }
}

/// Says how a program ended, in its own last words but for its arguments.
fn reason<'a>(ended: &Ended, args: impl Iterator<Item = &'a str>) -> String {
    let how = ended.how();
    let mut words = [ended.stderr.lines(str::to_owned), ended.stdout.lines(str::to_owned)]
        .into_iter()
        .find(|words| !words.is_empty());
    if let Some(words) = &mut words {
        for arg in args {
            for part in [Some(arg), arg.split_once('=').map(|(_, value)| value)].into_iter().flatten() {
                if part.len() >= HIDDEN {
                    *words = words.replace(part, REDACTED);
                }
            }
        }
    }
    words.map_or(how.clone(), |words| format!("{how}: {}", redact_userinfo(&words)))
}
