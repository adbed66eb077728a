//! Services that are no HTTP server, or speak TLS: they are named, and not asked again.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runner::registry::Error;

use crate::support::fake_mlflow::Fault;
use crate::support::promotion::bikes;
use crate::support::rest_client::{bikes as name, open};

/// A server that says its line: before it is asked, after that, or before it hangs up. Returns its address, and how many
/// requests it received.
fn start_speaker(manner: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let counter = Arc::clone(&counter);
            std::thread::spawn(move || {
                let mut buffer = [0; 16];
                if manner != "asked" {
                    connection.write_all(b"SSH-2.0-OpenSSH_9.6\r\n")?;
                }
                if manner != "hangs up" && connection.read(&mut buffer)? > 0 {
                    counter.fetch_add(1, Ordering::SeqCst);
                }
                if manner == "asked" {
                    connection.write_all(b"SSH-2.0-OpenSSH_9.6\r\n")?;
                }
                std::io::Result::Ok(())
            });
        }
    });
    (uri, requests)
}

#[tokio::test]
async fn a_service_of_another_protocol_gets_one_request() {
    for manner in ["unasked", "asked", "hangs up"] {
        for _ in 0..5 {
            let (uri, requests) = start_speaker(manner);
            let error = open(&uri).get_model(&name()).await.unwrap_err();
            assert!(matches!(error, Error::Unreadable { .. }), "{manner}: {error}");
            // One that waits for a request says nothing to a client that only listens.
            let line = if manner == "asked" { "it does not speak HTTP" } else { "\"SSH-2.0-OpenSSH_9.6\"" };
            assert!(error.to_string().contains(line), "{manner}: {error}");
            assert!(requests.load(Ordering::SeqCst) <= 1, "{manner}: {requests:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_wants_tls_is_named() {
    let said = "Client sent an HTTP request to an HTTPS server.\n";
    let error = open(&bikes().fault(Fault::status(400).body(said).always()).uri()).get_model(&name()).await;
    let failure = runner::outcome::Failure::from(&error.unwrap_err());
    let hint = failure.hint.unwrap();
    assert!(hint.starts_with("write `https://` instead of `http://`"), "{hint}");
}
