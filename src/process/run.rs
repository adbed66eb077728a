//! Runs one program. It never outlives the future that waits for it.

use std::ffi::OsString;
use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::FusedFuture as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};

use super::tail::Tail;
use crate::secret::redact_userinfo;

/// How long to read the pipes of a program after it ended. Its own output is already in them, but a background process
/// may keep them open forever.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(100);

/// How a program ended, and the end of what it wrote.
pub struct ProcessOutput {
    /// `None` where the program exceeded its limit and was killed.
    pub status: Option<ExitStatus>,
    pub stdout: Tail,
    pub stderr: Tail,
}

/// Runs a program with `input` on its standard input. It inherits the environment without this program's own secrets,
/// and gets `variables` in addition. When it takes longer than `limit`, or the future is dropped, the program is killed;
/// on Unix its children are too, unless they left its process group.
///
/// # Errors
/// When the program cannot be started or waited for.
pub async fn run(
    program: &str,
    args: &[String],
    variables: &[(&str, String)],
    input: &[u8],
    limit: Duration,
) -> io::Result<ProcessOutput> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    for (name, _) in std::env::vars_os().filter(|(name, value)| is_own_secret(name, value)) {
        command.env_remove(name);
    }
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn()?;
    let group = ProcessGroup::led_by(&child);
    let (mut stdout, mut stderr) = (Tail::default(), Tail::default());
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let status = {
        let mut transfer = pin!(
            async {
                tokio::join!(
                    write_input(pipes.0, input),
                    read_tail(pipes.1, &mut stdout),
                    read_tail(pipes.2, &mut stderr)
                )
            }
            .fuse()
        );
        let mut deadline = pin!(tokio::time::sleep(limit));
        let status = loop {
            tokio::select! {
                status = child.wait() => break Some(status?),
                () = &mut deadline => break None,
                _ = &mut transfer, if !transfer.is_terminated() => {}
            }
        };
        match status {
            Some(_) => group.release(),
            None => drop(group),
        }
        if !transfer.is_terminated() {
            let _still_open = tokio::time::timeout(DRAIN_TIMEOUT, transfer).await;
        }
        status
    };
    Ok(ProcessOutput { status, stdout, stderr })
}

impl ProcessOutput {
    /// Returns whether the program ended in time and with exit code 0.
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// Describes how the program ended.
    pub fn describe(&self) -> String {
        match self.status.map(|status| (status, status.code())) {
            Some((_, Some(code))) => format!("the program in `command` ended with exit code {code}"),
            Some((status, None)) => format!("the program in `command` was ended by {status}"),
            None => "the program in `command` took too long and was killed".to_owned(),
        }
    }
}

/// Describes why a program cannot be started, and what to do about it.
pub fn describe_spawn_error(error: &io::Error) -> String {
    let kind = error.kind();
    let why = match kind {
        io::ErrorKind::NotFound => "it was not found; install it, or write its whole path".to_owned(),
        io::ErrorKind::PermissionDenied => format!("{kind}; it must be a file that may be executed"),
        // The kind of other errors is too general.
        _ => error.to_string(),
    };
    format!("the program in `command` cannot be started: {why}")
}

/// Writes the input. A program may close the pipe without reading it.
async fn write_input(pipe: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut pipe) = pipe {
        let _unread = pipe.write_all(input).await;
    }
}

/// Reads everything, so that the program never blocks on a full pipe, and keeps the end.
async fn read_tail(pipe: Option<impl AsyncRead + Unpin>, tail: &mut Tail) {
    let Some(mut pipe) = pipe else { return };
    let mut chunk = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = pipe.read(&mut chunk).await {
        tail.push(&chunk[..count]);
    }
}

/// Returns whether a variable is a secret of this program: a part of its config, or a login to a registry.
fn is_own_secret(name: &OsString, value: &OsString) -> bool {
    let name = name.to_string_lossy().to_uppercase();
    let is_registry = name.starts_with("MLFLOW_") || name.starts_with("DATABRICKS_");
    let value = value.to_string_lossy();
    let holds_secret =
        || ["PASSWORD", "TOKEN", "SECRET"].iter().any(|word| name.ends_with(word)) || redact_userinfo(&value) != value;
    name.starts_with("RUNNER__") || is_registry && holds_secret()
}

/// The process group that a program leads. Dropping it kills the group.
#[cfg(unix)]
struct ProcessGroup(Option<rustix::process::Pid>);

#[cfg(unix)]
impl ProcessGroup {
    fn led_by(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(rustix::process::Pid::from_raw))
    }

    /// Releases a group whose leader has ended: its id may belong to another program by now.
    fn release(mut self) {
        self.0 = None;
    }
}

#[cfg(unix)]
impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            let _gone_already = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

/// On other systems tokio kills only the child itself.
#[cfg(not(unix))]
struct ProcessGroup;

