//! Another client of the fake of Unity Catalog, which changes its store directly.

use runner::registry::{NewVersion, Registry};

use super::other_client::OtherClient;
use crate::registries::databricks;
use crate::support::fake_databricks::FakeDatabricks;

pub(super) struct Unity {
    fake: FakeDatabricks,
}

impl Unity {
    pub(super) fn start() -> Self {
        Self { fake: FakeDatabricks::start() }
    }

    /// Opens it as the program does.
    pub(super) fn open(&self) -> Registry {
        databricks::open(&self.fake)
    }
}

impl OtherClient for Unity {
    fn add_model(&self, name: &str) {
        self.fake.change(|store| store.add(crate::support::fake_mlflow::Model::new(name)));
    }

    fn add_version(&self, number: u64, new: &NewVersion) {
        let name = new.name.as_str();
        self.fake.add_version(name, number);
        self.fake.change(|store| {
            let version = store.get(name).and_then(|model| model.versions.get_mut(&number)).unwrap();
            (version.source, version.run_id, version.tags) = (new.source.clone(), new.run_id.clone(), new.tags.clone());
        });
    }

    fn delete_version(&self, name: &str, version: u64) {
        self.fake.delete_version(name, version);
    }

    fn describe_version(&self, name: &str, version: u64) {
        self.fake.change(|store| {
            let version = store.get(name).and_then(|model| model.versions.get_mut(&version)).unwrap();
            version.description = Some("described".into());
        });
    }

    fn delete_model(&self, name: &str) {
        self.fake.change(|store| drop(store.remove(name).unwrap()));
    }

    fn rename(&self, name: &str, new: &str) {
        self.fake.change(|store| {
            let mut model = store.remove(name).unwrap();
            model.name = new.to_owned();
            store.add(model);
        });
    }

    fn make_prompt(&self, _: &str) {
        unreachable!("prompts of Unity Catalog have a registry of their own");
    }

    fn artifacts(&self, _: &str, _: u64) -> String {
        unreachable!("Unity Catalog gives every version a place of its own");
    }

    fn updated(&self, _: &str) -> i64 {
        unreachable!("the fake has no clock");
    }

    fn refuses_alias(&self, _: &str, _: &str) -> Option<bool> {
        None
    }

    fn find(&self, _: &str, _: &str) -> Option<Vec<u64>> {
        None
    }
}
