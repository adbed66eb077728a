//! From the text of a file to its parts.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{Mapping, Node};

/// The deepest nesting that is read; MLflow writes two.
const MAX_DEPTH: usize = 32;

impl Mapping {
    /// Reads a document that is one mapping; says what is wrong with another, fit to follow its path.
    pub(in crate::registry::file) fn parse(text: &str) -> Result<Self, String> {
        // What is complete of each collection that is open, the document itself first.
        let mut open: Vec<Vec<Node>> = vec![vec![]];
        for parsed in Parser::new_from_str(text) {
            let (event, _) = parsed.map_err(|error| format!("is not YAML: {error}"))?;
            refuse_marked(&event)?;
            let done = match event {
                Event::Scalar(text, style, ..) => {
                    Node::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain }
                }
                Event::MappingStart(..) | Event::SequenceStart(..) if open.len() > MAX_DEPTH => {
                    return Err("is nested too deeply".to_owned());
                }
                Event::MappingStart(..) | Event::SequenceStart(..) => {
                    open.push(vec![]);
                    continue;
                }
                Event::MappingEnd => Node::Mapping(pairs(open.pop().unwrap_or_default())?),
                Event::SequenceEnd => Node::List(open.pop().unwrap_or_default()),
                _ => continue,
            };
            if let Some(siblings) = open.last_mut() {
                siblings.push(done);
            }
        }
        let mut documents = open.into_iter().flatten();
        match (documents.next(), documents.next()) {
            (Some(Node::Mapping(mapping)), None) => Ok(mapping),
            (None, _) => Err("is empty".to_owned()),
            (Some(_), None) => Err("is not a mapping of keys to values".to_owned()),
            (Some(_), Some(_)) => Err("holds several documents".to_owned()),
        }
    }
}

/// Refuses what gives a part another meaning than its text has.
fn refuse_marked(event: &Event<'_>) -> Result<(), String> {
    let is_marked = match event {
        Event::Alias(_) => true,
        Event::Scalar(_, _, anchor, tag) | Event::MappingStart(anchor, tag) | Event::SequenceStart(anchor, tag) => {
            *anchor != 0 || tag.is_some()
        }
        _ => false,
    };
    if is_marked { Err("has an anchor or a tag of YAML".to_owned()) } else { Ok(()) }
}

fn pairs(nodes: Vec<Node>) -> Result<Mapping, String> {
    let mut mapping = Mapping::default();
    let mut nodes = nodes.into_iter();
    while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
        match &key {
            Node::Scalar { text, .. } if mapping.position(text).is_some() => {
                return Err(format!("has the key {text:?} twice"));
            }
            Node::Scalar { .. } => mapping.0.push((key, value)),
            _ => return Err("has a key that is not text".to_owned()),
        }
    }
    Ok(mapping)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mlflow_never_writes_is_told() {
        for (bad, told) in [
            ("", "is empty"),
            ("# nothing\n", "is empty"),
            ("just text", "is not a mapping of keys to values"),
            ("- a\n- b\n", "is not a mapping of keys to values"),
            ("a: 1\n---\nb: 2\n", "holds several documents"),
            ("a: 1\na: 2\n", "has the key \"a\" twice"),
            ("a: &x 1\nb: *x\n", "has an anchor or a tag of YAML"),
            ("a: !!str 1\n", "has an anchor or a tag of YAML"),
            ("[a]: 1\n", "has a key that is not text"),
        ] {
            assert_eq!(Mapping::parse(bad), Err(told.to_owned()), "{bad}");
        }
        assert!(Mapping::parse("a: [1\n").unwrap_err().starts_with("is not YAML"));
        assert!(Mapping::parse("a: 'cut of").unwrap_err().starts_with("is not YAML"));
        assert!(Mapping::parse(&"[".repeat(100)).is_err());
    }
}
