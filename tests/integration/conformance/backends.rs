//! A backend and another client of it.

use std::path::PathBuf;
use std::process::Command;

use runner::registry::{ModelName, NewVersion, Registry};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::database::Sql;
use super::model::Model;
use super::other_client::OtherClient;
use super::python::Client;
use super::unity::Unity;
use crate::support::mlflow_server::MlflowServer;
use crate::support::rest_client;
use crate::support::sqlite_fixture::{self, unpack};

/// The first two numbers of a release.
pub(super) type Release = (u32, u32);

/// The kind of backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BackendKind {
    Server(Release),
    Database(Release),
    FileStore,
    UnityCatalog,
}

/// A registry under test.
pub(super) struct Backend {
    pub(super) title: String,
    pub(super) place: BackendKind,
    pub(super) registry: Registry,
    pub(super) other: Box<dyn OtherClient>,
    /// A prefix that separates the models of one run in a shared registry.
    prefix: &'static str,
    database: Option<PathBuf>,
    has_mlflow: bool,
    runtime: Runtime,
    _folder: Option<TempDir>,
}

impl Backend {
    /// A server over REST, and Python's client of its release.
    pub(super) fn of_server(server: &MlflowServer, python: Command) -> Self {
        let client = Client::start(python, server.uri());
        let (release, database) = (client.release(), Some(server.database().to_owned()));
        let title = format!("MLflow {}, over REST", client.version());
        let registry = rest_client::open(server.uri());
        Self { database, ..Self::new(title, BackendKind::Server(release), registry, Box::new(client), "rest-") }
    }

    /// The database below a server, and Python's client of that server.
    pub(super) fn of_database_behind(server: &MlflowServer, python: Command) -> Self {
        let client = Client::start(python, server.uri());
        let (release, database) = (client.release(), Some(server.database().to_owned()));
        let title = format!("the database of MLflow {}, while it serves", client.version());
        let registry = sqlite_fixture::open(&format!("sqlite:///{}", server.database().display()));
        Self { database, ..Self::new(title, BackendKind::Database(release), registry, Box::new(client), "sqlite-") }
    }

    /// A database that a release wrote, and SQL.
    pub(super) fn of_database(release: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mlflow.db");
        unpack(release, &path);
        let registry = sqlite_fixture::open(&format!("sqlite:///{}", path.display()));
        let place = BackendKind::Database(first_two(release));
        let backend =
            Self::new(format!("a database of MLflow {release}"), place, registry, Box::new(Sql::new(&path)), "");
        Self { database: Some(path), has_mlflow: false, _folder: Some(folder), ..backend }
    }

    /// A folder, and Python's client in it.
    pub(super) fn of_files(python: Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().display().to_string();
        let client = Client::start(python, &root);
        let title = format!("a file store of MLflow {}", client.version());
        let registry = Registry::File(runner::registry::file::FileStore::new(&root).unwrap());
        let backend = Self::new(title, BackendKind::FileStore, registry, Box::new(client), "");
        Self { _folder: Some(folder), ..backend }
    }

    /// The fake of Unity Catalog and its store.
    pub(super) fn of_unity_catalog() -> Self {
        let unity = Unity::start();
        let registry = unity.open();
        let title = "the fake of Unity Catalog".to_owned();
        Self { has_mlflow: false, ..Self::new(title, BackendKind::UnityCatalog, registry, Box::new(unity), "main.ml.") }
    }

    fn new(
        title: String,
        place: BackendKind,
        registry: Registry,
        other: Box<dyn OtherClient>,
        prefix: &'static str,
    ) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { title, place, registry, other, prefix, database: None, has_mlflow: true, runtime, _folder: None }
    }

    /// Returns whether an MLflow client is available.
    pub(super) fn has_mlflow(&self) -> bool {
        self.has_mlflow
    }

    /// Blocks on a future.
    pub(super) fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }

    /// Returns a name unique to the case.
    pub(super) fn name(&self, short: &str) -> ModelName {
        format!("{}{short}", self.prefix).parse().unwrap()
    }

    /// Returns a model that does not exist yet.
    pub(super) fn no_model(&self, short: &str) -> Model<'_> {
        Model { backend: self, name: self.name(short) }
    }

    /// Creates a model with a number of versions.
    pub(super) fn model(&self, short: &str, versions: u64) -> Model<'_> {
        self.model_with(short, versions, |_, _| {})
    }

    /// Creates a model with a number of versions, each modified before its creation.
    pub(super) fn model_with(&self, short: &str, versions: u64, change: fn(u64, &mut NewVersion)) -> Model<'_> {
        let model = self.no_model(short);
        match self.place {
            BackendKind::UnityCatalog => self.other.add_model(model.name.as_str()),
            _ => assert_eq!(self.wait(self.registry.ensure_model(&model.name)), Ok(true), "{}", model.name),
        }
        for number in 1..=versions {
            let mut new = model.new_version(number);
            change(number, &mut new);
            self.add(number, &new);
        }
        model
    }

    /// Creates a model with more versions than one page holds, and returns their number. On a server it writes to the
    /// database, because so many requests would take minutes.
    pub(super) fn many(&self, short: &str) -> (Model<'_>, u64) {
        let Some(database) = &self.database else { return (self.model(short, 25), 25) };
        let (model, count) = (self.model(short, 0), 10_003_u64);
        let sql = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2) \
                   INSERT INTO model_versions (name, version, creation_time, last_updated_time, current_stage, status) \
                   SELECT ?1, n, 1, 1, 'None', 'READY' FROM numbers";
        let connection = Connection::open(database).unwrap();
        assert_eq!(connection.execute(sql, (model.name.as_str(), count.cast_signed())), Ok(10_003));
        (model, count)
    }

    fn add(&self, number: u64, new: &NewVersion) {
        match self.place {
            BackendKind::UnityCatalog => self.other.add_version(number, new),
            _ => assert_eq!(self.wait(self.registry.create_version(new)).unwrap().version.get(), number),
        }
    }
}

/// Returns the first two numbers of a release.
pub(super) fn first_two(release: &str) -> Release {
    let mut numbers = release.split('.').map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}
