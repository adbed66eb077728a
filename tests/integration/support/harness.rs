//! Runs the program like a user, and formats a whole run as one text.

use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use regex::Regex;
use runner::jobs::Job;
use tempfile::TempDir;

/// The timeout of a run.
const DEADLINE: Duration = Duration::from_secs(60);

/// The program in its own folder, with an isolated environment.
pub(crate) struct Runner {
    program: PathBuf,
    dir: TempDir,
    args: Vec<String>,
    env: Vec<(String, String)>,
    stdin: String,
    deadline: Duration,
}

impl Runner {
    /// Creates a folder to run in.
    pub(crate) fn new() -> Self {
        Self::with_program(env!("CARGO_BIN_EXE_runner"))
    }

    /// Creates a folder to run in, without root's right to write everywhere.
    #[cfg(unix)]
    pub(crate) fn without_rights() -> Self {
        let rights = ["--bounding-set", "-dac_override,-dac_read_search", env!("CARGO_BIN_EXE_runner")];
        if rustix::process::geteuid().is_root() { Self::with_program("setpriv").args(rights) } else { Self::new() }
    }

    /// Creates a folder for another program, which may run this one.
    pub(crate) fn with_program(program: impl Into<PathBuf>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { program: program.into(), dir, args: vec![], env: vec![], stdin: String::new(), deadline: DEADLINE }
    }

    /// Returns the folder it runs in.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file below the folder.
    pub(crate) fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.dir().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub(crate) fn args<'a>(self, args: impl IntoIterator<Item = &'a str>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the timeout of a run, for one that waits for real servers.
    pub(crate) fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Sets standard input; empty by default.
    pub(crate) fn stdin(self, text: impl Into<String>) -> Self {
        Self { stdin: text.into(), ..self }
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self) -> Output {
        self.spawn().finish()
    }

    /// Runs the program to its end, with more arguments in this run only.
    pub(crate) fn run_with(&self, more: &[&str]) -> Output {
        self.start(more, Stdio::piped(), None).finish()
    }

    /// Starts the program.
    pub(crate) fn spawn(&self) -> Running {
        self.start(&[], Stdio::piped(), None)
    }

    /// Starts the program, with more arguments in this run only.
    pub(crate) fn spawn_with(&self, more: &[&str]) -> Running {
        self.start(more, Stdio::piped(), None)
    }

    /// Starts the program with a given standard output; the harness reads it only if it is a pipe.
    pub(crate) fn spawn_to(&self, stdout: Stdio) -> Running {
        self.start(&[], stdout, None)
    }

    /// Runs the program to its end in a shell with a prelude, such as a limit, and redirections.
    #[cfg(target_os = "linux")]
    pub(crate) fn run_in_shell(&self, before: &str, redirects: &str) -> Output {
        let script = format!("{before} exec \"$0\" \"$@\" {redirects}");
        let mut args = vec!["-c".to_owned(), script, self.program.display().to_string()];
        args.extend_from_slice(&self.args);
        self.start_program(Path::new("sh"), &args, Stdio::piped(), (Stdio::piped(), None)).finish()
    }

    /// Starts the program with a terminal of 80 columns as its standard error.
    #[cfg(unix)]
    pub(crate) fn spawn_in_terminal(&self) -> Running {
        let (terminal, screen) = super::terminal::open(80);
        self.start(&[], Stdio::piped(), Some((terminal.into(), lines(screen))))
    }

    /// Starts the program with a terminal of 100 columns as standard output and standard error, which end up in
    /// [`Output::stderr`] in the order in which they were written.
    #[cfg(unix)]
    pub(crate) fn spawn_on_screen(&self) -> Running {
        let (terminal, screen) = super::terminal::open(100);
        let stdout = terminal.try_clone().unwrap();
        self.start(&[], stdout.into(), Some((terminal.into(), lines(screen))))
    }

