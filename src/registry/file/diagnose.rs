//! The checks of `--doctor`, which read the store and write nothing.

use std::path::Path;
use std::time::Instant;

use tokio::time::timeout;

use super::client::FileStore;
use crate::outcome::{Health, Observation, Topic};
use crate::registry::observe::{observe_unreadable_store, observe_write_access};
use crate::registry::{DiagnosisRequest, ModelSubject};

impl FileStore {
    /// Checks that the store exists and can be listed.
    pub(in crate::registry) async fn diagnose(&self, wanted: &DiagnosisRequest) -> Vec<Observation> {
        let started = Instant::now();
        let count = self
            .store
            .run(|store| store.require().and_then(|()| store.list(Path::new("models"))).map(|list| list.len()));
        let models = match timeout(wanted.limit, count).await {
            Ok(Ok(1)) => "one model".to_owned(),
            Ok(Ok(models)) => format!("{models} models"),
            Ok(Err(error)) => return vec![observe_unreadable_store(&error, self.store.address().path(), wanted)],
            Err(_) => {
                let message = format!("the folder does not answer within {:?}", wanted.limit);
                let hint = "check the disk or the network that the folder is on";
                return vec![Observation::new(Topic::Server, Health::Unavailable, message).hint(hint)];
            }
        };
        vec![
            Observation::ok(Topic::Latency, format!("read within {} ms", started.elapsed().as_millis())),
            Observation::new(Topic::Server, Health::Warning, format!("MLflow's file store, with {models}"))
                .hint(self.deprecation()),
            Observation::ok(Topic::Login, "a file store asks for none"),
            Observation::ok(Topic::Workspace, "a file store has none"),
        ]
    }

    /// Checks that this user may write the folders that a move writes.
    pub(in crate::registry) async fn permission(&self, subject: &ModelSubject) -> Observation {
        let root = self.store.address().path().to_owned();
        let model = root.join("models").join(subject.name.as_str());
        let (aliases, tags) = (model.join("aliases"), model.join("tags"));
        let lock = ", where runners lock the store and make files on their way";
        observe_write_access(&subject.name, [(model.as_path(), ""), (&aliases, ""), (&tags, ""), (&root, lock)])
    }
}
