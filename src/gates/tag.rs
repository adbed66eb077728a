//! A tag of the version: an approval by a person, or the result of a validation.

use regex_lite::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::outcome::{Finding, GateMode, Ruling, Verdict};
use crate::redact::hide_filled_in;
use crate::registry::ModelVersion;
use crate::secret::redact_message;
use crate::text::ForeignText;
use crate::text::escape_line;

/// Demands a tag of the version, with exactly one of `equals`, `one_of` and `matches`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "Raw")]
#[schemars(with = "Raw")]
pub struct TagGate {
    key: String,
    wanted: Wanted,
    pub(super) mode: GateMode,
}

/// What the tag must be.
#[derive(Debug, Clone)]
enum Wanted {
    Equals(String),
    OneOf(Vec<String>),
    /// The pattern as the config has it, and compiled so that it must match a whole value.
    Matches(String, Regex),
}

/// The gate as a config writes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// The key of the tag.
    #[schemars(length(min = 1))]
    key: String,
    /// The value that the tag must have.
    #[serde(default)]
    equals: Option<String>,
    /// The values of which the tag must have one.
    #[serde(default)]
    #[schemars(length(min = 1))]
    one_of: Option<Vec<String>>,
    /// The regular expression that the whole value must match.
    #[serde(default)]
    matches: Option<String>,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    mode: GateMode,
}

impl TryFrom<Raw> for TagGate {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        let wanted = match (raw.equals, raw.one_of, raw.matches) {
            (Some(value), None, None) => Wanted::Equals(value),
            (None, Some(values), None) => Wanted::OneOf(values),
            (None, None, Some(pattern)) => Wanted::Matches(pattern.clone(), whole(&pattern)?),
            (None, None, None) => return Err("a TagGate needs one of `equals`, `one_of` and `matches`".into()),
            _ => return Err("a TagGate takes only one of `equals`, `one_of` and `matches`".into()),
        };
        Ok(Self { key: raw.key, wanted, mode: raw.mode })
    }
}

/// Compiles a regular expression that must match a whole value.
fn whole(pattern: &str) -> Result<Regex, String> {
    // Compiled alone first, so that an error speaks of what the config says.
    Regex::new(pattern).map_err(|error| format!("`matches` is no regular expression: {error}"))?;
    // A pattern in verbose mode may end in a comment, which a line end closes; elsewhere that line end would count.
    let wrapped = |end: &str| Regex::new(&format!("^(?:{pattern}{end})$"));
    wrapped("").or_else(|_| wrapped("\n")).map_err(|error| format!("`matches` is no regular expression: {error}"))
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Equals(one), Self::Equals(other)) => one == other,
            (Self::OneOf(one), Self::OneOf(other)) => one == other,
            (Self::Matches(one, _), Self::Matches(other, _)) => one == other,
            _ => false,
        }
    }
}

impl PartialEq for TagGate {
    fn eq(&self, other: &Self) -> bool {
        (&self.key, &self.wanted, self.mode) == (&other.key, &other.wanted, other.mode)
    }
}

impl TagGate {
    pub(super) const KIND: &'static str = "TagGate";

    /// Judges the tags of a version.
    pub fn judge(&self, version: &ModelVersion) -> Verdict {
        let Self { key, mode, .. } = self;
        let number = version.version;
        let Some(found) = version.tags.get(key) else {
            let reason = format!("version {number} has no tag {key:?}, which must {}", self.wanted.words());
            return Verdict::failed(Self::KIND, *mode, Ruling::TagMissing, reason);
        };
        // What is compared may hold a login, which is nobody's to see.
        let value = ForeignText::new(found);
        let candidate = Some(Finding { value: json!(redact_message(found)), source: format!("version {number}") });
        let wanted = self.wanted.words();
        let verdict = match self.wanted.holds(found) {
            true => Verdict::passed(Self::KIND, *mode, format!("the tag {key:?} is {value:?}")),
            false => {
                let reason = format!("the tag {key:?} is {value:?}, and must {wanted}");
                Verdict::failed(Self::KIND, *mode, Ruling::TagMismatch, reason)
            }
        };
        Verdict { candidate, ..verdict }
    }
}

impl Wanted {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Equals(wanted) => value == wanted,
            Self::OneOf(wanted) => wanted.iter().any(|wanted| value == wanted),
            Self::Matches(_, regex) => regex.is_match(value),
        }
    }

    /// Says what is wanted, fit to follow "must", but for what a variable or a file put in.
    fn words(&self) -> String {
        hide_filled_in(&match self {
            Self::Equals(wanted) => format!("be {wanted:?}"),
            Self::OneOf(wanted) => {
                let wanted: Vec<String> = wanted.iter().map(|wanted| format!("{wanted:?}")).collect();
                format!("be one of {}", wanted.join(", "))
            }
            Self::Matches(pattern, _) => format!("match `{}`", escape_line(pattern)),
        })
    }
}
