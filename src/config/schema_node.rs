//! Queries of the JSON Schema: what it says about a place in a config.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::node::{Node, Value};
use super::schema::{IGNORES_CASE, SYNONYM};
use crate::notify::TEMPLATE_FORMAT;
use crate::secret::{ADDRESS, FREE, KIND_OF_TEXT};
use crate::text::join_alternatives;

/// The node of the schema for one place in a config.
#[derive(Clone, Copy)]
pub(super) struct SchemaNode<'s> {
    /// The definitions that the schema refers to by name.
    definitions: &'s Json,
    /// The schema of this place, with references resolved.
    node: &'s Json,
}

impl<'s> SchemaNode<'s> {
    /// Returns the node of the root of a config.
    pub(super) fn top(schema: &'s Json) -> Self {
        let definitions = &schema["$defs"];
        Self { definitions, node: definitions }.with(schema)
    }

    /// Returns the alternatives of this node, such as those of an `anyOf`.
    fn shapes(self) -> Vec<Self> {
        let mut shapes = Vec::new();
        self.any(|shape| {
            shapes.push(shape);
            false
        });
        shapes
    }

    /// Returns whether a predicate holds for any alternative.
    fn any(self, mut is_so: impl FnMut(Self) -> bool) -> bool {
        self.find(&mut |shape| is_so(shape).then_some(())).is_some()
    }

    /// Returns the first result among the alternatives. It builds no list, because a batch of ten thousand jobs calls
    /// it very often.
    fn find<T>(self, look: &mut dyn FnMut(Self) -> Option<T>) -> Option<T> {
        let choices = self.keyword("anyOf").or_else(|| self.keyword("oneOf")).and_then(Json::as_array);
        match choices {
            Some(choices) if self.keyword("properties").is_none() => {
                choices.iter().find_map(|choice| self.with(choice).find(look))
            }
            _ => look(self),
        }
    }

