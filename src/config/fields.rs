//! The fields of a config, as its JSON Schema tells them.

use std::collections::BTreeSet;

use figment::value::{Dict, Value};
use serde_json::Value as Json;

use super::schema::{IGNORES_CASE, SYNONYM};
use super::sensitive::is_secretish;
use crate::notify::TEMPLATE_FORMAT;
use crate::secret::{ADDRESS, FREE, KIND_OF_TEXT};
use crate::text::join_alternatives;

/// A place in a config where a value may stand.
#[derive(Clone, Copy)]
pub(super) struct Field<'s> {
    /// What the schema refers to by name.
    named: &'s Json,
    /// What the schema says here, and no mere name of it.
    node: &'s Json,
}

impl<'s> Field<'s> {
    /// Returns the top of a config.
    pub(super) fn top(schema: &'s Json) -> Self {
        let named = &schema["$defs"];
        Self { named, node: named }.with(schema)
    }

    /// Returns what may stand here, one entry for each shape.
    fn shapes(self) -> Vec<Self> {
        let mut shapes = Vec::new();
        self.any(|shape| {
            shapes.push(shape);
            false
        });
        shapes
    }

    /// Returns whether something is true of a shape that may stand here.
    fn any(self, mut is_so: impl FnMut(Self) -> bool) -> bool {
        self.find(&mut |shape| is_so(shape).then_some(())).is_some()
    }

    /// Returns the first that is found in the shapes that may stand here. A batch of ten thousand jobs asks so often
    /// that no list is made of them.
    fn find<T>(self, look: &mut dyn FnMut(Self) -> Option<T>) -> Option<T> {
        let choices = self.word("anyOf").or_else(|| self.word("oneOf")).and_then(Json::as_array);
        match choices {
            Some(choices) if self.word("properties").is_none() => {
                choices.iter().find_map(|choice| self.with(choice).find(look))
            }
            _ => look(self),
        }
    }

