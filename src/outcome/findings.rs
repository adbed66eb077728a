//! What only one kind of job reports: plain data for scripts, and tables for people.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::text::ForeignText;

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
}
