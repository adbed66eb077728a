//! A server that speaks HTTP/2 over TLS, before a fake MLflow that does not.

use std::io;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use futures_util::future::{Either, select};
use h2::server::Connection;
use h2::{Reason, RecvStream};
use http::{Request, Response, Version};
use rustls::ServerConfig;
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::tls_server::speaking;

/// What goes wrong with the first so many requests, of those that it strikes.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    /// Their streams are refused.
    Refused(usize),
    /// The server ends the connection as soon as one comes, for a reason, without looking at it.
    Stopped { asked: usize, reason: Reason },
    /// They are done, and the connection is cut instead of an answer.
    Cut(usize),
    /// Their connection is never heard of again.
    Deaf(usize),
}

/// A server, and what it saw.
pub(super) struct Server {
    pub(super) fake: FakeMlflow,
    pub(super) bundle: NamedTempFile,
    port: u16,
    seen: Arc<Seen>,
}

struct Seen {
    behind: String,
    struck: &'static str,
    fault: Fault,
    asked: AtomicUsize,
    /// The connection of each request that was passed on.
    passed: Mutex<Vec<usize>>,
}

impl Server {
    pub(super) fn start(fake: FakeMlflow, fault: Fault) -> Self {
        Self::striking("", fake, fault)
    }

    /// Starts a server whose fault strikes the requests for an endpoint alone.
    pub(super) fn striking(endpoint: &'static str, fake: FakeMlflow, fault: Fault) -> Self {
        let (config, bundle) = speaking(&["h2"]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let behind = fake.uri().replace("http://", "");
        let seen =
            Arc::new(Seen { behind, struck: endpoint, fault, asked: AtomicUsize::new(0), passed: Mutex::default() });
        let serving = Arc::clone(&seen);
        // The thread ends with the process, which is that of one test or of all.
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(accept(listener, config, serving));
        });
        Self { fake, bundle, port, seen }
    }

    pub(super) fn uri(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// Returns how many of the requests that it strikes came, also those that nothing was done about.
    pub(super) fn asked(&self) -> usize {
        self.seen.asked.load(Ordering::SeqCst)
    }

    /// Returns the connections that requests came over, each once.
    pub(super) fn connections(&self) -> Vec<usize> {
        let mut used = self.seen.passed.lock().unwrap().clone();
        used.sort_unstable();
        used.dedup();
        used
    }
}

async fn accept(listener: TcpListener, config: Arc<ServerConfig>, seen: Arc<Seen>) {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let acceptor = TlsAcceptor::from(config);
    for connection in 0.. {
        let Ok((socket, _)) = listener.accept().await else { return };
        let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
        tokio::spawn(async move {
            // A client that goes away ends its connection and nothing else.
            let Ok(stream) = acceptor.accept(socket).await else { return };
            if let Fault::Stopped { asked, reason } = seen.fault
                && seen.asked.load(Ordering::SeqCst) < asked
            {
                stop(stream, reason, &seen).await.ok();
                return;
            }
            let Ok(connected) = h2::server::handshake(stream).await else { return };
            serve(connected, connection, &seen).await;
        });
    }
}

async fn serve(mut connected: Connection<TlsStream<TcpStream>, Bytes>, connection: usize, seen: &Arc<Seen>) {
    while let Some(Ok((request, mut answer))) = connected.accept().await {
        let is_struck = request.uri().path().ends_with(seen.struck);
        let before = if is_struck { seen.asked.fetch_add(1, Ordering::SeqCst) } else { usize::MAX };
        match seen.fault {
            Fault::Refused(until) if before < until => answer.send_reset(Reason::REFUSED_STREAM),
            Fault::Cut(until) if before < until => {
                let mut done = pin!(pass_on(request, connection, seen));
                // What is left of the request comes only while the connection is listened to.
                while let Either::Right(_) = select(done.as_mut(), pin!(connected.accept())).await {}
                return;
            }
            Fault::Deaf(until) if before < until => return std::future::pending().await,
            _ => {
                let seen = Arc::clone(seen);
                tokio::spawn(async move {
                    let (head, body) = pass_on(request, connection, &seen).await.into_parts();
                    let mut stream = answer.send_response(Response::from_parts(head, ()), false).unwrap();
                    stream.send_data(body, true).unwrap();
                });
            }
        }
    }
}

/// Asks the server behind.
async fn pass_on(request: Request<RecvStream>, connection: usize, seen: &Seen) -> Response<Bytes> {
    seen.passed.lock().unwrap().push(connection);
    assert_eq!(request.version(), Version::HTTP_2);
    let (head, mut stream) = request.into_parts();
    let mut body = vec![];
    while let Some(Ok(chunk)) = stream.data().await {
        stream.flow_control().release_capacity(chunk.len()).unwrap();
        body.extend_from_slice(&chunk);
    }
    let mut said = format!("{} {} HTTP/1.1\r\n", head.method, head.uri.path_and_query().unwrap());
    for (name, value) in &head.headers {
        said += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    let mut behind = TcpStream::connect(&seen.behind).await.unwrap();
    behind.write_all(&[said.as_bytes(), b"\r\n", &body].concat()).await.unwrap();
    behind.shutdown().await.unwrap();
    let mut answer = String::new();
    behind.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split_whitespace().nth(1).unwrap();
    Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap()
}

/// Says, once a request is there, that nothing of it was looked at. The library would say that something was.
async fn stop(mut stream: TlsStream<TcpStream>, reason: Reason, seen: &Seen) -> io::Result<()> {
    const PREFACE: usize = 24;
    const SETTINGS: u8 = 4;
    const HEADERS: u8 = 1;
    const GOAWAY: u8 = 7;
    stream.read_exact(&mut [0; PREFACE]).await?;
    stream.write_all(&frame(SETTINGS, &[])).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        stream.read_exact(&mut vec![0; length as usize]).await?;
        if head[3] == HEADERS {
            break;
        }
    }
    seen.asked.fetch_add(1, Ordering::SeqCst);
    let said = [0_u32.to_be_bytes(), u32::from(reason).to_be_bytes()].concat();
    stream.write_all(&frame(GOAWAY, &said)).await?;
    stream.shutdown().await
}

/// Makes a frame of the connection itself.
fn frame(sort: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[1..], &[sort, 0, 0, 0, 0, 0], content].concat()
}
