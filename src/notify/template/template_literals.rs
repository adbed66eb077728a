//! What stands in a template as it is, the same in every notice.

/// The marks that open and close a tag. The last is a comment's, in which quotes mean nothing.
const TAGS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// Returns the texts outside of the tags of a template, and those in quotes inside them.
pub(super) fn literals(source: &str) -> Vec<String> {
    let (mut found, rest) = walked(source);
    found.extend(rest.map(str::to_owned));
    found.retain(|text| !text.is_empty());
    found
}

/// Adds a text to the source of a template so that it comes out as it is, whatever it holds.
///
/// # Errors
/// When the source ends inside a tag: there a text would be a part of the template.
pub(crate) fn append_literal(source: &mut String, text: &str) -> Result<(), InsideTag> {
    if walked(source).1.is_none() {
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

/// A text would have come in between `{{` and `}}`, or the like.
#[derive(Debug)]
pub(crate) struct InsideTag;

/// Returns the texts up to the last tag, and what is behind that, unless it never closes.
fn walked(source: &str) -> (Vec<String>, Option<&str>) {
    let mut found = vec![];
    let mut rest = source;
    while let Some((at, close)) = TAGS.iter().filter_map(|(open, close)| Some((rest.find(open)?, *close))).min() {
        found.push(rest[..at].to_owned());
        let tag = &rest[at + close.len()..];
        let end = if close == "#}" { tag.find(close).unwrap_or(tag.len()) } else { end_of(tag, close, &mut found) };
        match tag.get(end + close.len()..) {
            Some(behind) => rest = behind,
            None => return (found, None),
        }
    }
    (found, Some(rest))
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
    use proptest::prelude::*;

    use super::super::{Template, TemplateContext};
    use super::*;

    #[test]
    fn nothing_comes_in_between_the_marks_of_a_tag() {
        for source in ["{{ ", "{{ title ~ \"", "a {% if ", "{# x", "{{ '}}' ~ '"] {
            assert!(append_literal(&mut source.to_owned(), "x").is_err(), "{source}");
        }
        for source in ["", "{", "}}", "{{ title }} ", "{{ '}}' }}", "{# x #}", "%}"] {
            assert!(append_literal(&mut source.to_owned(), "x").is_ok(), "{source}");
        }
    }

    proptest! {
        #[test]
        fn what_is_added_comes_out_as_it_is(before in "[{a ]{0,2}", text in "([{}%#\"'\\\\a \n]|\\{\\{ title \\}\\}){0,6}x", after in "[}a ]{0,2}z") {
            let before = before.replace("{{", "{");
            let mut source = before.clone();
            append_literal(&mut source, &text).unwrap();
            let filled = Template::compile(source + &after).unwrap();
            let facts = TemplateContext::general("Bikes", "Batch", "ok", "ada");
            prop_assert_eq!(filled.render(&facts, "t", "m").unwrap(), format!("{before}{text}{after}"));
        }
    }

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
