//! The literal texts of a template, which are the same in every message.

/// The delimiters of tags. The last pair is that of a comment, in which quotes have no meaning.
const TAGS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// Returns the texts outside of the tags of a template, and those in quotes inside them.
pub(super) fn literals(source: &str) -> Vec<String> {
    let (mut found, rest) = split_tags(source);
    found.extend(rest.map(str::to_owned));
    found.retain(|text| !text.is_empty());
    found
}

/// Appends a text to the source of a template so that it renders as itself, whatever it contains.
///
/// # Errors
/// When the source ends inside a tag, where the text would become template code.
pub(crate) fn append_literal(source: &mut String, text: &str) -> Result<(), InsideTag> {
    if split_tags(source).1.is_none() {
        return Err(InsideTag);
    }
    // A brace before the text may open a tag together with its first character.
    let plain = source.trim_end_matches('{').len();
    let opens = text.contains('{') || plain < source.len() && text.starts_with(['%', '#']);
    if opens {
        let braces = source.split_off(plain);
        let quoted = serde_json::Value::String(braces + text);
        source.push_str(&format!("{{{{ {quoted} }}}}"));
    } else {
        source.push_str(text);
    }
    Ok(())
}

/// The error of a text that would be inserted inside a tag.
#[derive(Debug)]
pub(crate) struct InsideTag;

/// Returns the texts up to the last tag, and the text after it; `None` if the last tag is not closed.
fn split_tags(source: &str) -> (Vec<String>, Option<&str>) {
    let mut found = vec![];
    let mut rest = source;
    while let Some((at, close)) = TAGS.iter().filter_map(|(open, close)| Some((rest.find(open)?, *close))).min() {
        found.push(rest[..at].to_owned());
        let tag = &rest[at + close.len()..];
        let end = if close == "#}" { tag.find(close).unwrap_or(tag.len()) } else { tag_end(tag, close, &mut found) };
        match tag.get(end + close.len()..) {
            Some(behind) => rest = behind,
            None => return (found, None),
        }
    }
    (found, Some(rest))
}

/// Returns where a tag ends, and adds the quoted texts in it.
fn tag_end(tag: &str, close: &str, found: &mut Vec<String>) -> usize {
    let mut quoted: Option<(char, usize)> = None;
    let mut is_escaped = false;
    for (at, c) in tag.char_indices() {
        match quoted {
            None if tag[at..].starts_with(close) => return at,
            None if matches!(c, '"' | '\'') => quoted = Some((c, at + 1)),
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if c == '\\' => is_escaped = true,
            Some((quote, start)) if c == quote => {
                found.push(unescape(&tag[start..at]));
                quoted = None;
            }
            _ => {}
        }
    }
    tag.len()
}

fn unescape(text: &str) -> String {
    serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Template, TemplateContext};
    use super::*;

    #[test]
    fn nothing_is_appended_inside_a_tag() {
        for source in ["{{ ", "{{ title ~ \"", "a {% if ", "{# x", "{{ '}}' ~ '"] {
            assert!(append_literal(&mut source.to_owned(), "x").is_err(), "{source}");
        }
        for source in ["", "{", "}}", "{{ title }} ", "{{ '}}' }}", "{# x #}", "%}"] {
            assert!(append_literal(&mut source.to_owned(), "x").is_ok(), "{source}");
        }
    }

    proptest! {
        #[test]
        fn an_appended_text_renders_as_itself(before in "[{a ]{0,2}", text in "([{}%#\"'\\\\a \n]|\\{\\{ title \\}\\}){0,6}x", after in "[}a ]{0,2}z") {
            let before = before.replace("{{", "{");
            let mut source = before.clone();
            append_literal(&mut source, &text).unwrap();
            let filled = Template::compile(source + &after).unwrap();
            let facts = TemplateContext::general("Bikes", "Batch", "ok", "ada");
            prop_assert_eq!(filled.render(&facts, "t", "m").unwrap(), format!("{before}{text}{after}"));
        }
    }

    #[test]
    fn the_literals_of_a_template_are_found() {
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