    /// Returns the value of a schema keyword at this node.
    fn keyword(self, name: &str) -> Option<&'s Json> {
        get(self.node, name)
    }

    /// Returns the mappings that are allowed here; with a known `KIND`, only the mapping of that kind.
    pub(super) fn mappings(self, kind: Option<&str>) -> Vec<Self> {
        match kind.and_then(|kind| self.of_kind(kind)) {
            Some(mapping) => vec![mapping],
            None => self.shapes().into_iter().filter(|shape| shape.has_type("object")).collect(),
        }
    }

    /// Returns the mapping that a value is checked against: that of its `KIND`, or else the first.
    pub(super) fn mapping(self, kind: Option<&str>) -> Option<Self> {
        let first = || self.find(&mut |shape| shape.has_type("object").then_some(shape));
        kind.and_then(|kind| self.of_kind(kind)).or_else(first)
    }

    /// Returns the mapping of a `KIND`, if it is allowed here.
    pub(super) fn of_kind(self, kind: &str) -> Option<Self> {
        self.find(&mut |shape| (shape.kind() == Some(kind)).then_some(shape))
    }

    /// Returns the `KIND` of this mapping.
    pub(super) fn kind(self) -> Option<&'s str> {
        get(self.property("KIND")?.node, "const")?.as_str()
    }

    /// Returns the `KIND`s of the mappings that are allowed here.
    pub(super) fn kinds(self) -> Vec<&'s str> {
        self.shapes().into_iter().filter_map(Self::kind).collect()
    }

    /// Returns the node of a key of this mapping.
    pub(super) fn property(self, key: &str) -> Option<Self> {
        get(self.keyword("properties")?, key).map(|node| self.with(node))
    }

    /// Returns the node of a key, ignoring case, with the key's correct spelling.
    pub(super) fn property_in_any_case(self, key: &str) -> Option<(&'s str, Self)> {
        let properties = self.node["properties"].as_object()?;
        let (name, node) = properties.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        Some((name, self.with(node)))
    }

    /// Returns the node of the values of a mapping with free keys.
    pub(super) fn free_values(self) -> Option<Self> {
        self.keyword("additionalProperties").filter(|node| node.is_object()).map(|node| self.with(node))
    }

    /// Returns the keys of this mapping, without deprecated ones and synonyms.
    pub(super) fn names(self) -> Vec<&'s str> {
        let properties = self.node["properties"].as_object();
        let used = properties.into_iter().flatten().filter(|(_, node)| node["deprecated"] != true);
        used.map(|(name, _)| name.as_str()).collect()
    }

    /// Returns the required keys of this mapping.
    pub(super) fn required(self) -> impl Iterator<Item = &'s str> {
        self.keyword("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
    }

    /// Returns the node of the elements of a list.
    pub(super) fn items(self) -> Option<Self> {
        let list = self.find(&mut |shape| shape.has_type("array").then_some(shape))?;
        list.keyword("items").map(|node| self.with(node))
    }

    /// Returns the node of a path. `tree` is a config, whose `KIND`s select the mappings.
    pub(super) fn at(self, path: &[String], tree: Option<&Node>) -> Option<Self> {
        let mut here = tree;
        path.iter().try_fold(self, |place, key| {
            let below = match place.items().filter(|_| here.is_none_or(|node| node.as_map().is_none())) {
                Some(items) => Some(items),
                None => {
                    let mappings = place.mappings(here.and_then(kind_of));
                    mappings.into_iter().find_map(|mapping| mapping.entry(key))
                }
            };
            here = here.and_then(|node| node.child(key));
            below
        })
    }

    /// Returns the node of a key of this mapping, including a free key.
    pub(super) fn entry(self, key: &str) -> Option<Self> {
        self.property(key).or_else(|| self.free_values())
    }

    /// Returns whether a value of a JSON type is allowed here.
    pub(super) fn accepts(self, name: &str) -> bool {
        self.any(|shape| shape.has_type(name))
    }

    /// Returns the fixed words that are allowed here; empty if there is no such list.
    pub(super) fn fixed_words(self) -> Vec<&'s str> {
        let mut words = Vec::new();
        self.any(|shape| {
            words.extend(shape.keyword("const").and_then(Json::as_str));
            false
        });
        words
    }

    /// Returns whether the value must never be shown.
    pub(super) fn is_secret(self) -> bool {
        self.any(|shape| shape.node["writeOnly"] == true)
    }

    pub(super) fn is_template(self) -> bool {
        self.shapes().into_iter().any(|shape| shape.node["format"] == TEMPLATE_FORMAT)
    }

    /// Returns whether the Rust type accepts several JSON types, so that its own errors are better than those of the
    /// schema.
    pub(super) fn explains_itself(self) -> bool {
        self.any(|shape| shape.keyword("type").is_some_and(Json::is_array) && shape.keyword("pattern").is_some())
    }

    /// Returns whether an error may show a wrong value. Secrets, addresses, free text and texts in a list, which may be
    /// arguments of a program, are never shown.
    pub(super) fn shows(self, path: &[String], value: &Node, tree: &Node) -> bool {
        let Some(place) = self.at(path, Some(tree)) else { return false };
        let is_element = path.last().is_some_and(|key| key.parse::<usize>().is_ok());
        let is_argument = is_element && place.takes_any_text();
        !is_argument && place.may_repeat(value) && !place.is_secret() && !place.is_address() && !place.is_free_text()
    }

    /// Returns whether an error may quote a value of the wrong type. Where a text is expected, another value may be a
    /// password without quotes; where a list or mapping is expected, a text may contain a secret.
    pub(super) fn may_repeat(self, value: &Node) -> bool {
        match value.value {
            Value::Text(_) => self.accepts("string") || !self.accepts("array") && !self.accepts("object"),
            _ => !self.takes_any_text(),
        }
    }

    fn takes_any_text(self) -> bool {
        self.accepts("string") && self.fixed_words().is_empty() && !self.explains_itself()
    }

    /// Returns whether the value is an address.
    pub(super) fn is_address(self) -> bool {
        self.any(|shape| shape.node[KIND_OF_TEXT] == ADDRESS)
    }

    /// Returns whether the value is free text, which may contain anything.
    pub(super) fn is_free_text(self) -> bool {
        self.is_template() || self.any(|shape| shape.node[KIND_OF_TEXT] == FREE)
    }

    /// Returns whether the fixed words are accepted in any case.
    pub(super) fn ignores_case(self) -> bool {
        self.keyword(IGNORES_CASE).is_some()
    }

    /// Returns whether a text is one of the fixed words of a path, or a boolean where one is allowed.
    pub(super) fn is_word(self, path: &[String], text: &str) -> bool {
        let Some(place) = self.at(path, None) else { return false };
        let is_same = |word: &str| word == text || place.ignores_case() && word.eq_ignore_ascii_case(text);
        let is_boolean = matches!(text, "true" | "false") && place.accepts("boolean");
        !place.is_secret() && !place.is_address() && (is_boolean || place.fixed_words().into_iter().any(is_same))
    }

    /// Returns the key that this one is a synonym of.
    pub(super) fn synonym(self) -> Option<&'s str> {
        self.keyword(SYNONYM)?.as_str()
    }

    pub(super) fn vocabulary(self) -> BTreeSet<String> {
        fn walk(node: &Json, words: &mut BTreeSet<String>) {
            match node {
                Json::Object(object) => {
                    let keys = object.get("properties").and_then(Json::as_object).into_iter().flatten();
                    words.extend(keys.map(|(key, _)| key.clone()));
                    words.extend(object.get("const").and_then(Json::as_str).map(str::to_owned));
                    object.values().for_each(|node| walk(node, words));
                }
                Json::Array(nodes) => nodes.iter().for_each(|node| walk(node, words)),
                _ => {}
            }
        }
        let mut words = BTreeSet::new();
        walk(self.node, &mut words);
        walk(self.definitions, &mut words);
        words
    }

    /// Returns a limit such as `minimum`.
    pub(super) fn limit(self, name: &str) -> Option<f64> {
        self.find(&mut |shape| shape.keyword(name)?.as_f64())
    }

    /// Describes what is allowed here.
    pub(super) fn expected(self) -> String {
        let words = self.fixed_words();
        if !words.is_empty() {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            return join_alternatives(&words, "or");
        }
        let names = [
            ("integer", format!("a whole number{}", self.range())),
            ("number", format!("a number{}", self.range())),
            ("boolean", "true or false".to_owned()),
            ("string", "text".to_owned()),
            ("array", "a list".to_owned()),
            ("object", "a mapping".to_owned()),
        ];
        let accepted = names.into_iter().filter(|(name, _)| self.accepts(name)).map(|(_, words)| words);
        join_alternatives(&accepted.collect::<Vec<_>>(), "or")
    }

    fn range(self) -> String {
        match (self.limit("minimum"), self.limit("maximum")) {
            (Some(least), Some(most)) => format!(" from {least} to {most}"),
            (Some(least), None) => format!(" from {least}"),
            (None, Some(most)) => format!(" up to {most}"),
            (None, None) => String::new(),
        }
    }

    fn has_type(self, name: &str) -> bool {
        match self.keyword("type") {
            Some(Json::String(only)) => only == name,
            Some(Json::Array(names)) => names.iter().any(|one| one == name),
            _ => false,
        }
    }

    /// Returns a node of the same schema, with references resolved.
    fn with(self, node: &'s Json) -> Self {
        let name = get(node, "$ref").and_then(Json::as_str).and_then(|link| link.strip_prefix("#/$defs/"));
        match name {
            Some(name) => self.with(&self.definitions[name]),
            None => Self { node, ..self },
        }
    }
}

