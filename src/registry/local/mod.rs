//! Code that the two local registries share: MLflow's SQLite database and its file store.

mod artifact_location;
mod calls;
mod error;

pub(in crate::registry) use artifact_location::ArtifactLocation;
pub(in crate::registry) use calls::{Intent, NewTags, Tags, run_blocking};
pub(in crate::registry) use error::{LocalError, check_tag_value};
