//! The first line of a service that speaks first, as servers of SSH, mail and databases do. One of HTTP never does.

use std::time::Duration;

use reqwest::Url;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::transport_error::quote;

/// How long to wait for a service to speak first.
const WAIT: Duration = Duration::from_secs(1);

/// How many bytes are read.
const MAX_BYTES: usize = 128;

/// Returns the first line of a service that speaks first; none if it waits for a request, or speaks HTTP.
pub(crate) async fn banner(url: &Url, limit: Duration) -> Option<String> {
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let listen = async {
        let mut connection = TcpStream::connect((host, port)).await.ok()?;
        let mut bytes = [0; MAX_BYTES];
        let length = connection.read(&mut bytes).await.ok()?;
        Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
    };
    let text = timeout(limit.min(WAIT), listen).await.ok()??;
    let line = text.lines().next().filter(|line| !line.trim().is_empty() && !line.starts_with("HTTP/"))?;
    Some(quote(line))
}
