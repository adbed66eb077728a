//! A fake server of MLflow and Databricks that gives one wrong answer.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The right answers, with status 200, by the end of the path. The first match counts.
const ANSWERS: [(&str, &str); 16] = [
    (
        "registered-models/alias",
        r#"{"model_version":{"name":"NAME","version":"1","status":"READY","source":"s3://b/1","run_id":"r1","aliases":["Champion"]}}"#,
    ),
    (
        "registered-models/get",
        r#"{"registered_model":{"name":"NAME","creation_timestamp":1795398863743,"last_updated_timestamp":1795398863743,"aliases":[{"alias":"Champion","version":"1"}],"tags":[{"key":"team","value":"ops"},{"key":"runner.history.Champion","value":"[{\"version\":1,\"previous_version\":2,\"time\":\"2026-11-23T10:00:00Z\",\"actor\":\"ada\",\"message\":null}]"}]}}"#,
    ),
    (
        "model-versions/get",
        r#"{"model_version":{"name":"NAME","version":"2","status":"READY","source":"s3://b/2","run_id":"r2","creation_timestamp":1795398863743,"tags":[{"key":"a","value":"b"}]}}"#,
    ),
    (
        "model-versions/search",
        r#"{"model_versions":[{"name":"NAME","version":"2","status":"READY","source":"s3://b/2","run_id":"r2"},{"name":"NAME","version":"1","status":"READY","source":"s3://b/1","run_id":"r1"}]}"#,
    ),
    (
        "model-versions/create",
        r#"{"model_version":{"name":"NAME","version":"3","status":"READY","source":"s3://b/3"}}"#,
    ),
    (
        "runs/get",
        r#"{"run":{"info":{"run_id":"RUN","lifecycle_stage":"active"},"data":{"metrics":[{"key":"rmse","value":0.5,"timestamp":1,"step":0}]}}}"#,
    ),
    ("server-info", r#"{"workspaces_enabled":false}"#),
    ("version", "3.18.0"),
    ("users/current", r#"{"user":{"username":"ada","is_admin":false}}"#),
    ("permissions/get", r#"{"permission":"EDIT"}"#),
    ("databricks-config", r#"{"oidc_endpoint":"http://HOST/oidc","account_id":"a-1","workspace_id":"7"}"#),
    ("oauth-authorization-server", r#"{"token_endpoint":"http://HOST/oidc/v1/token"}"#),
    ("v1/token", r#"{"access_token":"eyJ","token_type":"Bearer","expires_in":3600}"#),
    ("v2/Me", r#"{"userName":"ada@example.com"}"#),
    ("unity-catalog/schemas/main.ml", "{}"),
    (
        "effective-permissions/function/main.ml.bikes",
        r#"{"privilege_assignments":[{"principal":"ada","privileges":[{"privilege":"EXECUTE"}]}]}"#,
    ),
];

/// The possible statuses of the wrong answer.
const STATUSES: [u16; 20] =
    [200, 404, 400, 401, 403, 409, 429, 500, 503, 501, 302, 308, 204, 408, 405, 410, 502, 504, 202, 413];

/// A server on a free loopback port. It runs until the process ends.
pub struct Server {
    address: SocketAddr,
    wrong: Arc<Mutex<Wrong>>,
}

#[derive(Clone, Default)]
struct Wrong {
    end: &'static str,
    status: u16,
    body: Vec<u8>,
}

impl Server {
    /// Starts a server that has one model with this name.
    pub fn start(name: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let wrong = Arc::new(Mutex::new(Wrong::default()));
        let shared = Arc::clone(&wrong);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                // An error means that the client closed the connection.
                thread::spawn(move || serve(&stream, address, name, &shared).ok());
            }
        });
        Self { address, wrong }
    }

    /// Returns the address of the server.
    pub fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes the server answer every request correctly.
    pub fn give_right_answers(&self) {
        *self.wrong.lock().unwrap() = Wrong::default();
    }

    /// Makes the server give a wrong answer to one request: `data` has its index in `ANSWERS`, the status and the
    /// body.
    pub fn give_wrong_answer(&self, data: &[u8]) {
        let [place, status, body @ ..] = data else { return self.give_right_answers() };
        let (end, _) = ANSWERS[digit(*place) % ANSWERS.len()];
        let status = STATUSES[digit(*status) % STATUSES.len()];
        *self.wrong.lock().unwrap() = Wrong { end, status, body: body.to_vec() };
    }
}

/// Returns the index of a character in `0…9A…`, which keeps the seeds readable.
pub(crate) fn digit(byte: u8) -> usize {
    usize::from(byte.wrapping_sub(if byte.is_ascii_uppercase() { b'A' - 10 } else { b'0' }))
}

fn serve(stream: &TcpStream, address: SocketAddr, name: &str, wrong: &Mutex<Wrong>) -> std::io::Result<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header)? <= 2 {
                break;
            }
            if let Some((_, value)) =
                header.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            {
                length = value.trim().parse().unwrap_or_default();
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let wrong = wrong.lock().unwrap().clone();
        let (status, body) = if !wrong.end.is_empty() && path.ends_with(wrong.end) {
            (wrong.status, wrong.body)
        } else {
            let right = ANSWERS.iter().find(|(end, _)| path.ends_with(end)).map_or("{}", |(_, body)| *body);
            let run = query.split('&').find_map(|pair| pair.strip_prefix("run_id=")).unwrap_or_default();
            let body = right.replace("NAME", name).replace("HOST", &address.to_string()).replace("RUN", run);
            (200, body.into_bytes())
        };
        let location = if matches!(status, 302 | 308) { "Location: /login\r\n" } else { "" };
        let length = if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let mut answer = format!("HTTP/1.1 {status} Words\r\n{location}{length}\r\n").into_bytes();
        if status != 204 {
            answer.extend_from_slice(&body);
        }
        // One write, because a second one would wait for the acknowledgement of the first.
        writer.write_all(&answer)?;
    }
}
