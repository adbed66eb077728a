//! Tables that the other reports show as well.

use minijinja::Value;

use super::render::render;
use crate::outcome::Table;

/// Renders a table with its title and notes.
pub(super) fn table(table: &Table) -> Value {
    let Table { title, head, rows, notes } = table;
    render("table", &serde_json::json!({ "title": title, "head": head, "rows": rows, "notes": notes }))
}
