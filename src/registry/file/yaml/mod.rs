//! The YAML of `meta.yaml`, read and changed line by line.
//!
//! PyYAML writes it, by the rules of YAML 1.1: there `yes`, `1:30` and `2026-11-23` are not texts, `1e5` is one, and
//! U+2028 ends a line. A reader of YAML 1.2 sees these values differently. So the lines of a value that does not change
//! are never rewritten.

mod document;
mod parse;
mod scalar;

pub(super) use document::{Document, NewValue, Value};
