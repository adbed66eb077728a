//! Suggests the known word that a mistyped one probably means.

/// The minimum share of equal letters of two names that count as similar.
const SIMILAR: f64 = 0.7;

/// Suggests the known word that is nearest to a mistyped one, or lists all known words; `None` without any.
pub fn suggest(typed: &str, known: &[&str]) -> Option<String> {
    if let Some(name) = nearest(typed, known) {
        return Some(format!("did you mean `{name}`?"));
    }
    let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("expected {}", join_alternatives(&names, "or")))
}

/// Returns the known word that is nearest to a mistyped one, if the distance is small enough.
pub fn nearest<'k>(typed: &str, known: &[&'k str]) -> Option<&'k str> {
    let typed = typed.to_lowercase();
    let size = typed.chars().count();
    let near = known.iter().copied().filter_map(|name| {
        let lower = name.to_lowercase();
        let length = lower.chars().count();
        let limit = (size.max(length) / 3).max(1);
        // The difference in length is a lower bound of the distance, which is expensive to compute.
        if size.abs_diff(length) > limit {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&typed, &lower);
        (distance <= limit && distance < size).then_some((distance, name))
    });
    near.min().map(|(_, name)| name).or_else(|| only_one_with(&typed, known))
}

/// Returns whether two names are so similar that one may be a typing error. Stricter than [`nearest`], because a job is
/// refused because of it.
pub fn is_similar(one: &str, other: &str) -> bool {
    strsim::normalized_damerau_levenshtein(&one.to_lowercase(), &other.to_lowercase()) >= SIMILAR
}

/// Joins alternatives: `a`, `a or b`, `a, b or c`.
pub fn join_alternatives<T: AsRef<str>>(words: &[T], conjunction: &str) -> String {
    match words {
        [] => String::new(),
        [word] => word.as_ref().to_owned(),
        [words @ .., last] => {
            let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
            format!("{} {conjunction} {}", words.join(", "), last.as_ref())
        }
    }
}

/// Returns the known word that starts with a text or has it as a part, if there is exactly one.
fn only_one_with<'k>(typed: &str, known: &[&'k str]) -> Option<&'k str> {
    let has = |name: &&str| {
        let name = name.to_lowercase();
        typed.len() >= 3 && (name.starts_with(typed) || name.split('_').any(|part| part == typed))
    };
    let mut matches = known.iter().copied().filter(has);
    matches.next().filter(|_| matches.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_similar_word_is_suggested() {
        let known = ["alias", "version", "tracking_uri"];
        assert_eq!(nearest("alais", &known), Some("alias"));
        assert_eq!(nearest("Version", &known), Some("version"));
        assert_eq!(nearest("uri", &known), Some("tracking_uri"));
        assert_eq!(nearest("vers", &known), Some("version"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(nearest("", &known), None);
    }

    #[test]
    fn without_a_similar_word_all_are_listed() {
        assert_eq!(suggest("alais", &["alias", "version"]).as_deref(), Some("did you mean `alias`?"));
        assert_eq!(suggest("x", &["alias", "version"]).as_deref(), Some("expected `alias` or `version`"));
        assert_eq!(suggest("x", &[]), None);
    }
}
