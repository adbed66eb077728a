//! What a program writes, line by line.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::time::{Instant, timeout};

use super::lines::{Line, LineBuffer, Stream};
use super::tail::Tail;

/// How long to wait for more output of a program that has ended. Its own output is already in the pipes, but a
/// background process may keep them open forever.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(100);

/// How long to read after the end of a program at most. A background process may write all the time.
const DRAIN_DEADLINE: Duration = Duration::from_secs(1);

/// The most that is read after the end of a program, in bytes: more than a pipe holds.
const DRAIN_LIMIT: usize = 4 * 1024 * 1024;

/// How much is read at a time, in bytes.
const CHUNK: usize = 16 * 1024;

/// The output of a program. It must be read, or the program blocks once its pipes are full.
#[derive(Debug)]
pub struct Output {
    stdout: Reader<ChildStdout>,
    stderr: Reader<ChildStderr>,
    /// When to stop reading the output of a program that has ended; `None` before its end.
    deadline: Option<Instant>,
}

impl Output {
    pub(super) fn new(stdout: Option<ChildStdout>, stderr: Option<ChildStderr>) -> Self {
        Self { stdout: Reader::new(Stream::Out, stdout), stderr: Reader::new(Stream::Err, stderr), deadline: None }
    }

    /// Waits for the next line; `None` after both streams were closed, which a program may do long before it ends. The
    /// wait can be cancelled without a loss.
    pub async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.take_ready() {
                return Some(line);
            }
            tokio::select! {
                () = self.stdout.read(), if self.stdout.is_open() => {}
                () = self.stderr.read(), if self.stderr.is_open() => {}
                else => return None,
            }
        }
    }

    /// Returns the next line of a program that has ended; `None` when it wrote no more.
    pub async fn next_after_end(&mut self) -> Option<Line> {
        if self.stdout.drained.max(self.stderr.drained) > DRAIN_LIMIT {
            return None;
        }
        (self.stdout.is_draining, self.stderr.is_draining) = (true, true);
        let now = Instant::now();
        let deadline = *self.deadline.get_or_insert_with(|| now + DRAIN_DEADLINE);
        let rest = deadline.saturating_duration_since(now).min(DRAIN_TIMEOUT);
        // Nothing more is read after the deadline, but what was read is returned.
        let line =
            if rest.is_zero() { Err(self.take_ready()) } else { timeout(rest, self.next()).await.map_err(|_| None) };
        // A last line without an end is in a buffer while another process keeps the pipe open.
        line.unwrap_or_else(|ready| ready.or_else(|| self.stdout.finish()).or_else(|| self.stderr.finish()))
    }

    fn take_ready(&mut self) -> Option<Line> {
        self.stdout.ready.pop_front().or_else(|| self.stderr.ready.pop_front())
    }

    /// Returns the end of standard output as read so far.
    pub const fn stdout(&self) -> &Tail {
        &self.stdout.tail
    }

    /// Returns the end of standard error as read so far.
    pub const fn stderr(&self) -> &Tail {
        &self.stderr.tail
    }

    /// Returns the ends of standard output and standard error.
    pub fn into_tails(self) -> (Tail, Tail) {
        (self.stdout.tail, self.stderr.tail)
    }
}

/// Reads one stream.
#[derive(Debug)]
struct Reader<R> {
    stream: Stream,
    /// The pipe; `None` after it was closed.
    pipe: Option<R>,
    chunk: Vec<u8>,
    line: LineBuffer,
    /// Lines that were read and not yet returned: at most those of one chunk.
    ready: VecDeque<Line>,
    tail: Tail,
    is_draining: bool,
    /// The bytes that were read after the end of the program.
    drained: usize,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    fn new(stream: Stream, pipe: Option<R>) -> Self {
        Self {
            stream,
            pipe,
            chunk: vec![0; CHUNK],
            line: LineBuffer::default(),
            ready: VecDeque::new(),
            tail: Tail::default(),
            is_draining: false,
            drained: 0,
        }
    }

    const fn is_open(&self) -> bool {
        self.pipe.is_some()
    }

    /// Reads a chunk and splits it into lines. A read that is cancelled has read nothing.
    async fn read(&mut self) {
        let Some(pipe) = &mut self.pipe else { return };
        let count = pipe.read(&mut self.chunk).await.unwrap_or_default();
        if count == 0 {
            self.pipe = None;
            let last = self.finish();
            self.ready.extend(last);
            return;
        }
        if self.is_draining {
            self.drained += count;
        }
        let mut rest = &self.chunk[..count];
        self.tail.push(rest);
        while !rest.is_empty() {
            let (line, taken) = self.line.take(rest);
            self.ready.extend(line.map(|line| Line::new(self.stream, line)));
            rest = &rest[taken..];
        }
    }

    fn finish(&mut self) -> Option<Line> {
        self.line.finish().map(|line| Line::new(self.stream, line))
    }
}
