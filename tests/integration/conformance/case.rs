//! A case as data, and the run of all of them.

use super::THEMES;
use super::backends::{Backend, BackendKind, Release};

/// One case of the list.
pub(super) struct Case {
    pub(super) number: u8,
    pub(super) title: &'static str,
    pub(super) check: Check,
    pub(super) exceptions: &'static [Exception],
}

/// What a case looks at.
pub(super) enum Check {
    /// Does things, and returns what is seen of them; then what is seen in MLflow.
    Seen(fn(&Backend) -> String, &'static str),
    /// Nothing, because it is no matter of the program; then why.
    NotOurs(&'static str),
}

/// What some backends rightly do otherwise.
pub(super) struct Exception {
    pub(super) on: &'static [Where],
    /// What is seen there; none where the case makes no sense there.
    pub(super) seen: Option<&'static str>,
    pub(super) why: &'static str,
}

/// Some of the backends.
#[derive(Clone, Copy)]
pub(super) enum Where {
    UnityCatalog,
    FileStore,
    /// A database, whoever reads it beside the program.
    Database,
    /// A database that no MLflow reads beside the program.
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

/// Runs every case, prints what came of each, and fails if something else was seen than what is right there.
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
    /// Returns what came of it, fit to follow its title.
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
