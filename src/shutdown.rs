//! SIGINT and SIGTERM as a value that can be watched.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::watch;

/// A signal that asks the program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGTERM: what `kill`, systemd, Docker and CI systems send.
    Terminate,
}

impl Signal {
    /// Returns the exit code that shells give to a program ended by this signal.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }

    /// Returns the name people know the signal by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }
}

/// How long the announcement of a signal waits for its answer to be written.
const MOMENT: Duration = Duration::from_millis(200);

/// What is done at once when the first signal comes.
pub type Answer = Box<dyn FnOnce(Signal) + Send>;

/// Tells whether the program was asked to end. Cheap to clone; every clone sees the same request.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<Option<Signal>>);

impl Shutdown {
    /// Listens for signals from now on: the first is answered, so that people see that it came, and announced to every
    /// watcher; a second ends the process at once.
    ///
    /// A thread of its own waits for them, so that a pipe that nobody reads cannot keep the second from being heard.
    ///
    /// # Errors
    /// When the operating system refuses a thread or a handler.
    pub fn listen(answer: Answer) -> io::Result<Self> {
        let (announce, watcher) = watch::channel(None);
        let (tell, told) = mpsc::channel();
        thread::Builder::new().name("signals".to_owned()).spawn(move || hear(answer, announce, &tell))?;
        told.recv().map_err(io::Error::other)??;
        Ok(Self(watcher))
    }

    /// Makes a pair of a watcher and the hand that asks it to end, for callers with signals of their own.
    pub fn manual() -> (watch::Sender<Option<Signal>>, Self) {
        let (announce, watcher) = watch::channel(None);
        (announce, Self(watcher))
    }

    /// Makes one that is never asked to end.
    pub fn never() -> Self {
        Self::manual().1
    }

    /// Returns the signal that asked to end, if one did.
    pub fn requested(&self) -> Option<Signal> {
        *self.0.borrow()
    }

    /// Waits until a signal asks to end; forever when none comes.
    pub async fn wait(&self) -> Signal {
        let mut watcher = self.0.clone();
        let asked = watcher.wait_for(Option::is_some).await.ok().and_then(|asked| *asked);
        match asked {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

/// Waits for signals until the process ends, and tells whether that is possible at all.
fn hear(answer: Answer, announce: watch::Sender<Option<Signal>>, tell: &mpsc::Sender<io::Result<()>>) {
    let installed = Builder::new_current_thread().enable_all().build().and_then(|runtime| {
        let _inside = runtime.enter();
        Signals::install().map(|signals| (runtime, signals))
    });
    let (runtime, mut signals) = match installed {
        Ok(installed) => installed,
        Err(error) => return drop(tell.send(Err(error))),
    };
    // Whoever waits for it is gone only when the process ends.
    let _ = tell.send(Ok(()));
    let first = runtime.block_on(signals.next());
    // People are to see that it came before all that follows from it, unless standard error waits for a reader, or there
    // is no thread to write to it.
    let (tell, answered) = mpsc::channel();
    let answer = move || {
        answer(first);
        let _ = tell.send(());
    };
    drop(thread::Builder::new().name("answer".to_owned()).spawn(answer));
    let _ = answered.recv_timeout(MOMENT);
    announce.send_replace(Some(first));
    end_at_once(runtime.block_on(signals.next()));
}

#[expect(clippy::exit, reason = "a second signal means: now, without waiting for anything")]
fn end_at_once(signal: Signal) -> ! {
    std::process::exit(signal.exit_code().into())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn install() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn install() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) -> Signal {
        self.0.recv().await;
        Signal::Interrupt
    }
}
