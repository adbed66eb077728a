//! Starting services: each once, in order, shared by all jobs that configure them equally.

use tracing::dispatcher::with_default;
use tracing::{Dispatch, debug};

use super::alerts::Alerts;
use super::error::StartError;
use super::host::Host;
use super::logger::Logger;
use super::mlflow::Mlflow;
use super::teardown::Teardown;
use super::{AlertsConfig, LoggerConfig, MlflowConfig, ServicesConfig};

/// The running services of one job. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Services {
    /// Where its events go.
    pub logger: Logger,
    /// Who is told how it ended.
    pub alerts: Alerts,
    /// What it works on.
    pub mlflow: Mlflow,
}

/// All services that a run has started so far.
pub struct Pool {
    host: Host,
    loggers: Vec<(LoggerConfig, Logger)>,
    alerts: Vec<(AlertsConfig, Alerts)>,
    mlflows: Vec<(MlflowConfig, Mlflow)>,
    teardown: Teardown,
}

impl Pool {
    /// Makes an empty pool.
    pub fn new(host: Host) -> Self {
        Self { host, loggers: vec![], alerts: vec![], mlflows: vec![], teardown: Teardown::default() }
    }

    /// Returns the services of a config: logger, then alerts, then mlflow, each started unless an equal one runs.
    ///
    /// # Errors
    /// When a service does not start. Those started before it run on until [`Pool::stop`].
    pub fn start(&mut self, config: &ServicesConfig) -> Result<Services, StartError> {
        let (logger, alerts) = self.start_alerts(config)?;
        let Self { host, mlflows, teardown, .. } = self;
        let log = logger.dispatch();
        let mlflow = shared(mlflows, &config.mlflow.connection(), |config| {
            let mlflow = with_default(log, || Mlflow::start(config, host))?;
            note("mlflow", log, teardown, async {});
            Ok(mlflow)
        })?;
        Ok(Services { logger, alerts, mlflow })
    }

    /// Returns what it takes to tell people of a job, also of one whose other services do not start.
    ///
    /// # Errors
    /// As [`Pool::start`].
    pub fn start_alerts(&mut self, config: &ServicesConfig) -> Result<(Logger, Alerts), StartError> {
        let Self { host, loggers, alerts, teardown, .. } = self;
        let logger = shared(loggers, &config.logger, |config| {
            let logger = Logger::start(config, host)?;
            note("logger", logger.dispatch(), teardown, logger.clone().stop(host.sinks.err.clone()));
            Ok(logger)
        })?;
        let log = logger.dispatch();
        let alerts = shared(alerts, &config.alerts, |config| {
            let alerts = Alerts::start(config, host);
            note("alerts", log, teardown, async {});
            Ok(alerts)
        })?;
        Ok((logger, alerts))
    }

    /// Stops everything that was started, in exact reverse order.
    pub async fn stop(self) {
        self.teardown.run().await;
    }
}

fn shared<C: Clone + PartialEq, S: Clone>(
    running: &mut Vec<(C, S)>,
    config: &C,
    start: impl FnOnce(&C) -> Result<S, StartError>,
) -> Result<S, StartError> {
    if let Some((_, service)) = running.iter().find(|(known, _)| known == config) {
        return Ok(service.clone());
    }
    let service = start(config)?;
    running.push((config.clone(), service.clone()));
    Ok(service)
}

fn note(
    service: &'static str,
    log: &Dispatch,
    teardown: &mut Teardown,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    with_default(log, || debug!(service, "started the service {service}"));
    teardown.push(service, log, stop);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretUri;
    use crate::services::{Level, LogFormat};
    use crate::sink::memory::Memory;

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
            let said = line.split("the service ").next()?.split_whitespace().last()?.to_owned();
            let service = line.split("the service ").nth(1)?.split_whitespace().next()?.to_owned();
            Some(format!("{said} {service}"))
        };
        text.lines().filter_map(words).collect()
    }

    #[tokio::test]
    async fn services_start_in_order_and_stop_in_exact_reverse() {
        let memory = Memory::default();
        let mut pool = Pool::new(Host::in_memory(&memory));
        assert!(pool.start(&config("http://127.0.0.1:1")).is_ok());
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
    async fn equal_services_are_shared_and_different_ones_start_beside_them() {
        let memory = Memory::default();
        let mut pool = Pool::new(Host::in_memory(&memory));
        for uri in ["http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:1"] {
            assert!(pool.start(&config(uri)).is_ok());
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
        let mut pool = Pool::new(Host::in_memory(&memory));
        let error = pool.start(&config("ftp://nowhere")).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with("the service mlflow did not start"), "{error}");
        pool.stop().await;
        assert_eq!(order(&memory), ["started logger", "started alerts", "stopping alerts", "stopping logger"]);
    }
}
