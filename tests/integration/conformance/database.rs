//! Another client of a database without a server: the SQL that MLflow runs.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Params};

use super::other_client::OtherClient;

pub(super) struct Sql {
    connection: Connection,
}

impl Sql {
    pub(super) fn new(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        Self { connection }
    }

    fn run(&self, sql: &str, params: impl Params) {
        self.connection.execute(sql, params).unwrap();
    }
}

impl OtherClient for Sql {
    fn delete_version(&self, name: &str, version: u64) {
        let key = (name, version.cast_signed());
        self.run("DELETE FROM registered_model_aliases WHERE name = ?1 AND version = ?2", key);
        self.run(
            "UPDATE model_versions SET current_stage = 'Deleted_Internal', source = 'REDACTED-SOURCE-PATH', \
             run_id = 'REDACTED-RUN-ID', status_message = NULL WHERE name = ?1 AND version = ?2",
            key,
        );
    }

    fn describe_version(&self, name: &str, version: u64) {
        let sql = "UPDATE model_versions SET description = 'described', last_updated_time = last_updated_time + 1000 \
                   WHERE name = ?1 AND version = ?2";
        self.run(sql, (name, version.cast_signed()));
    }

    fn delete_model(&self, name: &str) {
        for table in ["model_version_tags", "registered_model_tags", "model_versions", "registered_models"] {
            self.run(&format!("DELETE FROM {table} WHERE name = ?1"), [name]);
        }
    }

    fn rename(&self, name: &str, new: &str) {
        self.run("UPDATE registered_models SET name = ?2 WHERE name = ?1", [name, new]);
    }

    fn make_prompt(&self, name: &str) {
        self.run("INSERT INTO registered_models (name, creation_time, last_updated_time) VALUES (?1, 1, 1)", [name]);
        let sql = "INSERT INTO model_versions (name, version, current_stage, source, status, creation_time, last_updated_time) \
                   VALUES (?1, 1, 'None', 'dummy-source', 'READY', 1, 1)";
        self.run(sql, [name]);
        let tag = "'mlflow.prompt.is_prompt', 'true'";
        self.run(&format!("INSERT INTO registered_model_tags (name, \"key\", value) VALUES (?1, {tag})"), [name]);
        let sql = format!("INSERT INTO model_version_tags (name, version, \"key\", value) VALUES (?1, 1, {tag})");
        self.run(&sql, [name]);
    }

    fn artifacts(&self, name: &str, version: u64) -> String {
        let sql = "SELECT COALESCE(storage_location, source) FROM model_versions WHERE name = ?1 AND version = ?2";
        let found = self.connection.query_row(sql, (name, version.cast_signed()), |row| row.get(0));
        found.optional().unwrap().unwrap_or_default()
    }

    fn updated(&self, name: &str) -> i64 {
        let sql = "SELECT last_updated_time FROM registered_models WHERE name = ?1";
        self.connection.query_row(sql, [name], |row| row.get(0)).unwrap()
    }

    fn refuses_alias(&self, _: &str, _: &str) -> Option<bool> {
        None
    }

    fn find(&self, _: &str, _: &str) -> Option<Vec<u64>> {
        None
    }
}
