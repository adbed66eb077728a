use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::*;

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const USERINFO: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b':').add(b'@').add(b'?');

fn hide(secret: &str, text: &str) -> String {
    Secrets::new([secret]).hide(text, Scope::Sentence).into_owned()
}

/// Returns a secret in the encodings of programs and documents.
fn encodings(secret: &str) -> Vec<String> {
    let percent = |set| utf8_percent_encode(secret, set).to_string();
    let percent = [NON_ALPHANUMERIC, COMPONENT, USERINFO].map(percent);
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let json = serde_json::to_string(secret).unwrap();
    let encoded = [STANDARD.encode(secret), STANDARD_NO_PAD.encode(secret), URL_SAFE.encode(secret)];
    let mut forms = vec![
        secret.to_owned(),
        html.replace('\'', "&#39;"),
        html.replace('\'', "&#x27;"),
        html.replace('\'', "&apos;"),
        json[1..json.len() - 1].to_owned(),
        json.replace('/', "\\/"),
        serde_json::to_string(&json).unwrap(),
        secret.chars().map(|c| format!("\\u{{{:x}}}", u32::from(c))).collect(),
        secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
        format!("{secret:?}"),
        secret.replace('\'', "''"),
        secret.replace('\'', r"'\''"),
        secret.replace(' ', "+"),
        serde_yaml::to_string(secret).unwrap().trim().to_owned(),
        URL_SAFE_NO_PAD.encode(secret),
    ];
    forms.extend(percent.iter().map(|form| form.to_lowercase()).filter(|form| form.contains('%')));
    forms.extend(percent.iter().cloned());
    forms.extend(percent.map(|form| form.replace('%', "%25")));
    forms.extend(encoded);
    forms
}

#[test]
fn every_encoding_of_a_secret_is_hidden() {
    for secret in ["hunter22", "p@ss/w:rd?", "it's \"so\" <se&cret> 100%", "日本\\語🚲", "a+b/c==", "tab\there"] {
        let secrets = Secrets::new([secret]);
        let lowered = |form: &str| form.to_lowercase() == form && secret.to_lowercase() != secret;
        for form in encodings(secret).into_iter().filter(|form| !lowered(form)) {
            let shown = secrets.hide(&form, Scope::Sentence).into_owned();
            let rest = shown.replace(REDACTED, "");
            assert!(rest.chars().all(|c| "\"'\\".contains(c)), "{secret} as {form}: {shown}");
        }
    }
}

#[test]
fn a_password_is_hidden_in_the_base64_of_any_login() {
    for username in ["", "m", "me", "you", "somebody"] {
        let coded = STANDARD.encode(format!("{username}:hunter/22"));
        let shown = hide("hunter/22", &format!("Basic {coded} it is"));
        assert!(shown.contains(REDACTED) && shown.ends_with(" it is"), "{shown}");
        let left: String = shown.trim_start_matches("Basic ").chars().take_while(|c| *c != '*').collect();
        assert!(left.len() <= (username.len() + 1) * 8 / 6 + 1, "{shown}");
    }
    let mut secrets = Secrets::default();
    secrets.insert_login("me", "pw/1");
    let coded = [STANDARD.encode("me:pw/1"), STANDARD.encode("\0me\0pw/1")];
    assert_eq!(secrets.hide(&coded.join(" "), Scope::Sentence), "*** ***");
}

#[test]
fn secrets_that_overlap_are_hidden_as_one() {
    let secrets = Secrets::new(["hunter2", "ter234", "hunter22"]);
    assert_eq!(secrets.hide("a hunter2345 b", Scope::Sentence), "a ***5 b");
    assert_eq!(secrets.hide("hunter22 hunter2 x", Scope::Sentence), "*** *** x");
}

#[test]
fn a_short_secret_is_hidden_only_where_it_stands_alone_as_a_value() {
    let secrets = Secrets::new(["a", "42"]);
    let hide = |text: &str| secrets.hide(text, Scope::Value).into_owned();
    assert_eq!(hide("a model of 42 bikes at pin=424"), "a model of 42 bikes at pin=424");
    assert_eq!(hide("pin=42&x \"42\" me:a@host 'a'"), "pin=***&x \"***\" me:***@host '***'");
    assert_eq!((hide("42").as_str(), hide(" a ").as_str()), ("***", " *** "));
    assert_eq!(secrets.hide("pin=42", Scope::Sentence), "pin=42");
}

#[test]
fn common_words_are_not_secrets() {
    let secrets = Secrets::new(["true", "", " ", "****", "null"]);
    assert_eq!(secrets.hide("true null **** it is", Scope::Value), "true null **** it is");
}

#[test]
fn each_long_line_of_a_secret_is_a_secret() {
    let secrets = Secrets::new(["-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhk\n-----END KEY-----\n"]);
    let shown = secrets.hide("-----BEGIN KEY----- MIIEvQIBADANBg kqhk", Scope::Sentence).into_owned();
    assert_eq!(shown, "-----BEGIN KEY----- *** kqhk");
    assert_eq!(hide("hunt\n er", "it: |-\n  hunt\n   er"), "it: |-\n  ***");
}

proptest! {
    #[test]
    fn every_encoding_of_any_secret_is_hidden(
        secret in "[ -~é日🚲\n]{4,20}".prop_map(|text| text.trim().to_owned())
            .prop_filter("a secret", |text| text.chars().count() >= 4 && text.chars().any(|c| c != '*')),
        before in "[a-z ]{0,5}",
        after in "[ .]{0,5}",
        form in 0..24_usize,
    ) {
        let forms: Vec<String> = encodings(&secret);
        let form = &forms[form % forms.len()];
        let lowered = secret.to_lowercase() != secret && form.to_lowercase() == *form;
        prop_assume!(!lowered && !COMMON_WORDS.contains(&secret.as_str()));
        let shown = hide(&secret, &format!("{before}{form}{after}"));
        prop_assert!(shown.contains(REDACTED), "{secret:?} as {form:?}: {shown:?}");
        prop_assert!(!shown.contains(&secret) || REDACTED.contains(&secret), "{shown:?}");
    }

    #[test]
    fn a_text_without_secrets_is_unchanged(text in any::<String>()) {
        prop_assert_eq!(hide("\u{1f512}\u{1f511}hunter22\u{1f512}", &text), text);
    }

    #[test]
    fn redaction_is_idempotent(texts in prop::collection::vec("[abc%27+&; =]{0,6}", 0..6), secrets in prop::collection::vec("[abc ]{4,6}", 1..4)) {
        let secrets = Secrets::new(secrets);
        let once = secrets.hide(&texts.concat(), Scope::Value).into_owned();
        prop_assert_eq!(secrets.hide(&once, Scope::Value).into_owned(), once);
    }
}
