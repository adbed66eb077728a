//! What stands in a template as it is, the same in every notice.

/// The marks that open and close a tag. The last is a comment's, in which quotes mean nothing.
const TAGS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// Returns the texts outside of the tags of a template, and those in quotes inside them.
pub(super) fn literals(source: &str) -> Vec<String> {
    let mut found = vec![];
    let mut rest = source;
    while let Some((at, close)) = TAGS.iter().filter_map(|(open, close)| Some((rest.find(open)?, close))).min() {
        found.push(rest[..at].to_owned());
        let tag = &rest[at + close.len()..];
        let end = if *close == "#}" { tag.find(close).unwrap_or(tag.len()) } else { end_of(tag, close, &mut found) };
        rest = tag.get(end + close.len()..).unwrap_or_default();
    }
    found.push(rest.to_owned());
    found.retain(|text| !text.is_empty());
    found
}

/// Returns where a tag closes, and adds the texts in quotes before that.
fn end_of(tag: &str, close: &str, found: &mut Vec<String>) -> usize {
    let mut quoted: Option<(char, usize)> = None;
    let mut is_escaped = false;
    for (at, c) in tag.char_indices() {
        match quoted {
            None if tag[at..].starts_with(close) => return at,
            None if matches!(c, '"' | '\'') => quoted = Some((c, at + 1)),
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if c == '\\' => is_escaped = true,
            Some((quote, start)) if c == quote => {
                found.push(unescaped(&tag[start..at]));
                quoted = None;
            }
            _ => {}
        }
    }
    tag.len()
}

fn unescaped(text: &str) -> String {
    serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_in_every_notice_is_found() {
        let cases: [(&str, &[&str]); 6] = [
            ("--key=hunter2", &["--key=hunter2"]),
            ("a {{ title }} b", &["a ", " b"]),
            (r#"{{ "hun}}ter\"2" ~ title }}{# "no" #}c"#, &["hun}}ter\"2", "c"]),
            ("{% if why == 'x' %}secret{% endif %}", &["x", "secret"]),
            ("{{ title }}", &[]),
            ("open {{ 'never", &["open "]),
        ];
        for (source, expected) in cases {
            assert_eq!(literals(source), expected, "{source}");
        }
    }
}
