//! Comparisons of a version's fields.

use crate::registry::ModelVersion;

/// A condition on one field of a version.
#[derive(Debug, Clone)]
pub(super) enum Comparison {
    /// The version's number, how it is compared, and with which number.
    Number(fn(&u64, &u64) -> bool, u64),
    Text(Key, Test),
}

/// A field with a text.
#[derive(Debug, Clone)]
pub(super) enum Key {
    Name,
    RunId,
    SourcePath,
    Tag(String),
}

/// How texts are compared.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Like(String),
    LikeInAnyCase(String),
    In(Vec<String>),
    NotIn(Vec<String>),
}

impl Comparison {
    /// Returns whether the condition holds for a version. It never holds if the version does not have the field.
    pub(super) fn holds(&self, version: &ModelVersion) -> bool {
        match self {
            Self::Number(compare, number) => compare(&version.version.get(), number),
            Self::Text(key, test) => key.value(version).is_some_and(|text| test.holds(text)),
        }
    }
}

impl Key {
    fn value<'v>(&self, version: &'v ModelVersion) -> Option<&'v str> {
        match self {
            Self::Name => Some(version.name.as_str()),
            Self::RunId => version.run_id.as_deref(),
            Self::SourcePath => version.source.as_deref(),
            Self::Tag(key) => version.tags.get(key).map(String::as_str),
        }
    }
}

impl Test {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Like(pattern) => is_like(text, pattern),
            Self::LikeInAnyCase(pattern) => is_like(&text.to_lowercase(), &pattern.to_lowercase()),
            Self::In(wanted) => wanted.iter().any(|wanted| wanted == text),
            Self::NotIn(unwanted) => !unwanted.iter().any(|unwanted| unwanted == text),
        }
    }
}

/// Compares as `LIKE` of SQL does: `%` matches any text, `_` any one character.
fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    // `reached[n]`: the pattern so far matches the first n characters.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for wanted in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match wanted {
                '%' => reached[at] || at > 0 && next[at - 1],
                wanted => at > 0 && reached[at - 1] && (wanted == '_' || wanted == text[at - 1]),
            };
        }
        reached = next;
    }
    reached[text.len()]
}
