//! The names of models in Unity Catalog.

use crate::registry::{Error, ModelName};

/// Returns what is wrong with a name that has not all three levels.
pub(in crate::registry) fn misnomer(name: &ModelName) -> Option<Error> {
    let levels: Vec<&str> = name.as_str().split('.').collect();
    let is_whole = levels.len() == 3 && levels.iter().all(|level| !level.trim().is_empty() && !level.contains('/'));
    (!is_whole).then(|| Error::Misconfigured {
        reason: format!("\"{name}\" is not the whole name of a model in Unity Catalog"),
        hint: "write it with its catalog and schema, as `catalog.schema.model`".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_with_catalog_and_schema() {
        let is_whole = |name: &str| misnomer(&name.parse().unwrap()).is_none();
        assert!(is_whole("main.ml-team.bikes_2"));
        for bad in ["bikes", "ml.bikes", "a.b.c.d", "a..c", ".b.c", "a.b.", "a. .c", "a/b.c.d"] {
            assert!(!is_whole(bad), "{bad}");
        }
    }
}
