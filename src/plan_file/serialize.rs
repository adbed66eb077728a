//! Serializes a config.

use serde_json::{Map, Value as Json};

use crate::config::in_schema_order;
use crate::text::escape_line;

/// The format of a printed plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// YAML, with a comment at the top.
    Yaml,
    /// JSON, which has no comments.
    Json,
}

/// The characters that only some YAML readers treat as line ends.
const DISPUTED_LINE_ENDS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// Serializes a config with its keys in the order of the schema.
pub(super) fn serialize(config: Map<String, Json>, comment: &[String], language: Language) -> String {
    let config = in_schema_order(Json::Object(config));
    match language {
        Language::Yaml => {
            let comment: String = comment.iter().map(|line| format!("# {}\n", commented(line))).collect();
            comment + &yaml(&config)
        }
        Language::Json => format!("{config:#}\n"),
    }
}

/// Serializes a config as YAML. The serializer does not escape disputed line ends, so a config with one is written as
/// JSON, which is valid YAML and can escape them.
fn yaml(config: &Json) -> String {
    // Plain data with text keys can always be serialized.
    let yaml = serde_yaml::to_string(config).unwrap_or_default();
    if !yaml.contains(DISPUTED_LINE_ENDS) {
        return yaml;
    }
    let json = format!("{config:#}\n");
    let is_escaped = |letter: char| {
        letter.is_control() && letter != '\n'
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    let escape = |letter: char| match is_escaped(letter) {
        true => format!("\\u{:04x}", u32::from(letter)),
        false => letter.to_string(),
    };
    json.chars().map(escape).collect()
}

/// Escapes a text so that it stays within the line of its comment and contains only characters that YAML allows.
fn commented(text: &str) -> String {
    let mut line = String::new();
    for letter in escape_line(text).chars() {
        match letter {
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => line.extend(letter.escape_unicode()),
            letter => line.push(letter),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::config::read_values;

    fn config(message: &str, key: &str) -> Map<String, Json> {
        let job = json!({ "KIND": "RegistrationJob", "message": message, "tags": { key: message } });
        Map::from_iter([("job".to_owned(), job)])
    }

    fn check(message: &str, key: &str) {
        let config = config(message, key);
        let yaml = serialize(config.clone(), &[message.to_owned()], Language::Yaml);
        assert_eq!(read_values("plan.yaml", &yaml), Ok(config.clone().into()), "{yaml}");
        let json = serialize(config.clone(), &[], Language::Json);
        assert_eq!(read_values("plan.json", &json), Ok(config.into()), "{json}");
    }

    #[test]
    fn every_unusual_text_round_trips() {
        let words = "yes 007 0x1f 1e3 null ~ it's dq\"x *a &a 日本 %x @Champion !x {x} [x = - --- 2026-11-23 .inf 1_000 \
                     0o7 | > \u{85} \u{2028} \u{feff}x \u{1} \u{1f600} \u{7f} \u{fffe} \u{ffff}";
        let texts = ["", " padded ", "a: b", "# no", "- x", "? x", "x #y", "two\nlines", "\nfirst", "last\n", "...\n"];
        let texts = texts.into_iter().chain(["  in\n  dented\n", "tab\there", "a\r\nb", "\r"]).chain(words.split(' '));
        for text in texts {
            check(text, text);
        }
        check("<<", "key");
    }

    #[test]
    fn keys_are_written_in_schema_order() {
        let text = "{job: {version: 3, gates: [{key: a, equals: b, KIND: TagGate}], alias: A, KIND: PromotionJob, name: b}, services: {mlflow: {}}}";
        let Ok(Json::Object(config)) = read_values("plan.yaml", text) else { panic!("no mapping") };
        insta::assert_snapshot!(serialize(config, &["planned".to_owned()], Language::Yaml), @"
        # planned
        services:
          mlflow: {}
        job:
          KIND: PromotionJob
          name: b
          alias: A
          version: 3
          gates:
          - KIND: TagGate
            key: a
            equals: b
        ");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn any_text_round_trips(message in any::<String>(), key in any::<String>()) {
            check(&message, &key);
        }

        #[test]
        fn any_multi_line_text_round_trips(message in "[ a\n\t#:'\"-]{0,12}") {
            check(&message, "key");
        }
    }
}
