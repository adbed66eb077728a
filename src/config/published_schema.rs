//! The JSON Schema of a config file as people write it, before interpolation and merging.

use serde_json::{Map, Value as Json, json};

use super::schema::{IGNORES_CASE, schema};

/// Annotations, which describe a value and do not restrict it.
const ANNOTATIONS: [&str; 7] = ["title", "description", "default", "deprecated", "writeOnly", "x-text", "x-same-as"];
/// Keywords that would reject a text with an interpolation.
const RULES_OF_TEXT: [&str; 5] = ["pattern", "const", "enum", "maxLength", "not"];

/// Returns the JSON Schema (draft 2020-12) of a config file, for editors and other checkers.
///
/// A text with `${` is valid wherever a value is, because its value is not known yet. A file without a job is valid
/// too, because it may be merged with others.
pub fn published_schema() -> Json {
    let mut schema = schema();
    let definitions = schema["$defs"].clone();
    if let Some(top) = schema.as_object_mut() {
        top.remove("oneOf");
        top.insert("not".to_owned(), json!({ "required": ["job", "jobs"] }));
    }
    let rules = InterpolationRules { definitions: &definitions };
    rules.below(&mut schema);
    if let Some(definitions) = schema["$defs"].as_object_mut() {
        definitions.values_mut().for_each(|node| rules.below(node));
        let interpolation = json!({
            "description": "A text in which something is filled in.",
            "type": "string",
            "pattern": r"\$\{",
        });
        definitions.insert("Interpolation".to_owned(), interpolation);
    }
    schema
}

struct InterpolationRules<'d> {
    definitions: &'d Json,
}

impl InterpolationRules<'_> {
    /// Allows interpolations in all values below a node, but not in the node itself.
    fn below(&self, node: &mut Json) {
        if node[IGNORES_CASE] == true {
            ignore_case(node);
        }
        for (key, child) in node.as_object_mut().into_iter().flatten() {
            match key.as_str() {
                "properties" | "patternProperties" => {
                    let children = child.as_object_mut().into_iter().flatten();
                    children.filter(|(key, _)| *key != "KIND").for_each(|(_, child)| self.value(child));
                }
                "items" | "additionalProperties" if child.is_object() => self.value(child),
                "anyOf" | "oneOf" => child.as_array_mut().into_iter().flatten().for_each(|child| self.below(child)),
                _ => {}
            }
        }
        let choices = node.get_mut("oneOf").and_then(Json::as_array_mut);
        if let Some(choices) = choices.filter(|choices| choices.iter().any(has_kind)) {
            choices.push(json!({
                "description": "What it is comes in from elsewhere.",
                "type": "object",
                "properties": { "KIND": reference() },
                "required": ["KIND"],
            }));
        }
    }

    /// Allows interpolations in a value and everything below it.
    fn value(&self, node: &mut Json) {
        self.below(node);
        if self.takes_any_text(node) {
            return;
        }
        let all = node.as_object_mut().map(std::mem::take).unwrap_or_default();
        let (mut annotations, rules): (Map<_, _>, Map<_, _>) =
            all.into_iter().partition(|(key, _)| ANNOTATIONS.contains(&key.as_str()));
        annotations.insert("anyOf".to_owned(), json!([rules, reference()]));
        *node = annotations.into();
    }

    fn takes_any_text(&self, node: &Json) -> bool {
        let name = node["$ref"].as_str().and_then(|link| link.strip_prefix("#/$defs/"));
        let node = name.map_or(node, |name| &self.definitions[name]);
        let is_text =
            node["type"] == "string" || node["type"].as_array().is_some_and(|types| types.contains(&json!("string")));
        is_text && !RULES_OF_TEXT.iter().any(|rule| node.get(*rule).is_some_and(|rule| rule != ""))
    }
}

fn reference() -> Json {
    json!({ "$ref": "#/$defs/Interpolation" })
}

fn has_kind(choice: &Json) -> bool {
    choice["properties"]["KIND"].is_object()
}

/// Accepts fixed words in any case. JSON Schema needs a pattern that lists both cases of each letter.
fn ignore_case(node: &mut Json) {
    let Some(Json::Array(mut words)) = node.as_object_mut().and_then(|node| node.remove("oneOf")) else { return };
    let letter = |letter: char| format!("[{}{}]", letter.to_ascii_uppercase(), letter.to_ascii_lowercase());
    let patterns = words.iter().filter_map(|word| word["const"].as_str());
    let patterns: Vec<String> = patterns.map(|word| word.chars().map(letter).collect()).collect();
    let pattern = format!("^({})$", patterns.join("|"));
    words.push(json!({ "description": "The same in any case.", "type": "string", "pattern": pattern }));
    node["anyOf"] = words.into();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_may_be_an_interpolation() {
        fn check(node: &Json, path: &str, defs: &Json) {
            for (key, child) in node["properties"].as_object().into_iter().flatten().filter(|(key, _)| *key != "KIND") {
                let named = child["$ref"].as_str().and_then(|link| link.strip_prefix("#/$defs/"));
                let whole = named.map_or(child, |name| &defs[name]);
                let is_open = child["anyOf"].as_array().is_some_and(|choices| choices.contains(&reference()));
                assert!(is_open || whole["type"].to_string().contains("string"), "{path}.{key}: {child}");
            }
            for choice in node["oneOf"].as_array().into_iter().flatten() {
                check(choice, path, defs);
            }
        }
        let schema = published_schema();
        check(&schema, "", &schema["$defs"]);
        for (name, node) in schema["$defs"].as_object().unwrap() {
            check(node, name, &schema["$defs"]);
        }
    }

    #[test]
    fn keys_and_words_have_no_other_meaning_in_yaml_1_1() {
        let text = schema().to_string();
        for (word, other) in
            [("on", Some("events")), ("off", Some("disabled")), ("yes", None), ("no", None), ("y", None), ("n", None)]
        {
            let is_there = text.contains(&format!("\"{word}\":")) || text.contains(&format!("\"const\":\"{word}\""));
            assert_eq!(is_there, other.is_some(), "{word}");
            assert!(other.is_none_or(|other| text.contains(&format!("\"{other}\""))), "{word}");
        }
    }
}
