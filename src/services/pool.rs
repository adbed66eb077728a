//! The pool: starts each service once, in order, and shares it among all jobs with an equal config.

use std::io;
use std::sync::Arc;

use futures_util::future::select_all;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, debug};

use super::ServicesConfig;
use super::alerts::{Alerts, AlertsConfig};
use super::logger::{Logger, LoggerConfig};
use super::mlflow::MlflowConfig;
use super::process_context::ProcessContext;
use super::processes::{NotReady, Process, ProcessFailure, Processes};
use super::teardown::Teardown;
use crate::outcome::{Code, Failure};
use crate::registry::{self, Registry};
use crate::shutdown::Signal;

/// The running services of one job. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Services {
    /// Writes the job's log lines.
    pub logger: Logger,
    /// Sends messages about how the job ended.
    pub alerts: Alerts,
    /// The registry that the job works on. Clones share connections.
    pub registry: Registry,
    /// The processes that the job uses.
    processes: Vec<Process>,
}

impl Services {
    /// Returns whether the job uses processes.
    pub const fn has_processes(&self) -> bool {
        !self.processes.is_empty()
    }

    /// Waits until a process of the job cannot be used any more; forever if that does not happen.
    pub async fn wait_for_process_failure(&self) -> Arc<ProcessFailure> {
        if self.processes.is_empty() {
            return std::future::pending().await;
        }
        let failures = self.processes.iter().map(|process| Box::pin(process.wait_for_failure()));
        select_all(failures).await.0
    }
}

/// All services that a run has started so far.
pub struct Pool {
    context: ProcessContext,
    loggers: Vec<(LoggerConfig, Logger)>,
    alerts: Vec<(AlertsConfig, Alerts)>,
    processes: Processes,
    registries: Vec<(MlflowConfig, Registry)>,
    teardown: Teardown,
}

impl Pool {
    /// Creates an empty pool.
    pub fn new(context: ProcessContext) -> Self {
        Self {
            context,
            loggers: vec![],
            alerts: vec![],
            processes: Processes::default(),
            registries: vec![],
            teardown: Teardown::default(),
        }
    }

    /// Returns the services of a job: those of [`Pool::start`], and before `mlflow` the processes that it uses. `needs` has
    /// the names of those that start on demand.
    ///
    /// # Errors
    /// When a service does not start, or a process is not ready in time. Those started before it keep running until
    /// [`Pool::stop`].
    pub async fn start_for_job(&mut self, config: &ServicesConfig, needs: &[String]) -> Result<Services, StartError> {
        let (logger, _) = self.start_alerts(config).await?;
        let mut processes = vec![];
        for process in config.processes_for(needs) {
            let Self { context, processes: started, teardown, .. } = self;
            let ready = started.start((config, process), (logger.dispatch(), teardown), context).await;
            processes.push(ready?);
        }
        let services = self.start(config).await?;
        Ok(Services { processes, ..services })
    }

    /// Returns the services of a config without its processes: logger, then alerts, then mlflow. A service starts unless one
    /// with an equal config is running.
    ///
    /// # Errors
    /// When a service does not start. Those started before it keep running until [`Pool::stop`].
    pub async fn start(&mut self, config: &ServicesConfig) -> Result<Services, StartError> {
        let (logger, alerts) = self.start_alerts(config).await?;
        let Self { context, registries, teardown, .. } = self;
        let log = logger.dispatch();
        let connection = config.mlflow.connection();
        let registry = share(registries, &connection, async |config| {
            let registry = with_default(log, || config.open(context))?;
            register_stop(teardown, "mlflow", log, async {});
            Ok(registry)
        });
        let registry = registry.await?;
        Ok(Services { logger, alerts, registry, processes: vec![] })
    }

    /// Returns only the services that send notifications, which may start even if the registry cannot be opened.
    ///
    /// # Errors
    /// As [`Pool::start`].
    pub async fn start_alerts(&mut self, config: &ServicesConfig) -> Result<(Logger, Alerts), StartError> {
        let Self { context, loggers, alerts, teardown, .. } = self;
        let logger = share(loggers, &config.logger, async |config| {
            let logger = Logger::start(config, context)
                .map_err(|source| StartError::LogFile { path: config.sink.clone(), source })?;
            register_stop(teardown, "logger", logger.dispatch(), logger.clone().stop(context.streams.err.clone()));
            Ok(logger)
        });
        let logger = logger.await?;
        let log = logger.dispatch();
        let alerts = share(alerts, &config.alerts, async |config| {
            let alerts = Alerts::start(config, context);
            register_stop(teardown, "alerts", log, async {});
            Ok(alerts)
        });
        let alerts = alerts.await?;
        Ok((logger, alerts))
    }

    /// Stops everything that was started, in exact reverse order.
    pub async fn stop(self) {
        self.teardown.run().await;
    }
}

/// Returns the running service with an equal config, or starts one.
async fn share<C: Clone + PartialEq, S: Clone>(
    running: &mut Vec<(C, S)>,
    config: &C,
    start: impl AsyncFnOnce(&C) -> Result<S, StartError>,
) -> Result<S, StartError> {
    if let Some((_, service)) = running.iter().find(|(known, _)| known == config) {
        return Ok(service.clone());
    }
    let service = start(config).await?;
    running.push((config.clone(), service.clone()));
    Ok(service)
}

