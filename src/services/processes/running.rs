//! All processes that a run has started.

use std::sync::Arc;

use tracing::Dispatch;

use super::config::{ProcessConfig, StartTime};
use super::failure::ProcessFailure;
use super::process::Process;
use super::registry::find_server;
use crate::registry::HostEnvironment;
use crate::services::ServicesConfig;
use crate::services::mlflow_client::MlflowClient;
use crate::services::process_context::ProcessContext;
use crate::services::teardown::Teardown;
use crate::shutdown::Signal;

/// The processes that a run has started, each once for all jobs that need an equal one.
#[derive(Default)]
pub(in crate::services) struct Processes(Vec<Started>);

struct Started {
    config: ProcessConfig,
    variables: Vec<(String, String)>,
    process: Process,
}

/// Why a process that a job needs cannot be used.
#[derive(Debug)]
pub(in crate::services) enum NotReady {
    Failed(Arc<ProcessFailure>),
    Interrupted(Signal),
}

impl Processes {
    /// Returns the process of a config once it is ready. It starts unless an equal one was started.
    pub(in crate::services) async fn start(
        &mut self,
        (services, config): (&ServicesConfig, &ProcessConfig),
        (log, teardown): (&Dispatch, &mut Teardown),
        context: &ProcessContext,
    ) -> Result<Process, NotReady> {
        let (variables, shutdown) = (variables(services, config, &context.environment), &context.shutdown);
        let equal = |started: &&Started| started.config == *config && started.variables == variables;
        let process = match (self.0.iter().find(equal), shutdown.requested()) {
            (Some(started), _) => started.process.clone(),
            // Nothing new starts after a signal.
            (None, Some(signal)) => return Err(NotReady::Interrupted(signal)),
            (None, None) => {
                let (process, stop) = Process::start(config, variables.clone(), log);
                teardown.push_process(&config.name, config.stop.grace(), log, stop);
                self.0.push(Started { config: config.clone(), variables, process: process.clone() });
                process
            }
        };
        tokio::select! {
            biased;
            ready = process.wait_until_ready() => ready.map_err(NotReady::Failed)?,
            signal = shutdown.wait() => return Err(NotReady::Interrupted(signal)),
        }
        Ok(process)
    }
}

/// Returns the variables that are added to the environment of a process: those of the `mlflow` service, unless the process
/// itself is its registry, and its own.
fn variables(
    services: &ServicesConfig,
    config: &ProcessConfig,
    environment: &HostEnvironment,
) -> Vec<(String, String)> {
    let mlflow = services.mlflow_of_processes();
    let is_server = find_server(std::slice::from_ref(config), mlflow.uri().expose()).is_some();
    let client = if is_server { MlflowClient::default() } else { MlflowClient::new(mlflow, environment) };
    client.variables(config.cwd.as_deref()).into_iter().chain(config.env.expose()).collect()
}

impl ServicesConfig {
    /// Returns the processes that a job uses, in the order in which they start: those of the beginning, those that it names,
    /// and the one that serves its registry.
    pub(in crate::services) fn processes_for<'s>(
        &'s self,
        needs: &'s [String],
    ) -> impl Iterator<Item = &'s ProcessConfig> + use<'s> {
        let server = self.registry_process();
        self.processes.iter().filter(move |process| {
            process.start == StartTime::Beginning
                || needs.contains(&process.name)
                || server.is_some_and(|server| server.name == process.name)
        })
    }

    /// Returns the process that serves the registry of the jobs.
    pub(crate) fn registry_process(&self) -> Option<&ProcessConfig> {
        if self.processes.is_empty() {
            return None;
        }
        find_server(&self.processes, self.mlflow.uri().expose())
    }

    /// Returns the first process that a job with these needs cannot do without: its registry, or one that it names.
    pub(crate) fn required_process(&self, needs: &[String]) -> Option<&ProcessConfig> {
        let named = || self.processes.iter().find(|process| needs.contains(&process.name));
        self.registry_process().or_else(named)
    }
}
