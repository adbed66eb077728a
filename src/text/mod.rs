//! Text for people. All modules above use these functions instead of their own:
//!
//! - [`ForeignText`]: text from a server, a program or a variable, which is redacted, truncated and escaped when shown;
//! - [`escape_line`] and [`escape_invisible`]: what acts on a terminal, a log reader or a CI system;
//! - [`truncate()`] and [`truncate_to_fit`]: text that ends in an ellipsis where it is too long;
//! - [`format_version`], [`format_exact`] and their like: versions, numbers and durations;
//! - [`nearest`] and [`suggest()`]: the word that a mistyped one probably means.
//!
//! It imports only `secret`.

mod escape;
mod foreign;
mod format;
mod suggest;
mod truncate;

pub use escape::{escape_invisible, escape_line, is_invisible, is_unsafe};
pub use foreign::ForeignText;
pub use format::{
    format_age, format_exact, format_or_dash, format_rounded, format_seconds, format_signed, format_significant,
    format_time, format_version, non_finite_name, split_words,
};
pub use suggest::{is_similar, join_alternatives, nearest, suggest};
pub use truncate::{truncate, truncate_to_fit};
