//! What only one kind of job reports: plain data for scripts, and tables for people.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::foreign_text::ForeignText;

/// How many characters of a text from outside a cell shows.
const WIDEST_CELL: usize = 60;

/// What a job found beside aliases and versions, in the words of its kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// The key of the document in the outcome.
    pub key: &'static str,
    /// The document for scripts.
    pub document: Value,
    /// The same for people.
    pub tables: Vec<Table>,
    /// The result in one line; none where the tables say it all.
    pub summary: Option<String>,
}

impl Findings {
    /// Turns plain data with text keys into a document.
    pub fn new(key: &'static str, document: &impl Serialize, tables: Vec<Table>) -> Self {
        // Such data always has a JSON form.
        Self { key, document: serde_json::to_value(document).unwrap_or_default(), tables, summary: None }
    }
}

impl Serialize for Findings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.key, &self.document)])
    }
}

/// A table about one job. Reports render it as text, Markdown or HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the table is about. Reports put the name of the job in front of it.
    pub title: String,
    /// The names of the columns; empty where there are only notes.
    pub head: Vec<String>,
    /// The cells, row by row.
    pub rows: Vec<Vec<String>>,
    /// What a reader has to know, one line each.
    pub notes: Vec<String>,
}

impl Table {
    /// Shortens a text from outside so that it fits into a cell, and hides secrets in it.
    pub fn cell(text: &str) -> String {
        ForeignText::new(text).cut(WIDEST_CELL).to_string()
    }

    /// Formats a number for a cell, with at most six significant digits; whole numbers in full.
    pub fn number(value: Option<f64>) -> String {
        let Some(value) = value else { return "-".to_owned() };
        if value.is_infinite() {
            return if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() };
        }
        let is_whole = value.fract() == 0.0 && value.abs() < 1e15;
        let short = if is_whole { value } else { format!("{value:.5e}").parse().unwrap_or(value) };
        // The shorter of both forms: neither a row of zeros nor an exponent without need.
        if is_whole { format!("{short}") } else { format!("{short:?}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_as_short_as_possible() {
        let values = [0.1 + 0.2, 3.0, 123_456_789.0, 1234.5678, 1e-10, 1e300, -0.25, f64::NAN, f64::NEG_INFINITY];
        let expected = ["0.3", "3", "123456789", "1234.57", "1e-10", "1e300", "-0.25", "NaN", "-Infinity"];
        assert_eq!(values.map(|value| Table::number(Some(value))), expected);
        assert_eq!(Table::number(None), "-");
    }
}
