//! A job as it is written, pinned to what was planned.

use serde_json::{Map, Value};

use crate::config::{JobSource, escaped};
use crate::jobs::Job;
use crate::outcome::Outcome;

/// The fields that choose a version, in one way or another.
const CHOICES: [&str; 2] = ["version", "select"];

/// Returns a job that does what was planned and nothing else.
pub(super) fn pin(source: &JobSource, job: &Job, outcome: &Outcome) -> Map<String, Value> {
    let mut pinned = source.job.clone();
    let mut put = |key: &str, text: Option<&str>| {
        pinned.remove(key);
        pinned.extend(text.map(|text| (key.to_owned(), escaped(text).into())));
    };
    put("name", Some(&outcome.name));
    let (Some(key), Some(version)) = (job.pinned_key(), outcome.version) else { return pinned };
    put("alias", outcome.alias.as_deref());
    put("message", outcome.message.as_deref());
    CHOICES.iter().for_each(|choice| drop(pinned.remove(*choice)));
    pinned.insert(key.to_owned(), version.into());
    pinned.insert("expect".to_owned(), outcome.previous_version.map_or_else(|| "none".into(), Value::from));
    pinned
}
