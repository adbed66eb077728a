//! A real mail server, and certificates for servers.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::mlflow_server::python_command;

/// The timeout for output of the server.
const PATIENCE: Duration = Duration::from_secs(60);

/// A scripted mail server that reports the received letters.
pub(crate) struct MailServer {
    /// The port on 127.0.0.1.
    pub(crate) port: u64,
    said: Receiver<Value>,
    // It ends when its standard input closes.
    process: Child,
    folder: TempDir,
}

impl MailServer {
    /// Starts a server whose certificate is for a host: `{"tls": "wrapped" | "starttls", "login": [user, password],
    /// "refuse": {address: [answers]}, "answer": "250 OK"}`, each of which may be absent.
    pub(crate) fn start(host: &str, mut options: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = certify(host, folder.path());
        options["certificate"] = json!(certificate);
        options["key"] = json!(key);
        let mut process = python_command()
            .args(["-W", "ignore", "-c", include_str!("mail_server.py"), &options.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It logs clients that do not trust it.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (sender, said) = mpsc::channel();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    break;
                }
            }
        });
        let mut server = Self { port: 0, said, process, folder };
        server.port = server.next()["port"].as_u64().unwrap();
        server
    }

    /// Returns the next event of the server: a login, or a letter.
    pub(crate) fn next(&self) -> Value {
        self.said.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("the mail server says nothing"))
    }

    /// Stops the server, and returns its remaining events.
    pub(crate) fn rest(mut self) -> Vec<Value> {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
        self.said.iter().collect()
    }

    /// Returns the CA file of the server's certificate.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }
}

/// Creates a certificate for a host with its own authority; returns the files of the certificate and its key.
fn certify(host: &str, folder: &Path) -> (PathBuf, PathBuf) {
    let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let trusted = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let certificate = CertificateParams::new(vec![host.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let files = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(folder.join("authority.pem"), trusted.pem()).unwrap();
    std::fs::write(&files.0, certificate.pem()).unwrap();
    std::fs::write(&files.1, key.serialize_pem()).unwrap();
    files
}
