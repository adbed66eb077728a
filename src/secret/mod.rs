//! Secrets: types that never show their content, and the redactor that hides secrets in all output.
//!
//! - [`Secret`] and [`SecretUri`] hold what a config, a variable or a file gives. Creating one registers it.
//! - [`redact()`] and its like hide every registered secret, in each of the forms that a program, a server or a document
//!   may write it in. Whatever is written to a stream, put into a result or quoted from outside goes through one of them
//!   before it is truncated.
//! - [`Secrets`] is a set of secrets that only one request or program knows.
//!
//! A secret of at least four characters is hidden everywhere. A shorter one occurs in so many words that hiding it
//! would make sentences unreadable and reveal it. It is hidden only in text from outside, and only where it stands
//! alone as a value, such as `pin=42`, `"42"` or `me:42@`.
//!
//! This module imports nothing else of the crate.

mod encodings;
mod json;
mod redactor;
mod secret_names;
mod secret_text;
mod secret_uri;
mod secrets;
mod url;

pub use json::redact_json;
pub use redactor::{
    contains_secret, redact, redact_foreign, redact_in_place, redact_interpolated, redact_message, register,
    register_environment, register_interpolated, register_login, register_url,
};
pub use secret_names::is_secret_name;
pub use secret_text::{Secret, deserialize_secret_text};
pub use secret_uri::{ADDRESS, FREE, KIND_OF_TEXT, SecretUri, unencoded_in_login};
pub use secrets::{MIN_SUSPECT_LENGTH, REDACTED, Scope, Secrets};
pub use url::redact_userinfo;