#[cfg(not(unix))]
impl ProcessGroup {
    fn led_by(_: &Child) -> Self {
        Self
    }

    fn release(self) {}
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::secret::Secrets;

    const LONG: Duration = Duration::from_secs(60);

    async fn sh(script: &str, input: &[u8]) -> ProcessOutput {
        run("sh", &["-c".to_owned(), script.to_owned()], &[("GIVEN", "given".to_owned())], input, LONG).await.unwrap()
    }

    #[tokio::test]
    async fn a_program_reads_its_input_and_ends_with_its_status() {
        let ended = sh("cat; echo $GIVEN; echo oops >&2; exit 7", b"hello\n").await;
        assert_eq!(ended.status.and_then(|status| status.code()), Some(7));
        assert_eq!(
            (ended.stdout.lines(&Secrets::default()).to_string(), ended.stderr.lines(&Secrets::default()).to_string()),
            ("hello | given".to_owned(), "oops".to_owned())
        );
    }

    #[tokio::test]
    async fn unread_input_and_endless_output_do_not_block_a_program() {
        let input = vec![b'x'; 4_000_000];
        let ended = sh("exec <&-; head -c 9000000 /dev/zero | tr '\\0' 'y'; echo; echo last", &input).await;
        assert!(ended.is_success());
        assert!(
            ended.stdout.lines(&Secrets::default()).to_string().ends_with("last"),
            "{}",
            ended.stdout.lines(&Secrets::default()).to_string()
        );
        assert!(ended.stdout.lines(&Secrets::default()).to_string().len() < 1000);
    }

    #[tokio::test]
    async fn a_background_child_is_not_awaited_and_survives() {
        let ended = sh("sleep 300 & echo $!", b"").await;
        let child = ended.stdout.lines(&Secrets::default()).to_string();
        assert!(ended.is_success());
        assert!(is_alive(&child));
        std::process::Command::new("kill").arg(&child).status().unwrap();
    }

    #[tokio::test]
    async fn a_program_is_killed_with_its_children_when_the_future_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("started");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let script = format!("trap '' TERM; sleep 300 & echo $$ $! > {}; wait", fifo.display());
        let started = tokio::task::spawn_blocking(move || std::fs::read_to_string(fifo).unwrap());
        let pids = tokio::select! {
            _ = sh(&script, b"") => unreachable!("it waits for its child"),
            pids = started => pids.unwrap(),
        };
        let pids: Vec<&str> = pids.split_whitespace().collect();
        assert_eq!(pids.len(), 2);
        for pid in pids {
            // The signal was sent, but the system may take a while to deliver it.
            let sent = std::time::Instant::now();
            while is_alive(pid) {
                assert!(sent.elapsed().as_secs() < 30, "{pid} still runs");
            }
        }
    }

    #[tokio::test]
    async fn a_program_that_exceeds_its_limit_is_killed_with_its_children_and_its_output_is_kept() {
        let script = "trap '' TERM; sleep 300 & echo $$ $!; wait; echo over";
        let args = ["-c".to_owned(), script.to_owned()];
        let ended = run("sh", &args, &[], b"", Duration::from_secs(2)).await.unwrap();
        assert!(ended.status.is_none() && ended.describe().ends_with("took too long and was killed"));
        let words = ended.stdout.lines(&Secrets::default()).to_string();
        let pids: Vec<&str> = words.split_whitespace().collect();
        assert_eq!(pids.len(), 2, "{words}");
        for pid in pids {
            let sent = std::time::Instant::now();
            while is_alive(pid) {
                assert!(sent.elapsed().as_secs() < 30, "{pid} still runs");
            }
        }
    }

    /// Returns whether a process runs. A zombie does not.
    fn is_alive(pid: &str) -> bool {
        let ps = std::process::Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
        let state = String::from_utf8_lossy(&ps.stdout).trim().to_owned();
        !state.is_empty() && !state.starts_with('Z')
    }

    #[test]
    fn a_program_does_not_inherit_secrets_of_this_program() {
        let cases = [
            ("RUNNER__SERVICES__ALERTS__APP_NAME", "x", true),
            ("runner__job__alias", "x", true),
            ("MLFLOW_TRACKING_PASSWORD", "x", true),
            ("MLFLOW_TRACKING_TOKEN", "x", true),
            ("DATABRICKS_TOKEN", "x", true),
            ("DATABRICKS_CLIENT_SECRET", "x", true),
            ("MLFLOW_TRACKING_URI", "http://me:pw@host", true),
            ("MLFLOW_TRACKING_URI", "http://host", false),
            ("RUNNER_OS", "x", false),
            ("SLACK_TOKEN", "x", false),
            ("HTTPS_PROXY", "http://me:pw@proxy", false),
            ("PATH", "/bin", false),
        ];
        for (name, value, secret) in cases {
            assert_eq!(is_own_secret(&name.into(), &value.into()), secret, "{name}");
        }
    }
}
