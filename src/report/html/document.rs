//! The JSON document of the result, as a page embeds it.

use crate::outcome::BatchResult;
use crate::text::escape_invisible;

/// Renders the document for the content of a `script` element: no text in it ends the element or begins a comment.
pub(super) fn embedded(result: &BatchResult) -> String {
    // Plain data with text keys always has a JSON form.
    let text = serde_json::to_string(result).unwrap_or_default();
    let safe = escape_invisible(&text);
    // Outside of texts, a document has none of these characters.
    safe.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::super::page::fixtures::{job, result};
    use super::*;

    #[test]
    fn no_text_ends_the_element_and_the_document_stays_the_same() {
        let mut promoted = job("</script><!--<script>\u{2028}&");
        promoted.outcome.message = Some("</SCRIPT >".to_owned());
        let result = result(vec![promoted]);
        let text = embedded(&result);
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(parsed, serde_json::to_value(&result).unwrap());
    }
}
