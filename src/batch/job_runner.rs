//! Runs one job, from its services to its end, and turns whatever happens into a result.

use std::time::{Duration, Instant};

use tracing::instrument::WithSubscriber as _;
use tracing::{Instrument as _, Span, debug, error, error_span, info, warn};

use super::Batch;
use super::open_question::{OpenQuestion, planned_later, unpinnable};
use super::panics::catch_panic;
use super::process_failure::run_with_processes;
use super::rerun::correct_hint;
use crate::config::JobSpec;
use crate::jobs::{Access, Context, Job, JobEnd, Mode, Resource, WriteLog};
use crate::notify::RunInfo;
use crate::outcome::{Code, Failure, JobResult, JobStatus, Outcome};
use crate::registry;
use crate::services::{Alerts, Logger, MlflowClient, Services, StartError};

/// The time limit for reading the alias of a failed job.
const LAST_READ: Duration = Duration::from_secs(5);

impl Batch<'_> {
    /// Runs a job and sends its notifications.
    pub(super) async fn run_job(&self, spec: &JobSpec, services: Services) -> JobResult {
        let log = services.logger.dispatch().clone();
        let work = async {
            // The span has the level `ERROR` so that it is never filtered out and every line names its job.
            let span = if self.specs.len() > 1 || spec.id.is_some() {
                error_span!("job", name = %self.label(spec))
            } else {
                Span::none()
            };
            self.run_and_notify(spec, &services).instrument(span).await
        };
        work.with_subscriber(log).await
    }

    async fn run_and_notify(&self, spec: &JobSpec, services: &Services) -> JobResult {
        let began = Instant::now();
        for warning in spec.warnings() {
            warn!("{warning}");
        }
        if let Some(overrides) = spec.describe_overrides() {
            info!("{overrides}");
        }
        let writes = WriteLog::default();
        let context = self.context(spec, services, &writes);
        debug!(
            config = spec.config,
            index = spec.index,
            registry = context.registry.uri(),
            "running {}",
            spec.job.kind()
        );
        let open_question = self.open_question(spec, context.registry.uri());
        let ended = match &open_question {
            Some(question) if self.pins(&spec.job) => unpinnable(&spec.job, question),
            Some(question) => planned_later(&spec.job, question),
            None => run_with_processes(&spec.job, services, &context).await,
        };
        let is_asked = !matches!(open_question, Some(OpenQuestion::Process(_)));
        if !ended.status.is_success() && writes.current().is_none() && is_asked {
            // Boxed to keep this rare path out of every job's future.
            Box::pin(read_alias(&spec.job.outline(), ended.error.as_ref(), &context)).await;
        }
        self.remember_plan(&spec.job, ended.status, context.registry.uri());
        let mut job = result(spec, began, ended, &writes);
        job.outcome.registry = Some(context.registry.site().to_owned());
        if let Some(failure) = &job.error {
            let what = job.outcome.full_alias().unwrap_or_else(|| job.outcome.subject().to_owned());
            // The span has the name of the job already.
            let what = if job.id.as_ref() == Some(&what) { String::new() } else { format!("{what}: ") };
            error!(
                config = spec.config, index = spec.index, code = %failure.code, reason = failure.message,
                "{what}{} ({})", job.status.name(), failure.code
            );
        }
        if self.options.mode == Mode::Apply && !spec.job.only_reads() {
            catch_panic(services.alerts.notify(&mut job, self.about(services))).await;
        }
        debug!(config = spec.config, index = spec.index, "ended: {}", job.status.name());
        job
    }

    /// Returns what keeps a job from being planned in full.
    fn open_question(&self, spec: &JobSpec, registry: &str) -> Option<OpenQuestion> {
        // A job without a registered model asks no registry in a plan.
        let is_asked = self.options.mode == Mode::Plan && spec.job.outline().name.is_some();
        match spec.services.required_process(&spec.needs).filter(|_| is_asked) {
            Some(process) => Some(OpenQuestion::Process(process.name.clone())),
            None => self.depends_on_planned_job(&spec.job, registry).then_some(OpenQuestion::EarlierJob),
        }
    }

    /// Returns whether a job reads what an earlier planned job would write. A job that moves an alias also reads it: a
    /// rollback starts from the alias's version, and metrics are compared with it.
    fn depends_on_planned_job(&self, job: &Job, registry: &str) -> bool {
        let planned = self.planned.borrow();
        // A job that may write anything may do so in any registry.
        let writes_everything = planned.values().any(|planned| planned.contains(&Resource::Everything));
        let planned = planned.get(registry);
        let is_pinned = job.pinned_key().is_some();
        let is_planned =
            |resource: &Resource| writes_everything || planned.is_some_and(|planned| planned.contains(resource));
        let depends = |access: &Access| (!access.writes || is_pinned) && is_planned(&access.resource);
        !job.only_reads() && job.accesses().iter().any(depends)
    }

    /// Returns whether the plan of a job must pin a version.
    fn pins(&self, job: &Job) -> bool {
        self.options.pins && job.pinned_key().is_some()
    }

    fn remember_plan(&self, job: &Job, status: JobStatus, registry: &str) {
        if status == JobStatus::Planned {
            let written = job.accesses().into_iter().filter(|access| access.writes).map(|access| access.resource);
            self.planned.borrow_mut().entry(registry.to_owned()).or_default().extend(written);
        }
    }

    /// Returns the result of a job whose services did not start. Sends its notifications if the alerts service started.
    pub(super) async fn not_started(
        &self,
        spec: &JobSpec,
        error: &StartError,
        alerts: Option<(Logger, Alerts)>,
    ) -> JobResult {
        let status = match error {
            StartError::Interrupted(_) => JobStatus::Interrupted,
            _ => JobStatus::Failed,
        };
        let ended = JobEnd { status, outcome: None, error: Some(Failure::from(error)) };
        let mut job = result(spec, Instant::now(), ended, &WriteLog::default());
        let code = job.error.as_ref().map_or(Code::ServiceFailed, |error| error.code);
        self.process.streams.err.write(&format!("error: {}: {} ({code})\n", self.label(spec), job.status.name()));
        if let Some((logger, alerts)) = alerts
            && self.options.mode == Mode::Apply
        {
            let registry = spec.services.mlflow.uri().to_string();
            let about = RunInfo { actor: &self.options.actor, registry: &registry };
            catch_panic(alerts.notify(&mut job, about).with_subscriber(logger.dispatch().clone())).await;
        }
        job
    }

    /// Returns the context of the run for notifications.
    pub(super) fn about<'a>(&'a self, services: &'a Services) -> RunInfo<'a> {
        RunInfo { actor: &self.options.actor, registry: services.registry.site() }
    }

    pub(super) fn context<'a>(
        &'a self,
        spec: &'a JobSpec,
        services: &'a Services,
        writes: &'a WriteLog,
    ) -> Context<'a> {
        Context {
            registry: &services.registry,
            client: MlflowClient::new(&spec.services.mlflow, &self.process.environment),
            mode: self.options.mode,
            compares_metrics: self.options.compares_metrics,
            shutdown: &self.process.shutdown,
            lost_process: None,
            actor: &self.options.actor,
            writes,
        }
    }
}

