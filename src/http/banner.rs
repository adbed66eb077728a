//! What a service says before anybody asks: servers of SSH, mail and databases do, one of HTTP never does.

use std::time::Duration;

use reqwest::Url;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::lost::quote;

/// How long a service may take to say something unasked.
const PATIENCE: Duration = Duration::from_secs(1);

/// The most of it that is read, in bytes.
const MOST_READ: usize = 128;

/// Returns the first line of what a service says unasked; none where it waits to be asked, or speaks HTTP.
pub(crate) async fn banner(address: &Url, limit: Duration) -> Option<String> {
    let (host, port) = (address.host_str()?, address.port_or_known_default()?);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let listen = async {
        let mut connection = TcpStream::connect((host, port)).await.ok()?;
        let mut said = [0; MOST_READ];
        let length = connection.read(&mut said).await.ok()?;
        Some(String::from_utf8_lossy(&said[..length]).into_owned())
    };
    let said = timeout(limit.min(PATIENCE), listen).await.ok()??;
    let line = said.lines().next().filter(|line| !line.trim().is_empty() && !line.starts_with("HTTP/"))?;
    Some(quote(line))
}
