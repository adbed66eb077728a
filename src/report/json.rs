//! The result for scripts.

use serde::Serialize;

use crate::outcome::BatchResult;
use crate::text::escape_invisible;

/// Renders the result as one indented JSON document, which ends with a newline.
pub fn json(result: &BatchResult) -> String {
    document(result)
}

/// Renders plain data as one indented JSON document, which ends with a newline. What acts on a terminal unseen is
/// escaped: outside of texts, a document has nothing of the kind.
pub(super) fn document(data: &impl Serialize) -> String {
    // Plain data with text keys always has a JSON form.
    let text = serde_json::to_string_pretty(data).unwrap_or_default();
    escape_invisible(&text).into_owned() + "\n"
}
