//! One connection to the database, opened on first use and kept, and the transactions on it.

use std::fs;
use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::address::Address;
use super::create;
use super::fault::Fault;
use super::shape::Shape;
use crate::registry::{Result, Workspace};

/// How many statements stay prepared; more than there are.
const STATEMENTS: usize = 32;

/// The size of the smallest SQLite database.
const SMALLEST: u64 = 512;

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    /// To see one consistent snapshot.
    Read,
    /// To change what exists.
    Write,
    /// To change what exists, the database itself made where it is missing.
    Create,
}

/// A database in a file.
#[derive(Debug)]
pub(super) struct Database {
    address: Address,
    workspace: Workspace,
    session: Mutex<Option<Session>>,
}

/// What work in a transaction sees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables<'c> {
    pub(super) connection: &'c Connection,
    pub(super) shape: Shape,
    pub(super) workspace: &'c Workspace,
}

#[derive(Debug)]
struct Session {
    connection: Connection,
    /// The shape, and the count of schema changes at which it was found.
    seen: Option<(i64, Shape)>,
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

    /// Does work in one transaction: all of it counts, or nothing.
    pub(super) fn transact<T>(
        &self,
        intent: Intent,
        work: impl FnOnce(&Tables<'_>) -> std::result::Result<T, Fault>,
    ) -> Result<T> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let session = match &mut *session {
            Some(session) => Ok(session),
            closed => Session::open(&self.address, intent).map(|session| closed.insert(session)),
        };
        session
            .and_then(|session| session.transact(intent, &self.workspace, work))
            .map_err(|fault| fault.at(&self.address))
    }
}

impl Session {
    fn open(address: &Address, intent: Intent) -> std::result::Result<Self, Fault> {
        // No `SQLITE_OPEN_URI`: a path is a path. Where the file is read-only, SQLite opens it for reading.
        if let Some(reason) = address.ambiguity() {
            let hint = "give the database a name without `%` in its address, or keep only one of the two files";
            return Err(Fault::unusable(reason, hint));
        }
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if intent == Intent::Create {
            make_folders(address)?;
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        refuse_no_file(address, intent)?;
        let connection = Connection::open_with_flags(address.path(), flags)?;
        connection.busy_timeout(address.patience())?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(Self { connection, seen: None })
    }

    fn transact<T>(
        &mut self,
        intent: Intent,
        workspace: &Workspace,
        work: impl FnOnce(&Tables<'_>) -> std::result::Result<T, Fault>,
    ) -> std::result::Result<T, Fault> {
        // A write takes its lock at once: a snapshot that turns into a write can fail halfway.
        let behavior = match intent {
            Intent::Read => TransactionBehavior::Deferred,
            Intent::Write | Intent::Create => TransactionBehavior::Immediate,
        };
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        if intent == Intent::Create && create::is_empty(&transaction)? {
            create::schema(&transaction)?;
        }
        let seen = look(&transaction, self.seen)?;
        let tables = Tables { connection: &transaction, shape: seen.1, workspace };
        tables.require_workspace()?;
        let done = work(&tables)?;
        transaction.commit()?;
        self.seen = Some(seen);
        Ok(done)
    }
}

// An MLflow that migrates the database meanwhile changes its shape; the count of schema changes tells, and is cheap.
fn look(connection: &Connection, seen: Option<(i64, Shape)>) -> std::result::Result<(i64, Shape), Fault> {
    let changes = connection.prepare_cached("PRAGMA schema_version")?.query_row([], |row| row.get(0))?;
    match seen {
        Some(seen) if seen.0 == changes => Ok(seen),
        _ => Ok((changes, Shape::of(connection)?)),
    }
}

fn make_folders(address: &Address) -> std::result::Result<(), Fault> {
    let Some(folder) = address.path().parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|error| {
        Fault::unusable(
            format!("its folder {} cannot be made: {error}", folder.display()),
            "check the path, and that this user may write there",
        )
    })
}

// Told apart here because SQLite says "unable to open database file" to all of it. The file must not be opened for it:
// closing it again would drop the locks of every other connection of this process.
fn refuse_no_file(address: &Address, intent: Intent) -> std::result::Result<(), Fault> {
    let register = format!(
        "check the address {} (`services.mlflow.tracking_uri`, else MLFLOW_TRACKING_URI), or register a model first, which \
         makes the database",
        address.uri()
    );
    match fs::metadata(address.path()) {
        Ok(found) if found.is_dir() => {
            Err(Fault::unusable("it is a folder", "add the name of the database to the path"))
        }
        Ok(found) if !found.is_file() => Err(Fault::unusable("it is not a file", "check the path")),
        Ok(found) if found.len() == 0 && intent != Intent::Create => Err(Fault::absent("it is empty", register)),
        // SQLite takes a file of one byte for an empty one, and would write over it.
        Ok(found) if (1..SMALLEST).contains(&found.len()) => {
            Err(Fault::unusable("it is not a SQLite database: it is too short", "check the path"))
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound && intent == Intent::Create => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Fault::absent("it does not exist", register)),
        Err(error) => Err(Fault::unusable(
            format!("it cannot be reached: {error}"),
            "check the path, and that this user may read it",
        )),
    }
}
