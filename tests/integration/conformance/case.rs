//! Test cases as data, and their runner.

use super::THEMES;
use super::backends::{Backend, BackendKind, Release};

/// One case of the list.
pub(super) struct Case {
    pub(super) number: u8,
    pub(super) title: &'static str,
    pub(super) check: Check,
    pub(super) exceptions: &'static [Exception],
}

/// The behaviour that a case covers.
pub(super) enum Check {
    /// Runs calls and returns the observation; then the expected observation of MLflow.
    Seen(fn(&Backend) -> String, &'static str),
    /// Out of scope for the program; then the reason.
    NotOurs(&'static str),
}

/// An accepted deviation of some backends.
pub(super) struct Exception {
    pub(super) on: &'static [Where],
    /// The expected observation; none if the case does not apply.
    pub(super) seen: Option<&'static str>,
    pub(super) why: &'static str,
}

/// Some of the backends.
#[derive(Clone, Copy)]
pub(super) enum Where {
    UnityCatalog,
    FileStore,
    /// A database, with any other client.
    Database,
    /// A database without an MLflow client.
    LoneDatabase,
    ServedDatabaseBefore(Release),
    DatabaseBefore(Release),
    ServerBefore(Release),
}

impl Where {
    fn covers(self, backend: &Backend) -> bool {
        match (self, backend.place) {
            (Self::UnityCatalog, BackendKind::UnityCatalog)
            | (Self::FileStore, BackendKind::FileStore)
            | (Self::Database, BackendKind::Database(_)) => true,
            (Self::LoneDatabase, BackendKind::Database(_)) => !backend.has_mlflow(),
            (Self::ServedDatabaseBefore(limit), BackendKind::Database(release)) => {
                backend.has_mlflow() && release < limit
            }
            (Self::ServerBefore(limit), BackendKind::Server(release))
            | (Self::DatabaseBefore(limit), BackendKind::Database(release)) => release < limit,
            _ => false,
        }
    }
}

/// Runs every case, prints each result, and fails on an unexpected observation.
pub(super) fn conform(backend: &Backend) {
    let mut report = format!("\n{}\n", backend.title);
    let mut failures = vec![];
    for case in THEMES.into_iter().flatten() {
        let told = case.run(backend).unwrap_or_else(|failure| {
            failures.push(format!("{} {}\n{failure}", case.number, case.title));
            "FAILED".to_owned()
        });
        report.push_str(&format!("{:>4}  {}: {told}\n", case.number, case.title));
    }
    #[expect(clippy::print_stdout, reason = "a run that is asked to shows what it saw")]
    {
        println!("{report}");
    }
    assert!(failures.is_empty(), "{}\n\n{}", backend.title, failures.join("\n\n"));
}

impl Case {
    /// Returns the result, to be appended to its title.
    fn run(&self, backend: &Backend) -> Result<String, String> {
        let Check::Seen(look, usual) = self.check else {
            let Check::NotOurs(why) = self.check else { unreachable!() };
            return Ok(format!("not the program's ({why})"));
        };
        let exception = self.exceptions.iter().find(|it| it.on.iter().any(|place| place.covers(backend)));
        let (expected, told) = match exception {
            None => (usual, "ok".to_owned()),
            Some(Exception { seen: Some(other), why, .. }) => (*other, format!("ok, in its own way ({why})")),
            Some(Exception { seen: None, why, .. }) => return Ok(format!("not here ({why})")),
        };
        let seen = look(backend);
        if seen == expected { Ok(told) } else { Err(format!("  expected: {expected}\n  seen:     {seen}")) }
    }
}
