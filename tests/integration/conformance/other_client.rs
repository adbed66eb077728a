//! What is done and looked at beside the program, by whoever else uses the registry.

use runner::registry::NewVersion;

/// Somebody else with the same registry.
pub(super) trait OtherClient {
    /// Makes a model, where the program cannot.
    fn add_model(&self, _: &str) {
        unreachable!("the program registers models here itself");
    }

    /// Adds a version, where the program cannot.
    fn add_version(&self, _: u64, _: &NewVersion) {
        unreachable!("the program registers versions here itself");
    }

    fn delete_version(&self, name: &str, version: u64);

    fn describe_version(&self, name: &str, version: u64);

    fn delete_model(&self, name: &str);

    fn rename(&self, name: &str, new: &str);

    /// Makes a prompt with one version.
    fn make_prompt(&self, name: &str);

    /// Returns where the artifacts of a version are.
    fn artifacts(&self, name: &str, version: u64) -> String;

    /// Returns when a model last changed, in milliseconds since 1970.
    fn updated(&self, name: &str) -> i64;

    /// Returns whether MLflow refuses an alias; nothing where no MLflow is there to ask.
    fn refuses_alias(&self, name: &str, alias: &str) -> Option<bool>;

    /// Returns the versions that MLflow finds by a filter; nothing where no MLflow is there to ask.
    fn find(&self, name: &str, filter: &str) -> Option<Vec<u64>>;
}
