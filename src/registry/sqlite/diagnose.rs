//! The checks of `--doctor`, which read the database and write nothing.

use std::time::Instant;

use super::alembic::describe_release;
use super::client::Sqlite;
use crate::outcome::{Health, Observation, Topic};
use crate::registry::local::Intent;
use crate::registry::observe::{observe_unreadable_store, observe_write_access};
use crate::registry::{DiagnosisRequest, ModelSubject, observe_error};

impl Sqlite {
    /// Reads the database, and waits for a lock at most as long as one answer may take.
    pub(in crate::registry) async fn diagnose(&self, wanted: &DiagnosisRequest) -> Vec<Observation> {
        let started = Instant::now();
        let impatient = self.with_patience_up_to(wanted.limit);
        let read = impatient.transact(Intent::Read, |tables| {
            let revision =
                tables.connection.query_row("SELECT version_num FROM alembic_version", [], |row| row.get(0))?;
            Ok((revision, tables.schema.workspaces))
        });
        let (revision, has_workspaces): (String, bool) = match read.await {
            Ok(read) => read,
            Err(error) => return vec![observe_unreadable_store(&error, self.address().path(), wanted)],
        };
        let release = describe_release(&revision);
        let server = format!("MLflow's SQLite database, {release} (revision {revision})");
        let workspace = match self.workspace() {
            _ if !has_workspaces => "databases of this release have none".to_owned(),
            workspace if workspace.is_default() => "the default one".to_owned(),
            workspace => format!("{workspace}, as configured"),
        };
        vec![
            Observation::ok(Topic::Latency, format!("opened and read within {} ms", started.elapsed().as_millis())),
            Observation::ok(Topic::Server, server),
            Observation::ok(Topic::Login, "a database asks for none"),
            Observation::ok(Topic::Workspace, workspace),
        ]
    }

    /// Checks that this user may write the file, and the folder where SQLite creates its journal.
    pub(in crate::registry) async fn permission(&self, subject: &ModelSubject) -> Observation {
        let (name, topic) = (&subject.name, Topic::Permission);
        let path = self.address().path().to_owned();
        match self.transact(Intent::Read, |tables| Ok(tables.connection.is_readonly("main")?)).await {
            Ok(true) => {
                Observation::new(topic, Health::Failed, format!("{name}: this user may not write {}", path.display()))
                    .hint("give this user write permission on the file and its folder")
            }
            Ok(false) => {
                let folder = path.parent().map(|folder| (folder, ", where SQLite makes the journal of the database"));
                observe_write_access(name, [(path.as_path(), "")].into_iter().chain(folder))
            }
            Err(error) => observe_error(topic, &error),
        }
    }
}
