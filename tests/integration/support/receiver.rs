//! A scripted receiver of notifications that keeps the requests.

use std::collections::VecDeque;
use std::io::{self, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::support::fake_mlflow::{Answer, Request, read, reset};

/// The timeout of a test for an immediate event.
const DEADLINE: Duration = Duration::from_secs(30);

/// The effect of a fault on a request.
pub(crate) enum Reply {
    /// This response.
    Answer(Answer),
    /// No response.
    Hang,
    /// The connection is reset.
    Reset,
    /// A success with a truncated body.
    Half,
    /// A success with a body of 2 GB.
    Endless,
    /// A success after a number of requests arrived.
    Together(usize),
}

impl Reply {
    /// Responds with a status and an empty body.
    pub(crate) fn status(status: u16) -> Self {
        Self::Answer(Answer::text(status, ""))
    }

    /// Responds with `Retry-After` in seconds.
    pub(crate) fn busy(seconds: &str) -> Self {
        let headers = vec![("Retry-After", seconds.to_owned())];
        Self::Answer(Answer { status: 429, headers, body: String::new() })
    }

    /// Responds with a status and a text.
    pub(crate) fn saying(status: u16, text: &str) -> Self {
        Self::Answer(Answer::text(status, text))
    }
}

/// A receiver on a free loopback port.
pub(crate) struct Receiver {
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
    /// Starts a receiver with scripted replies, followed by the success reply of the addressed service.
    pub(crate) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
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
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }
}

impl Receiver {
    /// Waits for a number of requests.
    pub(crate) fn wait_for(&self, requests: usize) {
        let few = |state: &mut State| state.requests.len() < requests;
        let (state, waited) = self.shared.came.wait_timeout_while(self.shared.lock(), DEADLINE, few).unwrap();
        drop(state);
        assert!(!waited.timed_out(), "{requests} requests did not come");
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        // Wakes the accepting thread, which then reads the flag.
        TcpStream::connect(self.address).ok();
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let (mut reader, mut writer) = (BufReader::new(stream), stream);
        while let Some(request) = read(&mut reader)? {
            let taken = taken(&request);
            let reply = self.record(request);
            match reply {
                None => taken.write(&mut writer)?,
                Some(Reply::Answer(answer)) => answer.write(&mut writer)?,
                Some(Reply::Hang) => return io::copy(&mut reader, &mut io::sink()).map(drop),
                Some(Reply::Reset) => return reset(stream),
                Some(Reply::Half) => return Answer::text(200, "half of it").write_half(&mut writer),
                Some(Reply::Endless) => return endless(stream),
                Some(Reply::Together(requests)) => {
                    drop(self.came.wait_while(self.lock(), |state| state.requests.len() < requests));
                    taken.write(&mut writer)?;
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

/// Responds like the service that accepts such a message.
fn taken(request: &Request) -> Answer {
    match &request.body {
        teams if teams.contains("adaptivecards.io") => Answer::text(202, ""),
        discord if discord.contains("\"embeds\"") => Answer::text(200, r#"{"id": "1"}"#),
        _ => Answer::text(200, "ok"),
    }
}

/// Sends data until the client disconnects.
fn endless(mut stream: &TcpStream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n")?;
    loop {
        stream.write_all(&[b' '; 64 * 1024])?;
    }
}