/// Logs the start of a service, and registers how it is stopped.
fn register_stop(
    teardown: &mut Teardown,
    service: &'static str,
    log: &Dispatch,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    with_default(log, || debug!(service, "started the service {service}"));
    teardown.push(service, log, stop);
}

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The log file cannot be opened.
    #[error("the service logger did not start: the log file {path} cannot be opened: {source}")]
    LogFile {
        /// Its path, as in the config.
        path: String,
        /// The reason.
        source: io::Error,
    },
    /// The registry's address or its options cannot be used.
    #[error("the service mlflow did not start: {0}")]
    Mlflow(#[from] registry::Error),
    /// A process cannot be used.
    #[error("{0}")]
    Process(Arc<ProcessFailure>),
    /// A signal arrived before the services were ready.
    #[error("interrupted by {}", .0.name())]
    Interrupted(Signal),
    /// The start panicked.
    #[error("the start of the services ended in a defect of this program")]
    Panicked,
}

impl From<NotReady> for StartError {
    fn from(error: NotReady) -> Self {
        match error {
            NotReady::Failed(failure) => Self::Process(failure),
            NotReady::Interrupted(signal) => Self::Interrupted(signal),
        }
    }
}

impl From<&StartError> for Failure {
    fn from(error: &StartError) -> Self {
        let hint = match error {
            StartError::LogFile { .. } => {
                Some("make its folder, or set `services.logger.sink` to `stderr` or another path".to_owned())
            }
            StartError::Mlflow(error) => Self::from(error).hint,
            StartError::Process(failure) => return (&**failure).into(),
            StartError::Interrupted(_) => return Self::usual(Code::Interrupted, error),
            StartError::Panicked => return Self::usual(Code::Panicked, error),
        };
        Self { code: Code::ServiceFailed, message: error.to_string(), hint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretUri;
    use crate::services::{Level, LogFormat};
    use crate::writer::memory::Memory;

    fn config(uri: &str) -> ServicesConfig {
        let mut config = ServicesConfig::default();
        config.logger.level = Level::Debug;
        config.logger.format = LogFormat::Compact;
        config.mlflow.tracking_uri = Some(SecretUri::new(uri));
        config
    }

    fn order(memory: &Memory) -> Vec<String> {
        let text = memory.text();
        let words = |line: &str| {
            let verb = line.split("the service ").next()?.split_whitespace().last()?.to_owned();
            let service = line.split("the service ").nth(1)?.split_whitespace().next()?.to_owned();
            Some(format!("{verb} {service}"))
        };
        text.lines().filter_map(words).collect()
    }

    #[tokio::test]
    async fn services_start_in_order_and_stop_in_exact_reverse() {
        let memory = Memory::default();
        let mut pool = Pool::new(ProcessContext::in_memory(&memory));
        assert!(pool.start(&config("http://127.0.0.1:1")).await.is_ok());
        pool.stop().await;
        let expected = [
            "started logger",
            "started alerts",
            "started mlflow",
            "stopping mlflow",
            "stopping alerts",
            "stopping logger",
        ];
        assert_eq!(order(&memory), expected);
    }

    #[tokio::test]
    async fn equal_services_are_shared_and_different_ones_started() {
        let memory = Memory::default();
        let mut pool = Pool::new(ProcessContext::in_memory(&memory));
        for uri in ["http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:1"] {
            assert!(pool.start(&config(uri)).await.is_ok());
        }
        pool.stop().await;
        let expected = [
            "started logger",
            "started alerts",
            "started mlflow",
            "started mlflow",
            "stopping mlflow",
            "stopping mlflow",
            "stopping alerts",
            "stopping logger",
        ];
        assert_eq!(order(&memory), expected);
    }

    #[tokio::test]
    async fn teardown_runs_in_reverse_after_a_failed_start() {
        let memory = Memory::default();
        let mut pool = Pool::new(ProcessContext::in_memory(&memory));
        let error = pool.start(&config("ftp://nowhere")).await.err().unwrap().to_string();
        assert!(error.starts_with("the service mlflow did not start"), "{error}");
        pool.stop().await;
        assert_eq!(order(&memory), ["started logger", "started alerts", "stopping alerts", "stopping logger"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_run_that_ends_without_a_teardown_kills_its_processes() {
        let memory = Memory::default();
        let mut config = config("sqlite:///mlflow.db");
        let script = "trap '' TERM; sleep 300 & echo $$ $!; wait";
        let ready = serde_json::json!({ "log": "^[0-9]+ [0-9]+$" });
        let process = serde_json::json!({ "name": "web", "command": ["sh", "-c", script], "ready": ready });
        config.processes = vec![serde_json::from_value(process).unwrap()];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut pool = Pool::new(ProcessContext::in_memory(&memory));
        assert!(runtime.block_on(pool.start_for_job(&config, &[])).is_ok());
        // A panic unwinds through both.
        drop(pool);
        drop(runtime);
        let text = memory.text();
        let pids: Vec<&str> = text.split_once("DEBUG web: ").unwrap().1.split(' ').take(2).collect();
        for pid in pids {
            let is_alive = || {
                let ps = std::process::Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
                let state = String::from_utf8_lossy(&ps.stdout).trim().to_owned();
                !state.is_empty() && !state.starts_with('Z')
            };
            let began = std::time::Instant::now();
            while is_alive() {
                assert!(began.elapsed().as_secs() < 30, "{pid} still runs");
            }
        }
    }
}
