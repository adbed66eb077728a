//! The address of a model in the UI of its registry.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::secret::redact_message;

/// The characters that are percent-encoded in a path segment, as in browsers.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Returns the page of a model in the MLflow UI, or in that of Databricks; a registry that is no server has none.
pub fn model_page(registry: &str, model: &str, version: Option<u64>) -> Option<String> {
    if let Some(host) = registry.strip_prefix("databricks:") {
        let levels: Vec<String> =
            model.split('.').map(|level| utf8_percent_encode(level, SEGMENT).to_string()).collect();
        let page = format!("{host}/explore/data/models/{}", levels.join("/"));
        return Some(version.map_or_else(|| page.clone(), |version| format!("{page}/version/{version}")));
    }
    if !(registry.starts_with("http://") || registry.starts_with("https://")) || model.is_empty() {
        return None;
    }
    let (registry, model) = (redact_message(registry), utf8_percent_encode(model, SEGMENT));
    let page = format!("{}/#/models/{model}", registry.trim_end_matches('/').replace("***@", ""));
    Some(version.map_or_else(|| page.clone(), |version| format!("{page}/versions/{version}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_page_is_encoded_and_contains_no_login() {
        let shown = |registry, version| model_page(registry, "it's a/b?#é", version);
        let expected = "https://h/x/#/models/it%27s%20a%2Fb%3F%23%C3%A9/versions/3";
        assert_eq!(shown("https://me:pw@h/x/", Some(3)).as_deref(), Some(expected));
        assert_eq!(shown("http://h", None).as_deref(), Some("http://h/#/models/it%27s%20a%2Fb%3F%23%C3%A9"));
        assert_eq!(shown("sqlite:///mlflow.db", Some(3)), None);
        let shown = |version| model_page("databricks:https://h", "main.ml.bikes 2", version);
        assert_eq!(shown(Some(3)).as_deref(), Some("https://h/explore/data/models/main/ml/bikes%202/version/3"));
        assert_eq!(shown(None).as_deref(), Some("https://h/explore/data/models/main/ml/bikes%202"));
    }
}
