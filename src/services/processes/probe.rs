//! Finds out whether a process can be used.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;

use super::ready::{ReadyCheck, ReadyConfig};
use crate::http::{Tls, TransportError, direct_client};
use crate::process::{CommandLine, Program, run_with_children};
use crate::secret::{SecretUri, Secrets};

/// The longest time that one check may take, unless the check is a program.
const CHECK_LIMIT: Duration = Duration::from_secs(10);

/// How long to wait for a connection to an address that should be free.
const TAKEN_LIMIT: Duration = Duration::from_millis(500);

/// The result of the last check that failed.
#[derive(Debug, Default)]
pub(super) struct LastCheck(Mutex<String>);

impl LastCheck {
    pub(super) fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, problem: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }
}

/// Checks until the process is ready. The lines of the output are checked elsewhere.
///
/// A check that is a program has the folder and the variables of the process.
pub(super) async fn wait_until_ready(
    ready: &ReadyConfig,
    (folder, variables): (&Option<PathBuf>, &[(String, String)]),
    last: &LastCheck,
) {
    loop {
        let checked = match &ready.check {
            ReadyCheck::Http { url, status } => ask(url, *status).await,
            ReadyCheck::Tcp(address) => connect(address, CHECK_LIMIT).await,
            ReadyCheck::Command(command) => run(command, (folder, variables), ready.timeout).await,
            ReadyCheck::Log(_) => {
                last.set("no line of its output matched `ready.log`".to_owned());
                std::future::pending().await
            }
        };
        match checked {
            Ok(()) => return,
            Err(problem) => last.set(problem),
        }
        tokio::time::sleep(ready.interval).await;
    }
}

/// Returns the address that the process will listen at, if another program listens there. That program would be taken for
/// the process.
pub(super) async fn taken_address(ready: &ReadyConfig) -> Option<String> {
    let address = ready.address()?;
    connect(&address, TAKEN_LIMIT).await.ok().map(|()| address)
}

async fn ask(url: &SecretUri, expected: Option<u16>) -> Result<(), String> {
    let is_https = url.expose().starts_with("https");
    let client = direct_client(&Tls::Public, is_https)?;
    let response = client.get(url.expose()).timeout(CHECK_LIMIT).send().await;
    let status = response.map_err(|error| format!("{url}: {}", TransportError::new(&error, CHECK_LIMIT)))?.status();
    let is_expected = expected.map_or(status.is_success(), |expected| status.as_u16() == expected);
    if is_expected { Ok(()) } else { Err(format!("{url} answered with status {}", status.as_u16())) }
}

async fn connect(address: &str, limit: Duration) -> Result<(), String> {
    match tokio::time::timeout(limit, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(format!("no connection to {address}: {}", error.kind())),
        Err(_) => Err(format!("no connection to {address}")),
    }
}

async fn run(
    command: &CommandLine,
    (folder, variables): (&Option<PathBuf>, &[(String, String)]),
    limit: Duration,
) -> Result<(), String> {
    let program = Program::new(command.program(), command.args())
        .in_folder(folder.clone())
        .with_variables(variables.iter().cloned());
    let output = run_with_children(program, limit)
        .await
        .map_err(|error| format!("the program in `ready.command` cannot be started: {error}"))?;
    if output.is_success() {
        return Ok(());
    }
    let line = output.stderr.last_line(&Secrets::default());
    let said = if line.is_blank() { String::new() } else { format!(": {line}") };
    let code = output.status.and_then(|status| status.code());
    let end = code.map_or_else(|| "did not end well".to_owned(), |code| format!("ended with exit code {code}"));
    Err(format!("the program in `ready.command` {end}{said}"))
}
