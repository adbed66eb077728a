//! An in-process registry server that behaves like MLflow and fails a test on an invalid request.

pub(crate) mod api;
mod fault;
mod http;
mod store;

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use fault::Effect;
pub(crate) use fault::Fault;
pub(crate) use http::{Answer, Request, read};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use socket2::SockRef;
pub(crate) use store::Model;
pub(crate) use store::Store;

/// The timeout of a test for an immediate event.
const DEADLINE: Duration = Duration::from_secs(30);

/// A fake MLflow server on a free loopback port. Dropping it fails the test if it received a request that MLflow would
/// reject.
pub(crate) struct FakeMlflow {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
}

type Connection = Box<dyn Duplex>;

trait Duplex: Read + Write + Send {}

impl<T: Read + Write + Send> Duplex for T {}

/// Handles a request: a response, and a complaint about an invalid request.
pub(crate) type Api = Box<dyn Fn(&mut Store, &Request) -> (Answer, Option<String>) + Send + Sync>;

struct Shared {
    api: Api,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    store: Store,
    faults: Vec<Fault>,
    requests: Vec<Request>,
    complaints: Vec<String>,
    connections: usize,
    released: bool,
    stopped: bool,
}

impl FakeMlflow {
    /// Starts an empty server.
    pub(crate) fn start() -> Self {
        Self::speaking(Box::new(api::answer))
    }

    /// Starts an empty server with another handler.
    pub(crate) fn speaking(api: Api) -> Self {
        Self::listen("http", api, |socket| Ok(Box::new(socket)))
    }

    /// Starts an empty server behind TLS.
    pub(crate) fn start_tls(config: Arc<ServerConfig>) -> Self {
        Self::listen("https", Box::new(api::answer), move |socket| {
            let session = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
            Ok(Box::new(StreamOwned::new(session, socket)))
        })
    }

    fn listen(
        scheme: &'static str,
        api: Api,
        open: impl Fn(TcpStream) -> io::Result<Connection> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { api, state: Mutex::default(), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if accepting.lock().stopped {
                    break;
                }
                accepting.lock().connections += 1;
                let (shared, raw) = (Arc::clone(&accepting), socket.try_clone());
                // A client that disconnects ends only its own connection.
                let served = open(socket).and_then(|connection| Ok((connection, raw?)));
                thread::spawn(move || served.and_then(|(connection, raw)| shared.serve(connection, &raw)).ok());
            }
        });
        Self { address, scheme, shared }
    }

    /// Adds a registered model.
    pub(crate) fn model(self, name: &str, fill: impl FnOnce(Model) -> Model) -> Self {
        self.shared.lock().store.add(fill(Model::new(name)));
        self
    }

    /// Adds a run with the latest value of each of its metrics.
    pub(crate) fn run(self, id: &str, metrics: &[(&str, f64)]) -> Self {
        let metric =
            |(key, value): &(&str, f64)| json!({ "key": key, "value": number(*value), "timestamp": 1, "step": 0 });
        let metrics = metrics.iter().map(metric).collect();
        self.shared.lock().store.add_run(id, metrics);
        self
    }

    /// Marks a run as deleted; MLflow still returns it.
    pub(crate) fn deleted(self, run_id: &str) -> Self {
        self.shared.lock().store.delete_run(run_id);
        self
    }

    /// Adds a logged model with every point of its metrics, as MLflow sends them.
    pub(crate) fn logged_model(self, id: &str, metrics: Value) -> Self {
        self.shared.lock().store.add_logged_model(id, metrics);
        self
    }

    /// Adds a fault; the first that matches a request applies.
    pub(crate) fn fault(self, fault: Fault) -> Self {
        self.shared.lock().faults.push(fault);
        self
    }

    /// Returns the URI for a client.
    pub(crate) fn uri(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Returns every request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }

    /// Returns method and endpoint of every request so far.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.requests().iter().map(|request| format!("{} {}", request.method, request.endpoint())).collect()
    }

    /// Returns the number of connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.lock().connections
    }

    /// Returns the version of an alias.
    pub(crate) fn alias(&self, model: &str, alias: &str) -> Option<u64> {
        self.shared.lock().store.alias(model, alias)
    }

    /// Returns the version of every alias, by model and alias.
    pub(crate) fn aliases(&self) -> BTreeMap<(String, String), u64> {
        self.shared.lock().store.aliases()
    }

    /// Returns the number of versions of a model.
    pub(crate) fn versions(&self, model: &str) -> usize {
        self.shared.lock().store.get(model).map_or(0, |model| model.versions.len())
    }

    /// Moves an alias, as another client would.
    pub(crate) fn set_alias(&self, model: &str, alias: &str, version: u64) {
        self.shared.lock().store.get(model).unwrap().aliases.insert(alias.to_owned(), version);
    }

    /// Adds a version to a model, as another client would.
    pub(crate) fn add_version(&self, model: &str, version: u64) {
        let mut state = self.shared.lock();
        let model = state.store.get(model).unwrap();
        *model = std::mem::replace(model, Model::new("")).version(version);
    }

    /// Deletes a version, and the aliases that point to it.
    pub(crate) fn delete_version(&self, model: &str, version: u64) {
        let mut state = self.shared.lock();
        let model = state.store.get(model).unwrap();
        model.versions.remove(&version);
        model.aliases.retain(|_, at| *at != version);
    }

    /// Changes the store, as another client would.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Store)) {
        change(&mut self.shared.lock().store);
    }

    /// Sets the status of a version, as a registry does after copying the files.
    pub(crate) fn set_status(&self, model: &str, version: u64, status: &str) {
        let mut state = self.shared.lock();
        state.store.get(model).and_then(|model| model.versions.get_mut(&version)).unwrap().status = status.to_owned();
    }

    /// Returns a tag of a registered model.
    pub(crate) fn tag(&self, model: &str, key: &str) -> Option<String> {
        self.shared.lock().store.tag(model, key)
    }

    /// Waits for a number of requests to an endpoint, so that a test can act while one is in flight.
    pub(crate) fn wait_for(&self, endpoint: &str, times: usize) {
        let unasked =
            |state: &mut State| state.requests.iter().filter(|request| request.endpoint() == endpoint).count() < times;
        let (state, waited) = self.shared.changed.wait_timeout_while(self.shared.lock(), DEADLINE, unasked).unwrap();
        drop(state);
        assert!(!waited.timed_out(), "{endpoint} was not asked {times} times");
    }

    /// Releases every request that [`Fault::held`] holds.
    pub(crate) fn release(&self) {
        self.shared.lock().released = true;
        self.shared.changed.notify_all();
    }

    /// Takes the complaints about invalid requests, for tests of the fake itself.
    pub(crate) fn take_complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().complaints)
    }
}

