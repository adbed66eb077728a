//! Compares the YAML reader with serde_yaml.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::node::SourceId;
use super::yaml::read;

fn read_json(text: &str) -> Result<Json, Vec<String>> {
    crate::config::read_values("a.yaml", text)
}

fn faults(text: &str) -> Vec<String> {
    read_json(text).err().unwrap_or_default()
}

/// Reads a text with serde_yaml.
fn reference(text: &str) -> Option<Json> {
    let mut value: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
    value.apply_merge().ok()?;
    serde_json::to_value(value).ok()
}

/// Checks that both readers agree wherever serde_yaml accepts a text. `reasons` are the errors that are allowed
/// instead.
fn check(text: &str, reasons: &[&str]) {
    // libyaml takes a `?` without a following blank for the start of a key; since YAML 1.2 it is part of the text.
    let is_old_key = text.match_indices('?').any(|(at, _)| !text[at + 1..].starts_with([' ', '\n']));
    let Some(expected) = reference(text).filter(|_| !is_old_key) else { return };
    match read_json(text) {
        Ok(read) => assert_eq!(read, expected, "{text}"),
        Err(faults) => {
            let is_known = |fault: &String| reasons.iter().any(|reason| fault.contains(reason));
            assert!(faults.iter().all(is_known), "{faults:?}: {text}");
        }
    }
}

/// Texts that serde_yaml accepts and this reader refuses.
const REFUSED: [&str; 9] = [
    // A tag means something else to other programs.
    "YAML tag",
    // Keys of a config are text.
    "is not text",
    "cannot be a key",
    // Readers disagree whether the rest is a comment or text.
    "comment",
    // Some readers end a line at them.
    "write it as `\\u2028`",
    "control characters",
    // serde_yaml reads these as floats or as 128-bit integers.
    "larger than any field",
    // YAML 1.2 does not allow it in a list in brackets.
    "plain scalar cannot start with",
    // A byte order mark inside a text is invisible.
    "BOM must not appear",
];

#[test]
fn every_config_parses_as_in_serde_yaml() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["confs", "tests/confs/valid", "tests/confs/invalid"];
    let files = folders.iter().flat_map(|folder| root.join(folder).read_dir().unwrap());
    let mut count = 0;
    for path in files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "yaml")) {
        if let Ok(text) = std::fs::read_to_string(&path) {
            check(&text, &[&REFUSED[..], &["second one starts", "cannot merge", "too deep", "is repeated"]].concat());
            count += 1;
        }
    }
    assert!(count > 100);
}

#[test]
fn every_unusual_scalar_parses_as_in_serde_yaml() {
    let words = "yes no on off y n true True TRUE null Null NULL ~ 007 0o7 0o17 0x1F 0x 0b101 1e3 1E-2 1.5 .5 5. -.5 +1 +.5 \
                 -0 1_000 1:30 .inf -.Inf +.INF .nan NaN inf 2026-11-23 12e03 1e400 -1e400 18446744073709551615 \
                 -9223372036854775808 0.1 @x %x `x !x &x *x -x ?x :x - -- --- ... a:b a: a#b #b |x >x 'x' \"x\" \
                 \"\\u00e9\\x41\\U0001f600\\n\\t\\\"\" 'it''s' {x} [x] {x: 1} [1, x] \u{e9} \u{1f600} \u{feff}x";
    let texts = [
        "",
        " ",
        "  x  ",
        "'a\n  b'",
        "\"a\\\n  b\"",
        "|\n  a\n   b\n",
        "|-\n  a\n",
        "|+\n  a\n\n",
        ">\n  a\n  b\n\n  c\n",
        "|2\n   a\n",
    ];
    for word in words.split(' ').chain(texts) {
        for text in [
            format!("a: {word}"),
            format!("a: {word}\n"),
            format!("[{word}]"),
            format!("- {word}\n- b\n"),
            format!("{{a: {word}, b: c}}"),
        ] {
            check(&text, &REFUSED);
        }
    }
}

fn documents() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-1e9..1e9).prop_map(|number: f64| json!(number)),
        any::<String>().prop_map(Json::from),
        "[ a\n\t#:'\"|>&*{}\\[\\],-]{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::btree_map("[a-z <:#é-]{1,6}", inner, 0..5).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #[test]
    fn documents_written_by_serde_yaml_round_trip(document in documents()) {
        let text = serde_yaml::to_string(&document).unwrap();
        check(&text, &REFUSED);
    }

    #[test]
    fn every_json_document_parses_the_same_as_yaml(document in documents()) {
        let text = document.to_string();
        prop_assert_eq!(crate::config::read_values("a.json", &text), Ok(document));
    }

    #[test]
    fn random_tokens_parse_as_in_serde_yaml(tokens in prop::collection::vec(token(), 0..14)) {
        check(&tokens.concat(), &[
            &REFUSED[..],
            // serde_yaml reads these by libyaml's older grammar.
            &["this is not YAML", "second one starts", "cannot merge", "is repeated"],
        ].concat());
    }
}

fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a", "b", "1", "-1.5", "true", "~", ": ", ":\n", "\n", "\n  ", "- ", ", ", "{", "}", "[", "]", "'x'", "\"y\"",
        "&a ", "*a", "<<: ", " # c", "|\n  ", ">\n  ", "? ", "---\n",
    ])
}

#[test]
fn merge_keys_and_aliases_are_expanded() {
    assert_eq!(read_json("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}").unwrap()["b"], json!({ "x": 1, "y": 3 }));
    let nested = "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: [*b, {z: 3}], y: 4}";
    assert_eq!(read_json(nested).unwrap()["c"], json!({ "x": 1, "y": 4, "z": 3 }));
}

#[test]
fn yaml_features_outside_the_config_subset_are_refused() {
    assert!(faults("a: !x 1")[0].contains("`!x`"));
    assert_eq!(faults("1: x\ntrue: y").len(), 2);
    assert!(faults("a: 1\n---\nb: 2")[0].contains("second"));
    assert_eq!(faults("a: {b: 1, b: 2}\nc: 1\nc: 2").len(), 2);
    assert!(faults("a: 99999999999999999999")[0].contains("larger"));
    assert_eq!(faults("a: &a [*a]").len(), 1);
    assert_eq!(faults("a: {<<: 3}").len(), 1);
}

#[test]
fn aliases_expand_to_no_more_than_the_limits() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..40 {
        let below = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", "));
    }
    assert!(faults(&text)[0].contains("too large"));
    assert_eq!(faults("a: &a {x: 1}\nb: [*a, *a]"), [""; 0]);
}

#[test]
fn deep_nesting_is_refused_and_long_lists_are_not() {
    for opened in ["[", "- ", "{a: ", "? "] {
        assert_eq!(faults(&opened.repeat(300_000)).len(), 1, "{opened}");
    }
    assert_eq!(faults(&"- {a: [1]}\n".repeat(10_000)), [""; 0]);
}

#[test]
fn non_core_tags_are_refused_everywhere() {
    let tags = [
        "!x",
        "!!x",
        "!!python/object/apply:os.system",
        "!!binary",
        "!!set",
        "!<tag:e.org,2000:x>",
        "!",
        "!<!x>",
        "!!merge",
    ];
    for tag in tags {
        for value in ["b", "[b]", "{b: c}"] {
            for text in [format!("a: {tag} {value}"), format!("{tag} a: b"), format!("{tag} {{a: b}}")] {
                assert!(faults(&text).iter().any(|fault| fault.contains("tag")), "{text}");
            }
        }
    }
    let handles = [
        "%TAG !e! tag:e.org,2000:\n---\na: !e!x b",
        "%TAG !! tag:e.org,2000:\n---\na: !!str b",
        "%TAG ! tag:e.org,2000:\n---\na: !str b",
    ];
    for text in handles {
        assert!(faults(text)[0].contains("tag"), "{text}");
    }
}

#[test]
fn core_tags_set_the_type_of_their_value() {
    for text in
        ["a: !!str 1", "!!str a: !!int 1", "a: !!seq [1]", "!!map {a: !!null ~}", "a: !<tag:yaml.org,2002:str> b"]
    {
        assert_eq!(faults(text), [""; 0], "{text}");
    }
    for text in ["a: !!map b", "a: !!str [1]", "a: !!seq {b: 1}"] {
        assert_eq!(faults(text).len(), 1, "{text}");
    }
}

#[test]
fn every_value_has_a_span() {
    let at = |text: &str, path: &[&str]| {
        let root = read(text, SourceId::default()).root.unwrap();
        let node = root.get(path).unwrap();
        node.span.line_and_column(text)
    };
    let text = "jobs:\n  - KIND: A\n    alias: é # c\n  - {KIND: B, x: [1, {y: 2}]}\n";
    assert_eq!(at(text, &["jobs", "1", "x", "1", "y"]), (4, 25));
    assert_eq!(at("list: [\n1,\n{a: 2}\n]\n", &["list", "1", "a"]), (3, 4));
    assert_eq!(at("a: &a {x: 1}\nb: *a\n", &["b"]), (2, 3));
    assert_eq!(at("a: &a {x: 1}\nb: *a\n", &["b", "x"]), (1, 10));
}
