//! The registry of a case behind a faulty network, with a log of the applied changes.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::case::{Case, Job};
use super::faults::{Effect, Faults, Foreign, Key, Strike};
use super::log::{AliasName, By, Change, Event, Exchange, Log};
use crate::support::fake_mlflow::{Answer, Request, Store, api, read, reset};

/// The number of pieces of a slow response.
const PIECES: usize = 10;

/// A registry on a free loopback port.
pub(super) struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    store: Store,
    /// The store before each change, oldest first.
    past: Vec<Store>,
    faults: Option<Faults>,
    places: BTreeMap<usize, AliasName>,
    log: Log,
    tick: usize,
    counts: BTreeMap<(usize, String), usize>,
    struck: BTreeMap<Key, Strike>,
    complaints: Vec<String>,
    stopped: bool,
}

/// The state and log of a registry after a run.
pub(super) struct Record {
    pub(super) log: Log,
    pub(super) store: Store,
    pub(super) struck: BTreeMap<Key, Strike>,
    pub(super) complaints: Vec<String>,
}

impl Server {
    /// Starts a server for a run with a store and faults.
    pub(super) fn start(case: &Case, store: Store, faults: Faults) -> Self {
        let place = |job: &Job| Some((job.id, job.place()?));
        let places = case.jobs.iter().filter_map(place).collect();
        let state = State { store, faults: Some(faults), places, ..State::default() };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(state));
        let accepting = Arc::clone(&state);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if lock(&accepting).stopped {
                    break;
                }
                let state = Arc::clone(&accepting);
                // A client that disconnects ends only its own connection.
                thread::spawn(move || serve(&state, &socket).ok());
            }
        });
        Self { address, state }
    }

    pub(super) fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the log so far.
    pub(super) fn record(&self) -> Record {
        let state = lock(&self.state);
        Record {
            log: state.log.clone(),
            store: state.store.clone(),
            struck: state.struck.clone(),
            complaints: state.complaints.clone(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        lock(&self.state).stopped = true;
        // Wakes the accepting thread, which then reads the flag.
        TcpStream::connect(self.address).ok();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(state: &Mutex<State>, socket: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(socket);
    let mut writer = socket;
    while let Some(request) = read(&mut reader)? {
        let (effect, answer) = lock(state).take(&request);
        match effect {
            Effect::None | Effect::Twice | Effect::Stale(_) => answer.write(&mut writer)?,
            Effect::Answer { status, body, .. } => Answer::text(status, body).write(&mut writer)?,
            Effect::Reset { .. } => return reset(socket),
            Effect::Truncate => return answer.write_half(&mut writer),
            // Sends nothing until the client disconnects.
            Effect::Hang { .. } => return io::copy(&mut reader, &mut io::sink()).map(drop),
            Effect::Drip(milliseconds) => drip(&answer, Duration::from_millis(milliseconds), writer)?,
        }
    }
    Ok(())
}

fn drip(answer: &Answer, over: Duration, mut writer: &TcpStream) -> io::Result<()> {
    let mut bytes = vec![];
    answer.write(&mut bytes)?;
    for piece in bytes.chunks(bytes.len().div_ceil(PIECES)) {
        thread::sleep(over / u32::try_from(PIECES).unwrap());
        writer.write_all(piece)?;
    }
    Ok(())
}

impl State {
    /// Records a request, and returns its fault and the correct response.
    fn take(&mut self, request: &Request) -> (Effect, Answer) {
        let job = request.header("authorization").and_then(|login| login.rsplit_once('-')?.1.parse().ok());
        let Some(job) = job else {
            self.complaints.push(format!("{} {} has no login", request.method, request.path));
            return (Effect::None, Answer::text(401, ""));
        };
        let call = format!("{} {}", request.method, request.endpoint());
        let ordinal = self.counts.iter().filter(|((of, _), _)| *of == job).map(|(_, count)| count).sum();
        let total = self.counts.values().sum();
        let count = self.counts.entry((job, call.clone())).or_default();
        let key = Key { job, call, nth: *count };
        *count += 1;
        let strike = self
            .faults
            .as_ref()
            .map_or(Strike { effect: Effect::None, foreign: None }, |faults| faults.strike(&key, ordinal, total));
        if strike.effect != Effect::None || strike.foreign.is_some() {
            self.struck.insert(key.clone(), strike);
        }
        self.apply_foreign_change(job, strike.foreign.filter(|foreign| foreign.before));
        let answer = self.answer(request, &key, strike.effect);
        self.apply_foreign_change(job, strike.foreign.filter(|foreign| !foreign.before));
        (strike.effect, answer)
    }

    fn answer(&mut self, request: &Request, key: &Key, effect: Effect) -> Answer {
        self.tick += 1;
        let fields = match request.method.as_str() {
            "GET" => request.query.iter().map(|(key, value)| (key.clone(), json!(value))).collect(),
            _ => request.json(),
        };
        let answer = match effect {
            Effect::Stale(ago) => {
                let at = self.past.len().saturating_sub(ago);
                let mut stale = self.past.get(at).unwrap_or(&self.store).clone();
                api::answer(&mut stale, request).0
            }
            Effect::Answer { applied: false, .. }
            | Effect::Reset { applied: false }
            | Effect::Hang { applied: false } => Answer::text(500, ""),
            _ => self.apply(request, key.job, By::Job(key.job), &fields),
        };
        let whole = matches!(effect, Effect::None | Effect::Twice | Effect::Drip(..1_000));
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let answered = whole.then_some((answer.status, body));
        self.log.exchanges.push(Exchange {
            tick: self.tick,
            key: key.clone(),
            fields: fields.clone(),
            effect,
            answered,
        });
        if effect == Effect::Twice {
            self.apply(request, key.job, By::Copy(key.job), &fields);
        }
        answer
    }

    /// Applies a request, and logs the changes.
    fn apply(&mut self, request: &Request, job: usize, by: By, fields: &Value) -> Answer {
        let text = |key: &str| fields[key].as_str().unwrap_or_default().to_owned();
        let name = (text("name"), text("alias"));
        let (past, before) = (self.store.clone(), self.store.alias(&name.0, &name.1));
        let (answer, complaint) = api::answer(&mut self.store, request);
        self.complaints.extend(complaint.map(|complaint| format!("job {job}: {complaint}")));
        if request.method == "GET" || answer.status != 200 {
            return answer;
        }
        let change = match (request.method.as_str(), request.endpoint()) {
            (_, "registered-models/alias") => {
                let after = self.store.alias(&name.0, &name.1);
                Change::Alias { name, before, after }
            }
            (_, "model-versions/create") => {
                let body: Value = serde_json::from_str(&answer.body).unwrap();
                let version = body["model_version"]["version"].as_str().unwrap().parse().unwrap();
                Change::Version { model: name.0, version }
            }
            (_, "registered-models/set-tag") => Change::Tag { model: name.0, key: text("key") },
            _ => Change::Model { model: name.0 },
        };
        self.note(by, change, past);
        answer
    }

    /// Applies a concurrent foreign change.
    fn apply_foreign_change(&mut self, job: usize, foreign: Option<Foreign>) {
        let (Some(foreign), Some(name)) = (foreign, self.places.get(&job).cloned()) else { return };
        let (past, before) = (self.store.clone(), self.store.alias(&name.0, &name.1));
        let Some(model) = self.store.get(&name.0) else { return };
        if foreign.version.is_some_and(|version| !model.versions.contains_key(&version)) {
            return;
        }
        match foreign.version {
            Some(version) => model.aliases.insert(name.1.clone(), version),
            None => model.aliases.remove(&name.1),
        };
        self.note(By::Foreign, Change::Alias { name, before, after: foreign.version }, past);
    }

    fn note(&mut self, by: By, change: Change, past: Store) {
        self.past.push(past);
        self.tick += 1;
        self.log.events.push(Event { tick: self.tick, by, change });
    }
}
