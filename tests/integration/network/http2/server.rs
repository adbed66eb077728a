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

/// What goes wrong with the first requests to the endpoint; the number says with how many.
#[derive(Clone, Copy)]
pub(super) enum Fault {
    /// The streams are refused.
    Refused(usize),
    /// The server ends the connection for a reason when a request arrives, and does not process it.
    Stopped { requests: usize, reason: Reason },
    /// The request is processed, and the connection is cut instead of an answer.
    Cut(usize),
    /// The connection stays open without an answer.
    Deaf(usize),
}

/// A server, and the requests that it received.
pub(super) struct Server {
    pub(super) fake: FakeMlflow,
    pub(super) bundle: NamedTempFile,
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    endpoint: &'static str,
    fault: Fault,
    received: AtomicUsize,
    /// The connection of each forwarded request.
    forwarded: Mutex<Vec<usize>>,
}

impl Server {
    pub(super) fn start(fake: FakeMlflow, fault: Fault) -> Self {
        Self::start_for_endpoint("", fake, fault)
    }

    /// Starts a server whose fault affects only the requests for one endpoint.
    pub(super) fn start_for_endpoint(endpoint: &'static str, fake: FakeMlflow, fault: Fault) -> Self {
        let (config, bundle) = speaking(&["h2"]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let upstream = fake.uri().replace("http://", "");
        let shared =
            Arc::new(Shared { upstream, endpoint, fault, received: AtomicUsize::new(0), forwarded: Mutex::default() });
        let serving = Arc::clone(&shared);
        // The thread ends with the process.
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(accept(listener, config, serving));
        });
        Self { fake, bundle, port, shared }
    }

    pub(super) fn uri(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// Returns how many affected requests arrived, including those that were not processed.
    pub(super) fn received(&self) -> usize {
        self.shared.received.load(Ordering::SeqCst)
    }

    /// Returns the distinct connections of the requests.
    pub(super) fn connections(&self) -> Vec<usize> {
        let mut used = self.shared.forwarded.lock().unwrap().clone();
        used.sort_unstable();
        used.dedup();
        used
    }
}

async fn accept(listener: TcpListener, config: Arc<ServerConfig>, shared: Arc<Shared>) {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let acceptor = TlsAcceptor::from(config);
    for connection in 0.. {
        let Ok((socket, _)) = listener.accept().await else { return };
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            // A client that disconnects ends only its connection.
            let Ok(stream) = acceptor.accept(socket).await else { return };
            if let Fault::Stopped { requests, reason } = shared.fault
                && shared.received.load(Ordering::SeqCst) < requests
            {
                stop(stream, reason, &shared).await.ok();
                return;
            }
            let Ok(connected) = h2::server::handshake(stream).await else { return };
            serve(connected, connection, &shared).await;
        });
    }
}

async fn serve(mut connected: Connection<TlsStream<TcpStream>, Bytes>, connection: usize, shared: &Arc<Shared>) {
    while let Some(Ok((request, mut answer))) = connected.accept().await {
        let is_affected = request.uri().path().ends_with(shared.endpoint);
        let before = if is_affected { shared.received.fetch_add(1, Ordering::SeqCst) } else { usize::MAX };
        match shared.fault {
            Fault::Refused(until) if before < until => answer.send_reset(Reason::REFUSED_STREAM),
            Fault::Cut(until) if before < until => {
                let mut done = pin!(forward(request, connection, shared));
                // The rest of the request arrives only while the connection is polled.
                while let Either::Right(_) = select(done.as_mut(), pin!(connected.accept())).await {}
                return;
            }
            Fault::Deaf(until) if before < until => return std::future::pending().await,
            _ => {
                let shared = Arc::clone(shared);
                tokio::spawn(async move {
                    let (head, body) = forward(request, connection, &shared).await.into_parts();
                    let mut stream = answer.send_response(Response::from_parts(head, ()), false).unwrap();
                    stream.send_data(body, true).unwrap();
                });
            }
        }
    }
}

/// Forwards a request to the fake.
async fn forward(request: Request<RecvStream>, connection: usize, shared: &Shared) -> Response<Bytes> {
    shared.forwarded.lock().unwrap().push(connection);
    assert_eq!(request.version(), Version::HTTP_2);
    let (head, mut stream) = request.into_parts();
    let mut body = vec![];
    while let Some(Ok(chunk)) = stream.data().await {
        stream.flow_control().release_capacity(chunk.len()).unwrap();
        body.extend_from_slice(&chunk);
    }
    let mut request = format!("{} {} HTTP/1.1\r\n", head.method, head.uri.path_and_query().unwrap());
    for (name, value) in &head.headers {
        request += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    let mut upstream = TcpStream::connect(&shared.upstream).await.unwrap();
    upstream.write_all(&[request.as_bytes(), b"\r\n", &body].concat()).await.unwrap();
    upstream.shutdown().await.unwrap();
    let mut answer = String::new();
    upstream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split_whitespace().nth(1).unwrap();
    Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap()
}

/// Waits for a request, and ends the connection with a frame that says that nothing was processed. The library would claim
/// otherwise.
async fn stop(mut stream: TlsStream<TcpStream>, reason: Reason, shared: &Shared) -> io::Result<()> {
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
    shared.received.fetch_add(1, Ordering::SeqCst);
    let last_stream_and_reason = [0_u32.to_be_bytes(), u32::from(reason).to_be_bytes()].concat();
    stream.write_all(&frame(GOAWAY, &last_stream_and_reason)).await?;
    stream.shutdown().await
}

/// Makes a frame of the connection.
fn frame(sort: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[1..], &[sort, 0, 0, 0, 0, 0], content].concat()
}
