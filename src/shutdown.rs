//! The signals that ask the program to end, as a value that tasks can watch.

use std::io;
use std::sync::{Mutex, PoisonError, mpsc};
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
    /// SIGHUP: the terminal was closed.
    Hangup,
    /// SIGQUIT: Ctrl-\\.
    Quit,
}

impl Signal {
    /// Returns the exit code that shells give to a program ended by this signal.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
            Self::Hangup => 129,
            Self::Quit => 131,
        }
    }

    /// Returns the usual name of the signal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::Hangup => "SIGHUP",
            Self::Quit => "SIGQUIT",
        }
    }
}

/// The time limit for the signal handler before the effects of the signal begin.
const HANDLER_LIMIT: Duration = Duration::from_millis(200);

/// What a second signal must do before it ends the process, because nothing else is cleaned up then.
static BEFORE_ABRUPT_END: Mutex<Vec<fn()>> = Mutex::new(Vec::new());

/// Registers a function that is called before a second signal ends the process. It must not wait for anything.
pub fn before_abrupt_end(hook: fn()) {
    BEFORE_ABRUPT_END.lock().unwrap_or_else(PoisonError::into_inner).push(hook);
}

/// Called once, when the first signal arrives.
pub type SignalHandler = Box<dyn FnOnce(Signal) + Send>;

/// A watch on the signals that ask the program to end. Cheap to clone; every clone sees the same signal.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// The signal, as soon as it arrives.
    received: watch::Receiver<Option<Signal>>,
    /// The signal, after the handler has returned.
    answered: watch::Receiver<Option<Signal>>,
}

impl Shutdown {
    /// Starts listening. The first signal is announced to every clone before the handler is called, so that nothing new
    /// starts after the handler's message. A second signal ends the process at once.
    ///
    /// A separate thread waits for signals, so that a blocked output pipe cannot block the second one.
    ///
    /// # Errors
    /// When the operating system refuses a thread or a signal handler.
    pub fn listen(handler: SignalHandler) -> io::Result<Self> {
        let ((receive, received), (answer, answered)) = (watch::channel(None), watch::channel(None));
        let (ready, installed) = mpsc::channel();
        let listen = move || wait_for_signals(handler, &receive, &answer, &ready);
        thread::Builder::new().name("signals".to_owned()).spawn(listen)?;
        installed.recv().map_err(io::Error::other)??;
        Ok(Self { received, answered })
    }

    /// Returns a shutdown and the sender that requests it, for callers that handle signals themselves.
    pub fn manual() -> (watch::Sender<Option<Signal>>, Self) {
        let (request, received) = watch::channel(None);
        (request, Self { answered: received.clone(), received })
    }

    /// Returns a shutdown that is never requested.
    pub fn never() -> Self {
        Self::manual().1
    }

    /// Returns the signal that was received, if any.
    pub fn requested(&self) -> Option<Signal> {
        *self.received.borrow()
    }

    /// Waits for a signal, forever if none comes.
    pub async fn wait(&self) -> Signal {
        wait_for(&self.received).await
    }

    /// Waits until the handler of a received signal has returned, so that its message precedes the effects of the
    /// signal.
    pub async fn wait_for_answer(&self) {
        if self.requested().is_some() {
            wait_for(&self.answered).await;
        }
    }
}

async fn wait_for(signal: &watch::Receiver<Option<Signal>>) -> Signal {
    let found = signal.clone().wait_for(Option::is_some).await.ok().and_then(|signal| *signal);
    match found {
        Some(signal) => signal,
        None => std::future::pending().await,
    }
}

/// Waits for signals until the process ends. Sends first whether the signal handlers could be installed.
fn wait_for_signals(
    handler: SignalHandler,
    receive: &watch::Sender<Option<Signal>>,
    answer: &watch::Sender<Option<Signal>>,
    ready: &mpsc::Sender<io::Result<()>>,
) {
    let installed = Builder::new_current_thread().enable_all().build().and_then(|runtime| {
        let _inside = runtime.enter();
        Signals::install().map(|signals| (runtime, signals))
    });
    let (runtime, mut signals) = match installed {
        Ok(installed) => installed,
        Err(error) => return drop(ready.send(Err(error))),
    };
    // The receiver is gone only when the process ends.
    let _ = ready.send(Ok(()));
    let first = runtime.block_on(signals.next());
    receive.send_replace(Some(first));
    // The handler finishes before the effects of the signal begin, unless standard error blocks or no thread can be
    // started.
    let (done, handled) = mpsc::channel();
    let handle = move || {
        handler(first);
        let _ = done.send(());
    };
    drop(thread::Builder::new().name("signal-handler".to_owned()).spawn(handle));
    let _ = handled.recv_timeout(HANDLER_LIMIT);
    answer.send_replace(Some(first));
    end_at_once(runtime.block_on(signals.next()));
}

#[expect(clippy::exit, reason = "a second signal means: now, without waiting for anything")]
fn end_at_once(signal: Signal) -> ! {
    let hooks = std::mem::take(&mut *BEFORE_ABRUPT_END.lock().unwrap_or_else(PoisonError::into_inner));
    hooks.into_iter().for_each(|hook| hook());
    std::process::exit(signal.exit_code().into())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
    /// `None` if the program was started with SIGHUP ignored, as `nohup` does.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn install() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hangup = (!is_hangup_ignored()).then(|| signal(SignalKind::hangup())).transpose()?;
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            quit: signal(SignalKind::quit())?,
            hangup,
        })
    }

    async fn next(&mut self) -> Signal {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.quit.recv() => Signal::Quit,
            _ = hangup => Signal::Hangup,
        }
    }
}

/// Returns whether SIGHUP is ignored. Only Linux tells; elsewhere the signal keeps its default, so that `nohup` works.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    const HANGUP_BIT: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_none_or(|mask| mask & HANGUP_BIT != 0)
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
