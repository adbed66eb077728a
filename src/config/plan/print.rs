//! A config as text.

use figment::value::{Dict, Value};
use serde_json::{Map, Value as Json};

use crate::config::fields::Field;
use crate::text::escape_line;

/// The language that a plan is printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// YAML, with a comment above it.
    Yaml,
    /// JSON, which has no comments.
    Json,
}

/// Prints a config; its keys come in the order of the schema.
pub(super) fn print(config: Dict, comment: &[String], language: Language) -> String {
    let schema = crate::config::schema();
    let config = json(&Value::from(config), Some(Field::top(&schema)));
    // Plain data with text keys always has a form in both.
    match language {
        Language::Yaml => {
            let comment: String = comment.iter().map(|line| format!("# {}\n", commented(line))).collect();
            comment + &serde_yaml::to_string(&config).unwrap_or_default()
        }
        Language::Json => format!("{config:#}\n"),
    }
}

/// Keeps a text on the line of its comment; YAML knows more ends of a line than others, and letters that it refuses.
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

fn json(value: &Value, field: Option<Field<'_>>) -> Json {
    match value {
        Value::String(_, text) => text.as_str().into(),
        Value::Char(_, c) => c.to_string().into(),
        Value::Bool(_, truth) => (*truth).into(),
        Value::Num(..) => number(value),
        Value::Empty(..) => Json::Null,
        Value::Array(_, items) => items.iter().map(|item| json(item, field.and_then(Field::items))).collect(),
        Value::Dict(_, dict) => mapping(dict, field).into(),
    }
}

fn number(value: &Value) -> Json {
    let whole = value.to_u128().and_then(|number| u64::try_from(number).ok()).map(Json::from);
    let minus = || value.to_i128().and_then(|number| i64::try_from(number).ok()).map(Json::from);
    whole.or_else(minus).or_else(|| value.to_f64().map(Json::from)).unwrap_or_default()
}

fn mapping(dict: &Dict, field: Option<Field<'_>>) -> Map<String, Json> {
    let mapping = field.and_then(|field| field.mapping(dict));
    let known = mapping.map(Field::names).unwrap_or_default();
    let place = |key: &String| known.iter().position(|name| name == key).unwrap_or(known.len());
    let mut keys: Vec<&String> = dict.keys().collect();
    keys.sort_by_key(|key| if *key == "KIND" { 0 } else { place(key) + 1 });
    let field = |key: &str| mapping.and_then(|mapping| mapping.property(key).or_else(|| mapping.free_values()));
    keys.into_iter().map(|key| (key.clone(), json(&dict[key], field(key)))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{json as read_json, yaml};

    fn config(message: &str, key: &str) -> Dict {
        let tags = Dict::from([(key.to_owned(), message.into())]);
        let job = Dict::from([
            ("KIND".to_owned(), "RegistrationJob".into()),
            ("message".to_owned(), message.into()),
            ("tags".to_owned(), tags.into()),
        ]);
        Dict::from([("job".to_owned(), job.into())])
    }

    fn check(message: &str, key: &str) {
        let config = config(message, key);
        let printed = print(config.clone(), &[message.to_owned()], Language::Yaml);
        assert_eq!(yaml::parse(&printed), Ok(Value::from(config.clone())), "{printed}");
        let printed = print(config.clone(), &[], Language::Json);
        assert_eq!(read_json::parse(&printed), Ok(Value::from(config)), "{printed}");
    }

    #[test]
    fn every_odd_text_comes_back_as_it_was() {
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
    fn keys_come_in_the_order_of_the_schema() {
        let text = "{job: {version: 3, gates: [{key: a, equals: b, KIND: TagGate}], alias: A, KIND: PromotionJob, name: b}, services: {mlflow: {}}}";
        let config = yaml::parse(text).unwrap().into_dict().unwrap();
        insta::assert_snapshot!(print(config, &["planned".to_owned()], Language::Yaml), @"
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
        fn every_text_comes_back_as_it_was(message in any::<String>(), key in any::<String>()) {
            check(&message, &key);
        }

        #[test]
        fn every_text_of_several_lines_comes_back_as_it_was(message in "[ a\n\t#:'\"-]{0,12}") {
            check(&message, "key");
        }
    }
}
