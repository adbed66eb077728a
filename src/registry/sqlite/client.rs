//! The client of one database: its connection, which opens on first use and stays open, and the transactions on it.

use std::fs;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::address::Address;
use super::error::{after_commit, with_address};
use super::schema::{Schema, create_schema, is_empty};
use super::tables::Tables;
use crate::registry::local::{Intent, LocalError, run_blocking};
use crate::registry::{Result as RegistryResult, Workspace};

/// How many prepared statements are cached: more than the program has.
const CACHED_STATEMENTS: usize = 32;

/// The size of the smallest SQLite database, in bytes.
const SMALLEST: u64 = 512;

/// A client of one MLflow database. Cheap to clone; clones share one connection.
#[derive(Debug, Clone)]
pub struct Sqlite {
    address: Address,
    workspace: Workspace,
    session: Arc<Mutex<Option<Session>>>,
}

#[derive(Debug)]
struct Session {
    connection: Connection,
    /// The schema, and SQLite's count of schema changes when it was read.
    known_schema: Option<(i64, Schema)>,
}

impl Sqlite {
    /// Creates a client of the database that a `sqlite:///path` address names. Does not access the file.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](crate::registry::Error::Misconfigured) when the address has another form.
    pub fn new(uri: &str) -> RegistryResult<Self> {
        Ok(Self { address: Address::parse(uri)?, workspace: Workspace::default(), session: Arc::default() })
    }

    /// Returns a client that reads and writes the rows of one workspace only.
    #[must_use]
    pub fn within(self, workspace: Workspace) -> Self {
        Self { workspace, session: Arc::default(), ..self }
    }

    /// Returns a client with its own connection, which waits less long for a lock.
    pub(super) fn with_patience_up_to(&self, limit: Duration) -> Self {
        let address = self.address.with_patience_up_to(limit);
        Self { address, workspace: self.workspace.clone(), session: Arc::default() }
    }

    pub(in crate::registry) fn uri(&self) -> &str {
        self.address.uri()
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Runs work in one transaction: all of its writes are kept, or none.
    pub(in crate::registry) async fn transact<T: Send + 'static>(
        &self,
        intent: Intent,
        work: impl FnOnce(&Tables<'_>) -> Result<T, LocalError> + Send + 'static,
    ) -> RegistryResult<T> {
        let Self { address, workspace, session } = self.clone();
        run_blocking(self.uri(), move || {
            let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
            let session = match &mut *session {
                Some(session) => Ok(session),
                closed => Session::open(&address, intent).map(|session| closed.insert(session)),
            };
            let done = session.and_then(|session| session.transact(intent, &workspace, work));
            done.map_err(|error| with_address(error, &address))
        })
        .await
    }
}

impl Session {
    fn open(address: &Address, intent: Intent) -> Result<Self, LocalError> {
        if let Some(reason) = address.ambiguity() {
            let hint = "give the database a name without `%` in its address, or keep only one of the two files";
            return Err(LocalError::unusable(reason, hint));
        }
        // Without `SQLITE_OPEN_URI`, SQLite takes the path literally. It opens a read-only file for reading.
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if intent == Intent::Create {
            create_folders(address)?;
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        check_file(address, intent)?;
        let connection = Connection::open_with_flags(address.path(), flags)?;
        connection.busy_timeout(address.patience())?;
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(Self { connection, known_schema: None })
    }

    fn transact<T>(
        &mut self,
        intent: Intent,
        workspace: &Workspace,
        work: impl FnOnce(&Tables<'_>) -> Result<T, LocalError>,
    ) -> Result<T, LocalError> {
        // A write takes its lock at the start, because a snapshot that becomes a write later can fail halfway.
        let behavior = match intent {
            Intent::Read => TransactionBehavior::Deferred,
            Intent::Write | Intent::Create => TransactionBehavior::Immediate,
        };
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        if intent == Intent::Create && is_empty(&transaction)? {
            create_schema(&transaction)?;
        }
        let known = read_schema(&transaction, self.known_schema)?;
        let tables = Tables { connection: &transaction, schema: known.1, workspace };
        tables.require_workspace()?;
        let done = work(&tables)?;
        transaction.commit().map_err(after_commit)?;
        self.known_schema = Some(known);
        Ok(done)
    }
}

/// Reads the schema again if it changed, as in a migration by MLflow. The check is cheap.
fn read_schema(connection: &Connection, known: Option<(i64, Schema)>) -> Result<(i64, Schema), LocalError> {
    let changes = connection.prepare_cached("PRAGMA schema_version")?.query_row([], |row| row.get(0))?;
    match known {
        Some(known) if known.0 == changes => Ok(known),
        _ => Ok((changes, Schema::read(connection)?)),
    }
}

fn create_folders(address: &Address) -> Result<(), LocalError> {
    let Some(folder) = address.path().parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|error| {
        LocalError::unusable(
            format!("its folder {} cannot be made: {error}", folder.display()),
            "check the path, and that this user may write there",
        )
    })
}

/// Fails with a specific error where SQLite would say "unable to open database file" for every reason.
///
/// It must not open the file: closing it again would drop the locks of every other connection of this process.
fn check_file(address: &Address, intent: Intent) -> Result<(), LocalError> {
    let register = format!(
        "check the address {} (`services.mlflow.tracking_uri`, else MLFLOW_TRACKING_URI), or register a model first, which \
         makes the database",
        address.uri()
    );
    match fs::metadata(address.path()) {
        Ok(found) if found.is_dir() => {
            Err(LocalError::unusable("it is a folder", "add the name of the database to the path"))
        }
        Ok(found) if !found.is_file() => Err(LocalError::unusable("it is not a file", "check the path")),
        Ok(found) if found.len() == 0 && intent != Intent::Create => Err(LocalError::absent("it is empty", register)),
        // SQLite treats a file of one byte as an empty one and would overwrite it.
        Ok(found) if (1..SMALLEST).contains(&found.len()) => {
            Err(LocalError::unusable("it is not a SQLite database: it is too short", "check the path"))
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound && intent == Intent::Create => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(LocalError::absent("it does not exist", register)),
        Err(error) => Err(LocalError::unusable(
            format!("it cannot be reached: {error}"),
            "check the path, and that this user may read it",
        )),
    }
}
