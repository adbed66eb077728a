//! A receiver of notices that answers as it is told, and keeps what it got.

use std::collections::VecDeque;
use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::fake_mlflow::{Answer, Request, read, reset};

/// What happens to a request.
pub(super) enum Reply {
    /// This answer.
    Answer(Answer),
    /// No answer, ever.
    Hang,
    /// The connection is reset.
    Reset,
    /// A success, once so many requests have come.
    Together(usize),
}

impl Reply {
    /// Answers with a status and nothing else.
    pub(super) fn status(status: u16) -> Self {
        Self::Answer(Answer::text(status, ""))
    }

    /// Asks to come back after so many seconds.
    pub(super) fn busy(seconds: &str) -> Self {
        let headers = vec![("Retry-After", seconds.to_owned())];
        Self::Answer(Answer { status: 429, headers, body: String::new() })
    }

    /// Answers with a status and a text.
    pub(super) fn saying(status: u16, text: &str) -> Self {
        Self::Answer(Answer::text(status, text))
    }
}

/// A receiver on a free loopback port.
pub(super) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Default)]
struct State {
    replies: VecDeque<Reply>,
    requests: Vec<Request>,
    stopped: bool,
}

impl Receiver {
    /// Starts a receiver that gives these answers in turn, and `200 ok` from then on.
    pub(super) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        shared.lock().replies.extend(replies);
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let served = Arc::clone(&served);
                if served.lock().stopped {
                    break;
                }
                thread::spawn(move || served.serve(&stream));
            }
        });
        Self { address, shared }
    }

    /// Returns the address to connect to.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address of a path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns what came so far.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        // Wakes the thread that accepts, so that it sees the flag.
        TcpStream::connect(self.address).ok();
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let (mut reader, mut writer) = (BufReader::new(stream), stream);
        while let Some(request) = read(&mut reader)? {
            let reply = self.record(request);
            match reply {
                None => Answer::text(200, "ok").write(&mut writer)?,
                Some(Reply::Answer(answer)) => answer.write(&mut writer)?,
                Some(Reply::Hang) => return io::copy(&mut reader, &mut io::sink()).map(drop),
                Some(Reply::Reset) => return reset(stream),
                Some(Reply::Together(requests)) => {
                    drop(self.came.wait_while(self.lock(), |state| state.requests.len() < requests));
                    Answer::text(200, "ok").write(&mut writer)?;
                }
            }
        }
        Ok(())
    }

    fn record(&self, request: Request) -> Option<Reply> {
        let mut state = self.lock();
        state.requests.push(request);
        self.came.notify_all();
        state.replies.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
