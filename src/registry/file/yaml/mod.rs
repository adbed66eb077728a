//! The YAML of `meta.yaml`, kept exactly: what PyYAML makes of a text before, it makes of it after.
//!
//! PyYAML reads YAML 1.1, where `yes`, `1:30` and `2026-11-23` are no texts, and `1e5` is one. So nothing is given a
//! type here: what stood without quotes is written without, and every text of ours that could be more gets them.

mod parse;
mod write;

use write::is_surely_text;

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A scalar, and whether it stood without quotes.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A mapping.
    Mapping(Mapping),
}

/// A mapping in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mapping(Vec<(Node, Node)>);

impl Node {
    /// Makes a text.
    pub(super) fn text(text: &str) -> Self {
        Self::Scalar { text: text.to_owned(), plain: is_surely_text(text) }
    }

    /// Makes a number.
    pub(super) fn number(number: i64) -> Self {
        Self::Scalar { text: number.to_string(), plain: true }
    }

    /// Makes a text, or nothing.
    pub(super) fn optional(text: Option<&str>) -> Self {
        text.map_or_else(|| Self::Scalar { text: "null".into(), plain: true }, Self::text)
    }

    fn is_null(&self) -> bool {
        matches!(self, Self::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}

impl Mapping {
    /// Returns the value of a key; none where there is no such key, or its value is null.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.position(key).map(|at| &self.0[at].1).filter(|value| !value.is_null())
    }

    /// Sets a key in its place, or at the end.
    pub(super) fn set(&mut self, key: &str, value: Node) {
        match self.position(key) {
            Some(at) => self.0[at].1 = value,
            None => self.0.push((Node::text(key), value)),
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.0.iter().position(|(known, _)| matches!(known, Node::Scalar { text, .. } if text == key))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As MLflow 3.17 writes it, with a key of a later release.
    const META: &str = "\
aliases:
  Champion: '1'
  '007': ' 2 '
creation_timestamp: 1795455102105
deployment_job_id: null
description: 'line1

  line2: ''x'' \"y\" ü 日本 — words
  and more words '
later: 1e5
last_updated_timestamp: 1795455102346
name: bikes
nothing:
empty: {}
list:
- 1:30
- a: yes
  b: [x, 2026-11-23]
- - deep
";

    fn text(mapping: &Mapping, key: &str) -> String {
        match mapping.get(key) {
            Some(Node::Scalar { text, .. }) => text.clone(),
            other => panic!("{key} is {other:?}"),
        }
    }

    #[test]
    fn what_is_not_touched_stays_what_it_is() {
        let mut meta = Mapping::parse(META).unwrap();
        assert_eq!(text(&meta, "description"), "line1\nline2: 'x' \"y\" ü 日本 — words and more words ");
        assert_eq!((meta.get("deployment_job_id"), meta.get("nothing"), meta.get("missing")), (None, None, None));
        meta.set("last_updated_timestamp", Node::number(7));
        let mut aliases = Mapping::default();
        aliases.set("Champion", Node::text("3"));
        meta.set("aliases", Node::Mapping(aliases));
        meta.set("added", Node::optional(None));
        insta::assert_snapshot!(meta.to_yaml(), @r#"
        aliases:
          Champion: "3"
        creation_timestamp: 1795455102105
        deployment_job_id: null
        description: "line1\nline2: 'x' \"y\" ü 日本 — words and more words "
        later: 1e5
        last_updated_timestamp: 7
        name: bikes
        nothing: null
        empty: {}
        list:
          - 1:30
          -
            a: yes
            b:
              - x
              - 2026-11-23
          -
            - deep
        added: null
        "#);
    }

    proptest! {
        #[test]
        fn every_text_comes_back(key in "\\PC{1,8}", value in any::<String>()) {
            let mut mapping = Mapping::default();
            mapping.set(&key, Node::text(&value));
            let again = Mapping::parse(&mapping.to_yaml()).unwrap();
            prop_assert_eq!(text(&again, &key), value);
        }
    }
}
