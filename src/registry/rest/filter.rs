//! MLflow's search filters.

use crate::registry::ModelName;

/// Returns the filter that finds the versions of one model.
///
/// MLflow's grammar has no escapes: the value is the text between the outer quotes. A name with both kinds of quotes
/// therefore has no filter.
pub(super) fn by_name(name: &ModelName) -> Option<String> {
    let name = name.as_str();
    let quote = ['\'', '"'].into_iter().find(|quote| !name.contains(*quote))?;
    Some(format!("name = {quote}{name}{quote}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quotes_are_those_that_the_name_leaves_free() {
        let filter = |name: &str| by_name(&name.parse().unwrap());
        assert_eq!(filter("bikes").as_deref(), Some("name = 'bikes'"));
        assert_eq!(filter("it's").as_deref(), Some("name = \"it's\""));
        assert_eq!(filter("dq\"x").as_deref(), Some("name = 'dq\"x'"));
        assert_eq!(filter("both'\""), None);
    }
}