    /// Returns the shell command that runs the program: environment variables, name and arguments.
    #[cfg(unix)]
    pub(crate) fn command_line(&self) -> String {
        let variables = self.env.iter().map(|(name, value)| format!("{name}={} ", super::terminal::quoted(value)));
        let arguments = self.args.iter().map(|arg| format!(" {}", super::terminal::quoted(arg)));
        variables.chain(["runner".to_owned()]).chain(arguments).collect()
    }

    fn start(&self, more: &[&str], stdout: Stdio, terminal: Option<(Stdio, Receiver<String>)>) -> Running {
        let (stderr, screen) = terminal.map_or((Stdio::piped(), None), |(stderr, screen)| (stderr, Some(screen)));
        let args: Vec<String> = self.args.iter().cloned().chain(more.iter().map(|arg| (*arg).to_owned())).collect();
        self.start_program(&self.program, &args, stdout, (stderr, screen))
    }

    fn start_program(
        &self,
        program: &Path,
        args: &[String],
        stdout: Stdio,
        (stderr, screen): (Stdio, Option<Receiver<String>>),
    ) -> Running {
        let mut command = Command::new(program);
        command.current_dir(self.dir()).args(args).env_clear().env("HOME", self.dir());
        // Without SystemRoot nothing can open a socket on Windows.
        for kept in ["PATH", "SystemRoot"] {
            command.envs(std::env::var_os(kept).map(|value| (kept, value)));
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        let mut child = command.stdin(Stdio::piped()).stdout(stdout).stderr(stderr).spawn().unwrap();
        let (mut input, text) = (child.stdin.take().unwrap(), self.stdin.clone());
        // A program may close the pipe without reading its input.
        thread::spawn(move || input.write_all(text.as_bytes()).ok());
        Running {
            stdout: child.stdout.take().map_or_else(|| lines(io::empty()), lines),
            stderr: screen.unwrap_or_else(|| lines(child.stderr.take().unwrap())),
            child,
            said: String::new(),
            started: Instant::now(),
            deadline: self.deadline,
            dir: self.dir().to_owned(),
        }
    }
}

/// The program while it runs.
pub(crate) struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    said: String,
    started: Instant,
    deadline: Duration,
    dir: PathBuf,
}

impl Running {
    /// Waits until a line of standard error contains a text.
    pub(crate) fn wait_for_line(&mut self, text: &str) {
        loop {
            let line = match self.stderr.recv_timeout(self.remaining()) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without saying {text:?}:\n{}", self.said),
                Err(RecvTimeoutError::Timeout) => self.fail_hung(),
            };
            self.said += &line;
            if line.contains(text) {
                return;
            }
        }
    }

    /// Sends a signal, such as `INT` or `TERM`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success(), "no {name} to {pid}");
    }

    /// Waits for the end.
    pub(crate) fn finish(mut self) -> Output {
        let mut stdout = String::new();
        loop {
            match self.stdout.recv_timeout(self.remaining()) {
                Ok(line) => stdout += &line,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.fail_hung(),
            }
        }
        loop {
            match self.stderr.recv_timeout(self.remaining()) {
                Ok(line) => self.said += &line,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.fail_hung(),
            }
        }
        let status = self.child.wait().unwrap();
        Output { code: code(status), stdout, stderr: self.said, dir: self.dir }
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_sub(self.started.elapsed())
    }

    fn fail_hung(&mut self) -> ! {
        self.child.kill().ok();
        panic!("it hangs; so far it said:\n{}", self.said)
    }
}

/// The output of a run.
#[derive(Debug)]
pub(crate) struct Output {
    /// The exit code; 128 and the signal where one ended it.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    dir: PathBuf,
}

impl Output {
    /// Returns the normalized run as one text, without log lines of the level INFO.
    pub(crate) fn snapshot(&self) -> String {
        let text = self.snapshot_with_log();
        let (before, stderr) = text.split_once("--- stderr\n").unwrap();
        let is_info = |line: &str| line.trim_start_matches("[TIME] ").trim_start().starts_with("INFO ");
        let stderr: String = stderr.split_inclusive('\n').filter(|line| !is_info(line)).collect();
        format!("{before}--- stderr\n{stderr}")
    }