/// Reads the alias of a failed job, so that the failure can name its version. Does nothing if the registry did not
/// answer before, or after a signal.
async fn read_alias(outline: &Outcome, error: Option<&Failure>, context: &Context<'_>) {
    let is_closed = error.is_some_and(|error| matches!(error.code, Code::Unreachable | Code::LoginRefused));
    let (Some(Ok(name)), Some(Ok(alias))) =
        (outline.name.as_ref().map(|name| name.parse()), outline.alias.as_ref().map(|alias| alias.parse()))
    else {
        return;
    };
    if is_closed || context.shutdown.requested().is_some() {
        return;
    }
    let read = context.registry.get_alias(&name, &alias);
    match tokio::time::timeout(LAST_READ, read).await {
        Ok(Ok(found)) => context.writes.alias_read(found.map(|version| version.version)),
        Ok(Err(registry::Error::ModelNotFound { .. })) => context.writes.alias_read(None),
        Ok(Err(_)) | Err(_) => {}
    }
}

/// Returns the result of a job that was never started, with the reason if it has one of its own.
pub(super) fn skipped(spec: &JobSpec, error: Option<Failure>) -> JobResult {
    let ended = JobEnd { status: JobStatus::Skipped, outcome: None, error };
    result(spec, Instant::now(), ended, &WriteLog::default())
}

/// Returns a duration in seconds, rounded to the millisecond.
pub(super) fn round_to_milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}

/// Returns what to do about a plan whose alias is elsewhere by now. Without `expect` it would put an older version over a
/// newer one, so no other advice about `expect` may stand.
fn outdated_hint(spec: &JobSpec, code: Code, outcome: &Outcome) -> Option<&'static str> {
    let pinned = spec.pinned_version.filter(|_| code == Code::AliasMoved)?;
    let is_there = outcome.current.is_some_and(|current| current.current_version == Some(pinned));
    Some(match is_there {
        true => "nothing, if this plan was already applied: the alias is where it asks; otherwise plan it again",
        false => "find out who moved the alias, with a HistoryJob; then plan it again",
    })
}

/// Returns the result of a job from its end and its writes.
fn result(spec: &JobSpec, began: Instant, ended: JobEnd, writes: &WriteLog) -> JobResult {
    let mut outcome = ended.outcome.unwrap_or_else(|| spec.job.outline());
    writes.complete(&mut outcome);
    if let (None, Some(id)) = (&outcome.name, &spec.id) {
        outcome.subject = Some(id.clone());
    }
    let status =
        if ended.status == JobStatus::Failed && outcome.is_in_doubt() { JobStatus::Unknown } else { ended.status };
    let rerun = spec.job.rerun(status, &outcome);
    let mut job = JobResult {
        config: spec.config.clone(),
        index: spec.index,
        id: spec.id.clone(),
        kind: spec.job.kind(),
        status,
        seconds: round_to_milliseconds(began.elapsed()),
        error: ended.error.map(|error| {
            let error = correct_hint(&spec.job, error, &outcome, rerun);
            let hint = outdated_hint(spec, error.code, &outcome).or(error.hint.as_deref());
            let hint = hint.unwrap_or(error.code.next_step());
            Failure { hint: Some(spec.address_fields(hint)), ..error }
        }),
        outcome,
        rerun,
        notifications: vec![],
    };
    job.redact();
    job
}
