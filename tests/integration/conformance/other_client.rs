//! Another client of a registry: changes and reads besides those of the program.

use runner::registry::NewVersion;

/// Another client of the same registry.
pub(super) trait OtherClient {
    /// Creates a model, if the program cannot.
    fn add_model(&self, _: &str) {
        unreachable!("the program registers models here itself");
    }

    /// Adds a version, if the program cannot.
    fn add_version(&self, _: u64, _: &NewVersion) {
        unreachable!("the program registers versions here itself");
    }

    fn delete_version(&self, name: &str, version: u64);

    fn describe_version(&self, name: &str, version: u64);

    fn delete_model(&self, name: &str);

    fn rename(&self, name: &str, new: &str);

    /// Creates a prompt with one version.
    fn make_prompt(&self, name: &str);

    /// Returns the artifact location of a version.
    fn artifacts(&self, name: &str, version: u64) -> String;

    /// Returns the last update time of a model, in milliseconds since 1970.
    fn updated(&self, name: &str) -> i64;

    /// Returns whether MLflow rejects an alias; none without an MLflow client.
    fn refuses_alias(&self, name: &str, alias: &str) -> Option<bool>;

    /// Returns the versions that MLflow finds by a filter; none without an MLflow client.
    fn find(&self, name: &str, filter: &str) -> Option<Vec<u64>>;
}
