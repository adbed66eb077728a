//! stub
use crate::jobs::Job;
use crate::services::ServicesConfig;
/// A job
#[derive(Debug)]
pub struct JobSpec {
    /// c
    pub config: String,
    /// c
    pub index: usize,
    /// c
    pub job: Job,
    /// c
    pub services: ServicesConfig,
    /// c
    pub warnings: Vec<String>,
}

/// o
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Override {
    /// Config text.
    Extras(String),
    /// One key and its value.
    Set(String),
}
/// s
pub struct Sources {
    /// f
    pub files: Vec<std::path::PathBuf>,
    /// f
    pub base: Vec<std::path::PathBuf>,
    /// f
    pub overrides: Vec<Override>,
    /// f
    pub env: std::collections::BTreeMap<String, String>,
}
/// e
pub struct Errors;
impl Errors {
    /// r
    pub fn render(&self, _c: bool) -> String {
        String::new()
    }
}
/// l
pub fn load(_s: &Sources, _i: &mut dyn std::io::Read) -> Result<Vec<JobSpec>, Errors> {
    Err(Errors)
}
/// s
pub fn schema() -> serde_json::Value {
    serde_json::Value::Null
}