impl Drop for FakeMlflow {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.release();
        // Wakes the accepting thread, which then reads the flag.
        TcpStream::connect(self.address).ok();
        let complaints = self.take_complaints();
        if !thread::panicking() {
            assert!(complaints.is_empty(), "MLflow would not understand:\n{}", complaints.join("\n"));
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn serve(&self, connection: Connection, raw: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(connection);
        loop {
            let read = http::read(&mut reader);
            let stream = reader.get_mut();
            let request = match read {
                Ok(Some(request)) => request,
                Ok(None) => return Ok(()),
                Err(_) => return Answer::text(400, "Invalid HTTP request received.").write(stream),
            };
            match self.record(&request) {
                None => self.execute(&request).write(stream)?,
                Some(Effect::Answer(answer)) => answer.write(stream)?,
                Some(Effect::Delay(wait)) => {
                    thread::sleep(wait);
                    self.execute(&request).write(stream)?;
                }
                Some(Effect::Hold) => {
                    let held = self.changed.wait_while(self.lock(), |state| !state.released);
                    drop(held);
                    self.execute(&request).write(stream)?;
                }
                Some(Effect::Cover(answer)) => {
                    self.execute(&request);
                    answer.write(stream)?;
                }
                Some(Effect::Drip) => {
                    self.execute(&request);
                    return drip(stream);
                }
                Some(Effect::Truncate) => return self.execute(&request).write_half(stream),
                Some(Effect::Lose) => {
                    self.execute(&request);
                    return reset(raw);
                }
                Some(Effect::Overtake(version)) => {
                    let answer = self.execute(&request);
                    self.overtake(&request, version);
                    answer.write(stream)?;
                }
                Some(Effect::Rob(version)) => {
                    self.overtake(&request, version);
                    return reset(raw);
                }
                Some(Effect::Reset) => return reset(raw),
                // Sends nothing until the client disconnects.
                Some(Effect::Hang) => return io::copy(&mut reader, &mut io::sink()).map(drop),
            }
        }
    }

    fn record(&self, request: &Request) -> Option<Effect> {
        let mut state = self.lock();
        state.requests.push(request.clone());
        self.changed.notify_all();
        state.faults.iter_mut().find_map(|fault| fault.strike(request))
    }

    /// Applies a concurrent foreign change.
    fn overtake(&self, request: &Request, version: Option<u64>) {
        let (mut state, fields) = (self.lock(), api::fields(request).unwrap());
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        let model = text("name").and_then(|name| state.store.get(name)).unwrap();
        let alias = text("alias").unwrap_or("Champion");
        match version {
            Some(version) => model.aliases.insert(alias.to_owned(), version),
            None => model.aliases.remove(alias),
        };
    }

    fn execute(&self, request: &Request) -> Answer {
        let mut state = self.lock();
        let (answer, complaint) = (self.api)(&mut state.store, request);
        state.complaints.extend(complaint);
        answer
    }
}

/// Formats a number as protobuf JSON does.
fn number(value: f64) -> Value {
    match value {
        value if value.is_nan() => json!("NaN"),
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        value => json!(value),
    }
}

/// Sends the head of a response, and then single bytes until the client disconnects.
fn drip(stream: &mut impl Write) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{")?;
    loop {
        thread::sleep(Duration::from_millis(20));
        stream.write_all(b" ")?;
    }
}

/// Drops a connection with a reset.
pub(crate) fn reset(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}