    /// Returns what the schema says here under a word.
    fn word(self, word: &str) -> Option<&'s Json> {
        get(self.node, word)
    }

    /// Returns the mappings that may stand here; once the value has a known `KIND`, only that one.
    pub(super) fn mappings(self, here: Option<&Dict>) -> Vec<Self> {
        match here.and_then(|dict| self.of_its_kind(dict)) {
            Some(mapping) => vec![mapping],
            None => self.shapes().into_iter().filter(|shape| shape.has_type("object")).collect(),
        }
    }

    /// Returns the mapping that a value is checked as: that of its `KIND`, or else the first that may stand here.
    pub(super) fn mapping(self, here: &Dict) -> Option<Self> {
        self.of_its_kind(here).or_else(|| self.find(&mut |shape| shape.has_type("object").then_some(shape)))
    }

    /// Returns the mapping of the `KIND` of a value, where it has one that is known here.
    pub(super) fn of_its_kind(self, here: &Dict) -> Option<Self> {
        self.of_kind(here.get("KIND")?.as_str()?)
    }

    /// Returns the mapping of a `KIND`, where one may stand here.
    pub(super) fn of_kind(self, kind: &str) -> Option<Self> {
        self.find(&mut |shape| (shape.kind() == Some(kind)).then_some(shape))
    }

    /// Returns the `KIND` of this mapping.
    pub(super) fn kind(self) -> Option<&'s str> {
        get(self.property("KIND")?.node, "const")?.as_str()
    }

    /// Returns the `KIND`s of the mappings that may stand here.
    pub(super) fn kinds(self) -> Vec<&'s str> {
        self.shapes().into_iter().filter_map(Self::kind).collect()
    }

    /// Returns a key of this mapping.
    pub(super) fn property(self, key: &str) -> Option<Self> {
        get(self.word("properties")?, key).map(|node| self.with(node))
    }

    /// Returns a key of this mapping, however it is written, and how it should be.
    pub(super) fn property_in_any_case(self, key: &str) -> Option<(&'s str, Self)> {
        let properties = self.node["properties"].as_object()?;
        let (name, node) = properties.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        Some((name, self.with(node)))
    }

    /// Returns what the values of this mapping are, where its keys are free.
    pub(super) fn free_values(self) -> Option<Self> {
        self.word("additionalProperties").filter(|node| node.is_object()).map(|node| self.with(node))
    }

    /// Returns the keys of this mapping that people should use.
    pub(super) fn names(self) -> Vec<&'s str> {
        let properties = self.node["properties"].as_object();
        let used = properties.into_iter().flatten().filter(|(_, node)| node["deprecated"] != true);
        used.map(|(name, _)| name.as_str()).collect()
    }

    /// Returns the keys that this mapping must have.
    pub(super) fn required(self) -> impl Iterator<Item = &'s str> {
        self.word("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
    }

    /// Returns what the elements of a list here are.
    pub(super) fn items(self) -> Option<Self> {
        let list = self.find(&mut |shape| shape.has_type("array").then_some(shape))?;
        list.word("items").map(|node| self.with(node))
    }

    /// Returns the field of a value of a config.
    pub(super) fn at(self, path: &[String], tree: &Value) -> Option<Self> {
        let mut here = Some(tree);
        path.iter().try_fold(self, |field, key| {
            let dict = here.and_then(Value::as_dict);
            let below = match field.items().filter(|_| !matches!(here, Some(Value::Dict(..)))) {
                Some(items) => Some(items),
                None => field.mappings(dict).into_iter().find_map(|m| m.property(key).or_else(|| m.free_values())),
            };
            here = here.and_then(|here| super::tree::get(here, std::slice::from_ref(key)));
            below
        })
    }

    /// Returns whether a value of a JSON type may stand here.
    pub(super) fn accepts(self, name: &str) -> bool {
        self.any(|shape| shape.has_type(name))
    }

    /// Returns the only words that may stand here, if there is such a list.
    pub(super) fn words(self) -> Vec<&'s str> {
        let mut words = Vec::new();
        self.any(|shape| {
            words.extend(shape.word("const").and_then(Json::as_str));
            false
        });
        words
    }

    /// Returns whether what stands here must never be shown.
    pub(super) fn is_secret(self) -> bool {
        self.any(|shape| shape.node["writeOnly"] == true)
    }

    /// Returns whether a text here is a template.
    pub(super) fn is_template(self) -> bool {
        self.shapes().into_iter().any(|shape| shape.node["format"] == TEMPLATE_FORMAT)
    }

    /// Returns whether the type behind this field reads several JSON types, and tells better than a schema what is
    /// wrong with a value.
    pub(super) fn explains_itself(self) -> bool {
        self.any(|shape| shape.word("type").is_some_and(Json::is_array) && shape.word("pattern").is_some())
    }

    /// Returns whether a wrong value may be repeated where it stands: never a secret, no words of people, which may hold
    /// one, and no text in a list, which may be an argument of a program.
    pub(super) fn shows(self, path: &[String], value: &Value, tree: &Value) -> bool {
        let Some(field) = self.at(path, tree) else { return false };
        let is_element = path.last().is_some_and(|key| key.parse::<usize>().is_ok());
        let is_argument = is_element && field.takes_any_text();
        !is_argument
            && field.may_repeat(value)
            && !field.is_secret()
            && !field.is_address()
            && !field.is_free_text()
            && !path.iter().any(|key| is_secretish(key))
    }

    /// Returns whether a value of the wrong type may be repeated: what is no text where one belongs may be a password
    /// without quotes, and a text where a list or a mapping belongs may hold a secret as well as they.
    pub(super) fn may_repeat(self, value: &Value) -> bool {
        match value {
            Value::String(..) => self.accepts("string") || !self.accepts("array") && !self.accepts("object"),
            _ => !self.takes_any_text(),
        }
    }

    fn takes_any_text(self) -> bool {
        self.accepts("string") && self.words().is_empty() && !self.explains_itself()
    }

    /// Returns whether an address stands here.
    pub(super) fn is_address(self) -> bool {
        self.any(|shape| shape.node[KIND_OF_TEXT] == ADDRESS)
    }

    /// Returns whether what stands here are words of people, which may hold anything.
    pub(super) fn is_free_text(self) -> bool {
        self.is_template() || self.any(|shape| shape.node[KIND_OF_TEXT] == FREE)
    }

    /// Returns whether the fixed words here are taken in any case.
    pub(super) fn ignores_case(self) -> bool {
        self.word(IGNORES_CASE).is_some()
    }

    /// Returns whether a text is one of the few fixed words that may stand at a path, or a boolean where one belongs.
    pub(super) fn is_word(self, path: &[String], text: &str) -> bool {
        let Some(field) = self.at(path, &Value::from(false)) else { return false };
        let is_open = field.is_secret() || field.is_address() || path.iter().any(|key| is_secretish(key));
        let is_same = |word: &str| word == text || field.ignores_case() && word.eq_ignore_ascii_case(text);
        let is_boolean = matches!(text, "true" | "false") && field.accepts("boolean");
        !is_open && (is_boolean || field.words().into_iter().any(is_same))
    }

    /// Returns the key that this one is another word for.
    pub(super) fn synonym(self) -> Option<&'s str> {
        self.word(SYNONYM)?.as_str()
    }

    /// Returns every key and every fixed word of the schema.
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
        walk(self.named, &mut words);
        words
    }

    /// Returns a limit such as `minimum`.
    pub(super) fn limit(self, name: &str) -> Option<f64> {
        self.find(&mut |shape| shape.word(name)?.as_f64())
    }

    /// Says what may stand here.
    pub(super) fn expected(self) -> String {
        let words = self.words();
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
        match self.word("type") {
            Some(Json::String(only)) => only == name,
            Some(Json::Array(names)) => names.iter().any(|one| one == name),
            _ => false,
        }
    }

    /// Returns another node of the schema, or what it is a name of. This is done once: a field is asked many things.
    fn with(self, node: &'s Json) -> Self {
        let name = get(node, "$ref").and_then(Json::as_str).and_then(|link| link.strip_prefix("#/$defs/"));
        match name {
            Some(name) => self.with(&self.named[name]),
            None => Self { node, ..self },
        }
    }
}

/// Returns what an object of the schema holds under a key. There are few keys in one place, and each is asked for many
/// times: looking through them is faster than hashing one.
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
    fn a_field_knows_its_types_through_references_and_lists() {
        let schema = super::super::schema();
        let top = Field::top(&schema);
        let tree = Value::from(0);
        let version = top.at(&path(&["jobs", "3", "version"]), &tree).unwrap();
        assert!(version.accepts("integer") && version.accepts("string") && version.explains_itself());
        let token = top.at(&path(&["services", "mlflow", "tracking_token"]), &tree).unwrap();
        assert!(token.is_secret() && !token.accepts("integer"));
        let tag = top.at(&path(&["job", "tags", "any.thing"]), &tree).unwrap();
        assert_eq!(tag.expected(), "text");
        let retries = top.at(&path(&["services", "mlflow", "http_request_max_retries"]), &tree).unwrap();
        assert_eq!(retries.expected(), "a whole number from 0 to 10");
        assert!(top.at(&path(&["job", "nope"]), &tree).is_none());
    }
}
