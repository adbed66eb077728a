//! Runs one program to its end. It never outlives the future that waits for it.

use std::io;
use std::pin::pin;
use std::process::ExitStatus;
use std::time::Duration;

use super::program::Program;
use super::spawn_error::SpawnError;
use super::tail::Tail;

/// How a program ended, and the end of what it wrote.
pub struct ProcessOutput {
    /// `None` where the program exceeded its limit and was killed.
    pub status: Option<ExitStatus>,
    pub stdout: Tail,
    pub stderr: Tail,
}

/// Runs a program with `input` on its standard input. It inherits the environment without this program's own secrets,
/// and gets `variables` in addition. When it takes longer than `limit`, or the future is dropped, the program is killed;
/// on Unix its children are too. Children of a program that ends in time run on.
///
/// # Errors
/// When the program cannot be started or waited for.
pub async fn run(
    program: &str,
    args: &[String],
    variables: &[(&str, String)],
    input: &[u8],
    limit: Duration,
) -> Result<ProcessOutput, SpawnError> {
    let variables = variables.iter().map(|(name, value)| (*name, value.clone()));
    let program = Program::new(program, args).with_variables(variables).with_input(input.to_vec());
    follow(program, limit, Children::RunOn).await
}

/// Runs a program with nothing on its standard input, as [`run`] does, and kills the children that it leaves behind.
///
/// # Errors
/// When the program cannot be started or waited for.
pub async fn run_with_children(program: Program, limit: Duration) -> Result<ProcessOutput, SpawnError> {
    follow(program, limit, Children::AreKilled).await
}

/// What becomes of the children of a program that has ended in time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Children {
    RunOn,
    AreKilled,
}

async fn follow(program: Program, limit: Duration, children: Children) -> Result<ProcessOutput, SpawnError> {
    let (mut running, mut output) = program.spawn()?;
    let mut deadline = pin!(tokio::time::sleep(limit));
    let mut is_open = true;
    let status: Option<io::Result<ExitStatus>> = loop {
        tokio::select! {
            status = running.wait() => break Some(status),
            () = &mut deadline => break None,
            line = output.next(), if is_open => is_open = line.is_some(),
        }
    };
    match (&status, children) {
        (Some(_), Children::RunOn) => running.release(),
        _ => running.kill().await,
    }
    while output.next_after_end().await.is_some() {}
    let (stdout, stderr) = output.into_tails();
    Ok(ProcessOutput { status: status.transpose().map_err(SpawnError::Other)?, stdout, stderr })
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
    async fn the_output_of_a_background_child_that_never_stops_is_not_awaited() {
        let ended = sh("(while :; do echo more; sleep 0.02; done) &", b"");
        let ended = tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap();
        assert!(ended.is_success() && ended.stdout.lines(&Secrets::default()).to_string().ends_with("more"));
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
}
