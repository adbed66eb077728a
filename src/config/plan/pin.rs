//! A job as it is written, pinned to what was planned.

use std::collections::BTreeSet;

use figment::value::{Dict, Value};

use super::secrets::is_secret;
use super::written::Written;
use crate::config::interpolate::escaped;
use crate::config::tree::KeyPath;
use crate::jobs::Job;
use crate::outcome::Outcome;

/// What chooses a version, in one way or another.
const CHOICES: [&str; 2] = ["version", "select"];

/// Returns a job that does what was planned and nothing else, and adds to `asked` what it must not show.
pub(super) fn pinned(written: &Written, job: &Job, outcome: &Outcome, asked: &mut BTreeSet<KeyPath>) -> Dict {
    let mut pinned = written.job.clone();
    let mut put = |key: &str, text: Option<&str>| {
        pinned.remove(key);
        let Some(text) = text.map(escaped) else { return };
        let path = KeyPath::new(&["job", key]);
        if is_secret(key, &text, None) {
            asked.insert(path);
            pinned.insert(key.to_owned(), "".into());
        } else {
            asked.remove(&path);
            pinned.insert(key.to_owned(), text.into());
        }
    };
    if let Some(name) = &outcome.name {
        put("name", Some(name));
    }
    let (Some(key), Some(version)) = (job.pinned_key(), outcome.version) else { return pinned };
    put("alias", outcome.alias.as_deref());
    put("message", outcome.message.as_deref());
    CHOICES.iter().for_each(|choice| drop(pinned.remove(*choice)));
    pinned.insert(key.to_owned(), version.into());
    pinned.insert("expect".to_owned(), outcome.previous_version.map_or_else(|| "none".into(), Value::from));
    pinned
}