    /// Returns the run as one text with all log lines, for tests of what is logged.
    pub(crate) fn snapshot_with_log(&self) -> String {
        redacted(&self.to_string(), &self.dir)
    }

    /// Asserts that a line of standard error contains a text.
    #[track_caller]
    pub(crate) fn assert_logged(&self, text: &str) {
        assert!(self.stderr.lines().any(|line| line.contains(text)), "no line says {text:?}:\n{self}");
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit: {}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// Replaces the list of all kinds of jobs, so that a new kind changes no snapshot.
pub(crate) fn without_kinds(text: &str) -> String {
    let (last, others) = Job::KINDS.split_last().unwrap();
    text.replace(&format!("`{}` or `{last}`", others.join("`, `")), "[KINDS]")
}

/// Replaces folder, ports, times, durations and the list of all kinds of jobs.
pub(crate) fn redacted(text: &str, dir: &Path) -> String {
    let mut text = without_kinds(text);
    for dir in [Some(dir.to_owned()), dir.canonicalize().ok()].into_iter().flatten() {
        text = text.replace(&*dir.to_string_lossy(), "[DIR]");
    }
    for (pattern, shown) in [
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", "[TIME]"),
        (r#"("?\bseconds"?[:=] ?)\d+(\.\d+)?([eE]-?\d+)?"#, "${1}[SECONDS]"),
        (r"\b\d+\.\d+( m?s)\b", "[SECONDS]${1}"),
    ] {
        text = Regex::new(pattern).unwrap().replace_all(&text, shown).into_owned();
    }
    text
}

/// Reads lines as they arrive, with invalid UTF-8 replaced.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = vec![];
            let at_end = !matches!(reader.read_until(b'\n', &mut line), Ok(1..));
            if at_end || sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                break;
            }
        }
    });
    receiver
}

#[cfg(unix)]
fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

#[cfg(not(unix))]
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Runner {
        Runner::with_program("/bin/sh").args(["-c", script])
    }

    #[test]
    fn a_snapshot_normalizes_a_whole_run() {
        let script = r#"cat; cat a/b.txt; echo "$(pwd) $GREETING" >&2; echo '"seconds": 0.0123, took 0.5 s of 120 s' >&2
            echo '2026-11-23T14:53:42.123Z http://127.0.0.1:4711/x' >&2; exit 3"#;
        let run = sh(script).file("a/b.txt", "file\n").env("GREETING", "hello").stdin("input\n").run();
        assert_eq!((run.code, run.stdout.as_str()), (3, "input\nfile\n"));
        insta::assert_snapshot!(run.snapshot(), @r#"
        exit: 3
        --- stdout
        input
        file
        --- stderr
        [DIR] hello
        "seconds": [SECONDS], took [SECONDS] s of 120 s
        [TIME] http://127.0.0.1:[PORT]/x
        "#);
    }

    #[test]
    fn the_program_does_not_inherit_the_environment_of_the_machine() {
        let seen = sh("env").run().stdout;
        let mut names: Vec<&str> = seen.lines().filter_map(|line| line.split('=').next()).collect();
        names.retain(|name| !["PWD", "SHLVL", "_", "OLDPWD"].contains(name));
        names.sort_unstable();
        assert_eq!(names, ["HOME", "PATH"]);
    }

    #[test]
    fn a_signal_is_sent_after_a_line_was_printed() {
        let mut running =
            sh("trap 'echo caught; exit 7' TERM; echo ready >&2; while :; do read -r _ || :; done").spawn();
        running.wait_for_line("ready");
        running.signal("TERM");
        let output = running.finish();
        assert_eq!((output.code, output.stdout.as_str()), (7, "caught\n"));
    }

    #[test]
    fn the_harness_runs_the_program() {
        assert!(Runner::new().run().code >= 0);
    }
}