/// Returns the `KIND` of a mapping.
pub(super) fn kind_of(node: &Node) -> Option<&str> {
    node.as_map()?.get("KIND")?.node.as_text()
}

/// Returns the value of a key of a schema object. An object has few keys, so comparing them is faster than hashing.
fn get<'s>(object: &'s Json, key: &str) -> Option<&'s Json> {
    object.as_object()?.iter().find(|(known, _)| *known == key).map(|(_, held)| held)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn the_types_of_a_field_are_resolved_through_references_and_lists() {
        let schema = super::super::schema();
        let top = SchemaNode::top(&schema);
        let version = top.at(&path(&["jobs", "3", "version"]), None).unwrap();
        assert!(version.accepts("integer") && version.accepts("string") && version.explains_itself());
        let token = top.at(&path(&["services", "mlflow", "tracking_token"]), None).unwrap();
        assert!(token.is_secret() && !token.accepts("integer"));
        let tag = top.at(&path(&["job", "tags", "any.thing"]), None).unwrap();
        assert_eq!(tag.expected(), "text");
        let retries = top.at(&path(&["services", "mlflow", "http_request_max_retries"]), None).unwrap();
        assert_eq!(retries.expected(), "a whole number from 0 to 10");
        assert!(top.at(&path(&["job", "nope"]), None).is_none());
    }
}
