//! The names of models in Unity Catalog.

use crate::registry::ModelName;
use crate::registry::error::{Error, Result};

/// Checks that a name has all three levels.
///
/// # Errors
/// [`Error::Misconfigured`] when one is missing.
pub(in crate::registry) fn validate_model_name(name: &ModelName) -> Result<()> {
    let levels: Vec<&str> = name.as_str().split('.').collect();
    if levels.len() == 3 && levels.iter().all(|level| !level.trim().is_empty() && !level.contains('/')) {
        return Ok(());
    }
    Err(Error::Misconfigured {
        reason: format!("\"{name}\" is not the whole name of a model in Unity Catalog"),
        hint: "write it with its catalog and schema, as `catalog.schema.model`".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_with_catalog_and_schema() {
        let is_whole = |name: &str| validate_model_name(&name.parse().unwrap()).is_ok();
        assert!(is_whole("main.ml-team.bikes_2"));
        for bad in ["bikes", "ml.bikes", "a.b.c.d", "a..c", ".b.c", "a.b.", "a. .c", "a/b.c.d"] {
            assert!(!is_whole(bad), "{bad}");
        }
    }
}
