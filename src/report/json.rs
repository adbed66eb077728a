//! The result for scripts.

use crate::outcome::BatchResult;

/// Renders the result as one indented JSON document, which ends with a newline.
pub fn json(result: &BatchResult) -> String {
    // Plain data with text keys always has a JSON form.
    let mut text = serde_json::to_string_pretty(result).unwrap_or_default();
    text.push('\n');
    text
}
