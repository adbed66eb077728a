//! `CommandJob`: runs a program.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Deserialize;
use tracing::{info, warn};

use super::super::job::Kind;
use super::super::{Access, Context, Error, JobEnd, Mode, Resource};
use super::interruption::Interruption;
use super::run::{CommandRun, run_once};
use crate::gates::script_or_program;
use crate::outcome::{DoneWord, JobStatus, Outcome, Rerun};
use crate::process::{CommandLine, Ending, Program, Variables};
use crate::registry::ModelName;
use crate::text::ForeignText;

/// The longest time that a config may set, in seconds: 30 days.
const LONGEST: u64 = 2_592_000;

/// The maximum wait between two attempts, in seconds.
const DAY: u64 = 86_400;

/// The length at which the name of the program is cut in reports, in characters.
const LONGEST_NAME: usize = 80;

/// Runs a program, such as one that trains a model, and waits for its end.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandJob {
    /// The program and its arguments. They are run without a shell, and other users of the machine can see them: pass a
    /// secret in `env`.
    pub command: CommandLine,
    /// The folder to run the program in; by default the current one. A relative path of the program starts there.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub cwd: Option<PathBuf>,
    /// Variables for the environment of the program, which it gets beside those of the runner. Values may be secrets.
    #[serde(default)]
    pub env: Variables,
    /// The text that the program reads from its standard input, which is empty by default.
    #[serde(default)]
    pub stdin: Option<String>,
    /// Seconds that one attempt may take. After that the program is killed with its children.
    #[serde(default = "one_day")]
    #[schemars(range(min = 1, max = LONGEST))]
    pub timeout: u64,
    /// The maximum number of attempts until the program succeeds.
    #[serde(default = "once")]
    #[schemars(range(min = 1, max = 1000))]
    pub attempts: u32,
    /// The wait between two attempts, in seconds.
    #[serde(default = "some_seconds")]
    #[schemars(range(max = DAY))]
    pub interval: u64,
    /// The exit codes that mean success.
    #[serde(default = "only_zero")]
    #[schemars(length(min = 1))]
    pub ok_exit_codes: Vec<i32>,
    /// Whether a second run of the program leads to the same end. If not, the exit code is never 4, which says that running
    /// the same command again is safe.
    #[serde(default)]
    pub idempotent: bool,
    /// The registered model whose versions the program may create. Jobs that do not use them may run beside it; without
    /// `model`, no job runs beside it.
    #[serde(default)]
    pub model: Option<ModelName>,
}

const COMPLETED: DoneWord = DoneWord { word: "completed", meaning: "A program ran to its end and succeeded." };

impl Kind for CommandJob {
    const DONE: Option<DoneWord> = Some(COMPLETED);
    const HANDLES_LOST_PROCESS: bool = true;

    async fn run(&self, context: &Context<'_>) -> Result<JobEnd, Error> {
        if context.mode == Mode::Plan {
            info!("planned to run {}; nothing was started", self.command.describe());
            return Ok(JobEnd::success(JobStatus::Planned, self.planned_outcome()));
        }
        let mut run = CommandRun::default();
        let began = Instant::now();
        let interrupted = self.attempt_until_ok(&mut run, context).await;
        run.seconds = began.elapsed().as_secs_f64();
        let outcome = self.ended_outcome(&run);
        let is_signal = matches!(interrupted, Some(Interruption::Signal(_)));
        let Some(failure) = self.failure(&run, interrupted) else {
            return Ok(JobEnd::success(COMPLETED.status(), outcome));
        };
        let status = if is_signal { JobStatus::Interrupted } else { JobStatus::Failed };
        Ok(JobEnd { status, outcome: Some(outcome), error: Some(failure) })
    }

    fn accesses(&self) -> Vec<Access> {
        let written = self.model.clone().map_or(Resource::Everything, Resource::Versions);
        vec![Access::write(written)]
    }

    fn outline(&self) -> Outcome {
        let name = ForeignText::new(script_or_program(self.command.words())).on_one_line().cut(LONGEST_NAME);
        Outcome { subject: Some(name.to_string()), ..Outcome::default() }
    }

    /// A program that was started may have done a part of its work, which a second run repeats.
    fn rerun(&self, status: JobStatus, outcome: &Outcome) -> Rerun {
        match (self.idempotent || !CommandRun::was_started(outcome), status) {
            (true, _) => Rerun::Idempotent,
            (false, JobStatus::Done(_)) => Rerun::RepeatsWork,
            (false, _) => Rerun::Unknown,
        }
    }

    fn rerun_hint(&self) -> &'static str {
        "look at what the program did before you run it again; `job.idempotent: true` says that a second run does no harm"
    }
}

impl CommandJob {
    /// Runs the program until it succeeds or the attempts are used up. Returns what interrupted it.
    async fn attempt_until_ok(&self, run: &mut CommandRun, context: &Context<'_>) -> Option<Interruption> {
        loop {
            if let Some(signal) = context.shutdown.requested() {
                return Some(Interruption::Signal(signal));
            }
            let interrupted = run_once(self.program(context), self.timeout(), run, context).await;
            if interrupted.is_some() || self.is_ok(&run.ending) {
                return interrupted;
            }
            let (attempt, attempts) = (run.attempts, self.attempts);
            // A program that cannot be started now cannot be started later either.
            if attempt >= attempts || matches!(run.ending, Ending::NotStarted(_)) {
                return None;
            }
            let (how, wait) = (run.ending.describe(self.timeout), self.interval);
            warn!("{how} (attempt {attempt} of {attempts}, the next one in {wait} s)");
            tokio::select! {
                biased;
                interruption = Interruption::wait(context) => {
                    context.shutdown.wait_for_answer().await;
                    return Some(interruption);
                }
                () = tokio::time::sleep(Duration::from_secs(wait)) => {}
            }
        }
    }

    pub(super) fn is_ok(&self, ending: &Ending) -> bool {
        ending.exit_code().is_some_and(|code| self.ok_exit_codes.contains(&code))
    }

    const fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// Returns the program with its whole environment. What the config says in `env` counts most.
    fn program(&self, context: &Context<'_>) -> Program {
        let facts = [
            ("RUNNER_REGISTRY", context.registry.uri().to_owned()),
            ("RUNNER_MODEL", self.model.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("RUNNER_ACTOR", context.actor.to_owned()),
        ];
        // The facts of a gate, inside of whose program the runner may run, are not those of this job.
        let foreign = ["ALIAS", "VERSION", "PREVIOUS_VERSION", "SOURCE", "RUN_ID"];
        let foreign = foreign.map(|name| (format!("RUNNER_{name}"), String::new()));
        let program = Program::new(self.command.program(), self.command.args())
            .in_folder(self.cwd.clone())
            .with_variables(facts.map(|(name, value)| (name, value.replace('\0', "\u{fffd}"))))
            .with_variables(foreign)
            .with_variables(context.client.variables(self.cwd.as_deref()))
            .with_variables(self.env.expose());
        match &self.stdin {
            Some(text) => program.with_input(text.clone().into_bytes()),
            None => program,
        }
    }
}

const fn one_day() -> u64 {
    DAY
}

const fn once() -> u32 {
    1
}

const fn some_seconds() -> u64 {
    5
}

fn only_zero() -> Vec<i32> {
    vec![0]
}
