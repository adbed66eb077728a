//! What is wrong with a template, and where.

use minijinja::Error;

use crate::text::nearest;

/// Says what is wrong and where. The values that were filled in are left out: one may be a secret.
pub(super) fn fault(error: &Error, source: &str) -> String {
    let place = match (error.range(), error.line()) {
        (Some(range), _) => position(source, range.start),
        (None, Some(line)) => format!("line {line} of the template"),
        (None, None) => "the template".to_owned(),
    };
    match error.detail() {
        Some(detail) => format!("{place}: {}: {detail}", error.kind()),
        None => format!("{place}: {}", error.kind()),
    }
}

/// Suggests the known name that a mistyped one probably means, or lists all of them.
pub(super) fn suggestion(typed: &str, names: &[String]) -> String {
    match nearest(typed, &names.iter().map(String::as_str).collect::<Vec<_>>()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// Says where a byte of a template is.
pub(super) fn position(source: &str, at: usize) -> String {
    let before = source.get(..at).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("line {line}, column {column} of the template")
}

/// Finds a name inside the tags of a template.
pub(super) fn place_of(name: &str, source: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let stands_alone = |at: usize| {
        let (before, after) = (&source[..at], &source[at + name.len()..]);
        !before.ends_with(|c| is_word(c) || c == '.') && !after.starts_with(is_word)
    };
    let is_inside = |at: usize| {
        let last = |mark: &str| source[..at].rfind(mark).map_or(0, |place| place + 1);
        last("{{").max(last("{%")) > last("}}").max(last("%}"))
    };
    let mut places = source.match_indices(name).map(|(at, _)| at);
    places.find(|at| stands_alone(*at) && is_inside(*at)).unwrap_or(0)
}
