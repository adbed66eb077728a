//! The connection to a database, which opens on first use and stays open, and the transactions on it.

use std::fs;
use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::address::Address;
use super::error::with_address;
use super::new_database::{create_schema, is_empty};
use super::schema::Schema;
use crate::registry::local::{Intent, LocalError};
use crate::registry::{Result, Workspace};

/// How many prepared statements are cached: more than the program has.
const CACHED_STATEMENTS: usize = 32;

/// The size of the smallest SQLite database, in bytes.
const SMALLEST: u64 = 512;

/// A database in a file.
#[derive(Debug)]
pub(super) struct Database {
    address: Address,
    workspace: Workspace,
    session: Mutex<Option<Session>>,
}

/// The tables of a database within one transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables<'c> {
    pub(super) connection: &'c Connection,
    pub(super) schema: Schema,
    pub(super) workspace: &'c Workspace,
}

#[derive(Debug)]
struct Session {
    connection: Connection,
    /// The schema, and SQLite's count of schema changes when it was read.
    known_schema: Option<(i64, Schema)>,
}

impl Database {
    pub(super) fn new(address: Address, workspace: Workspace) -> Self {
        Self { address, workspace, session: Mutex::new(None) }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Runs work in one transaction: all of its writes are kept, or none.
    pub(super) fn transact<T>(
        &self,
        intent: Intent,
        work: impl FnOnce(&Tables<'_>) -> std::result::Result<T, LocalError>,
    ) -> Result<T> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let session = match &mut *session {
            Some(session) => Ok(session),
            closed => Session::open(&self.address, intent).map(|session| closed.insert(session)),
        };
        session
            .and_then(|session| session.transact(intent, &self.workspace, work))
            .map_err(|error| with_address(error, &self.address))
    }
}

impl Session {
    fn open(address: &Address, intent: Intent) -> std::result::Result<Self, LocalError> {
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
        work: impl FnOnce(&Tables<'_>) -> std::result::Result<T, LocalError>,
    ) -> std::result::Result<T, LocalError> {
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
        transaction.commit()?;
        self.known_schema = Some(known);
        Ok(done)
    }
}

/// Reads the schema again if it changed since, as it does when MLflow migrates the database. The check is cheap.
fn read_schema(
    connection: &Connection,
    known: Option<(i64, Schema)>,
) -> std::result::Result<(i64, Schema), LocalError> {
    let changes = connection.prepare_cached("PRAGMA schema_version")?.query_row([], |row| row.get(0))?;
    match known {
        Some(known) if known.0 == changes => Ok(known),
        _ => Ok((changes, Schema::read(connection)?)),
    }
}

fn create_folders(address: &Address) -> std::result::Result<(), LocalError> {
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
fn check_file(address: &Address, intent: Intent) -> std::result::Result<(), LocalError> {
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
