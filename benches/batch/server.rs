//! A registry that answers from memory as fast as possible: every model exists and has version 1. It counts requests,
//! so that a comparison can check that both sides make the same number.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The state of the registry.
#[derive(Default)]
struct Registry {
    /// The models whose alias is set.
    promoted: HashSet<String>,
    /// The number of requests.
    requests: usize,
}

type Shared = Arc<Mutex<Registry>>;

/// Returns the number of requests that a server has received.
pub(crate) fn requests(uri: &str) -> usize {
    let mut stream = std::net::TcpStream::connect(uri.trim_start_matches("http://")).unwrap();
    stream.write_all(b"GET /count HTTP/1.1\r\n\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.rsplit("\r\n").next().unwrap().parse().unwrap()
}

/// Prints the address of a free port, and serves on it until the process is killed.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        let registry = Shared::default();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve_connection(stream, registry.clone()));
        }
    });
}

/// Answers the requests of one connection until the client closes it.
async fn serve_connection(mut stream: TcpStream, registry: Shared) {
    let mut pending = Vec::new();
    loop {
        let Some(length) = request_length(&pending) else {
            match stream.read_buf(&mut pending).await {
                Ok(1..) => continue,
                _ => return,
            }
        };
        let request = String::from_utf8_lossy(&pending[..length]).into_owned();
        pending.drain(..length);
        let (status, body) = answer(&request, &mut registry.lock().unwrap());
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all((head + &body).as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Returns the length of the first request if it has been read completely.
fn request_length(pending: &[u8]) -> Option<usize> {
    let head = pending.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&pending[..head]).to_lowercase();
    let body = text.split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
    let length = head + body.unwrap_or(0);
    (pending.len() >= length).then_some(length)
}

fn answer(request: &str, registry: &mut Registry) -> (&'static str, String) {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (endpoint, query) = path.split_once('?').unwrap_or((path, ""));
    let body = request.split("\r\n\r\n").nth(1).unwrap_or_default();
    let sent = body.split("\"name\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let queried = query.split('&').find_map(|pair| pair.strip_prefix("name="));
    let name = sent.or(queried).unwrap_or_default();
    let version = format!(r#"{{"name":"{name}","version":"1","status":"READY","source":"s3://bucket/model"}}"#);
    registry.requests += usize::from(endpoint != "/count");
    match (request.starts_with("POST"), endpoint.rsplit_once('/').map_or("", |(_, last)| last)) {
        (true, "alias") => {
            registry.promoted.insert(name.to_owned());
            ("200 OK", "{}".to_owned())
        }
        (true, _) => ("200 OK", "{}".to_owned()),
        (false, "count") => ("200 OK", registry.requests.to_string()),
        (false, "alias") if registry.promoted.contains(name) => ("200 OK", format!(r#"{{"model_version":{version}}}"#)),
        (false, "get") if endpoint.contains("registered-models") => {
            ("200 OK", format!(r#"{{"registered_model":{{"name":"{name}"}}}}"#))
        }
        (false, "get") => ("200 OK", format!(r#"{{"model_version":{version}}}"#)),
        _ => ("404 Not Found", r#"{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"not found"}"#.to_owned()),
    }
}
