//! Interpolation: replaces `${…}` in a text by a variable or the content of a file.

use std::collections::BTreeMap;
use std::path::Path;

use super::diagnostic::Problem;
use super::ports::Ports;
use crate::input_file;
use crate::notify::append_literal;
use crate::secret::{self, is_secret_name};
use crate::text::nearest;

const KNOWN: &str =
    "write `${env:NAME}`, `${env:NAME,default}`, `${file:path}` or `${port:NAME}`; `$${` is a literal `${`";

/// The prefix of a free port.
const PORT: &str = "port:";

/// What an interpolation can insert from outside of a config.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'i> {
    /// The environment variables of the process.
    pub(super) env: &'i BTreeMap<String, String>,
    /// The ports of this run.
    pub(super) ports: &'i Ports,
}

/// A text after interpolation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// Whether the text was exactly one interpolation, so that the value gets the type of its field.
    pub(super) is_whole: bool,
    /// Whether anything was inserted. Inserted text must not be shown.
    pub(super) is_foreign: bool,
    /// Whether everything that was inserted is a default, which is written in the config itself.
    pub(super) is_written: bool,
    /// Whether something was inserted that may be a secret: anything but a port.
    pub(super) is_hidden: bool,
}

/// Interpolates a text. Inserted text is not interpolated again, and in a template it is literal text.
pub(super) fn expand(text: &str, inputs: Inputs<'_>, is_template: bool) -> Result<Expanded, Problem> {
    let (mut is_written, mut is_hidden) = (true, false);
    let expanded = fill(text, |inside, filled| {
        if let Some(name) = inside.strip_prefix(PORT) {
            is_written = false;
            filled.push_str(&inputs.ports.get(name.trim())?.to_string());
            return Ok(());
        }
        let (value, is_default) = resolve(inside, inputs.env)?;
        is_written &= is_default;
        is_hidden = true;
        register(inside, &value, is_default);
        match is_template {
            true => append_literal(filled, &value).map_err(|_| inside_a_tag()),
            false => {
                filled.push_str(&value);
                Ok(())
            }
        }
    })?;
    Ok(Expanded { is_written, is_hidden, ..expanded })
}

/// Returns a text in which each interpolation is replaced by its default, or by nothing.
pub(super) fn with_defaults_only(text: &str) -> String {
    let filled = fill(text, |inside, filled| {
        filled.push_str(inside.split_once(',').map_or("", |(_, default)| default));
        Ok(())
    });
    filled.map_or_else(|_| text.to_owned(), |filled| filled.text)
}

/// Escapes a text so that interpolation leaves it unchanged.
pub(crate) fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

/// Replaces each interpolation by what `put` appends for the text between its braces.
fn fill(text: &str, mut put: impl FnMut(&str, &mut String) -> Result<(), Problem>) -> Result<Expanded, Problem> {
    let mut filled = String::with_capacity(text.len());
    let mut is_foreign = false;
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$${") {
            filled.push_str("${");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("${") {
            let end = after
                .find('}')
                .ok_or_else(|| Problem::new("this `${` is never closed", "end it with `}`; `$${` is a literal `${`"))?;
            put(&after[..end], &mut filled)?;
            is_foreign = true;
            rest = &after[end + 1..];
        } else {
            filled.push('$');
            rest = &rest[1..];
        }
    }
    filled.push_str(rest);
    let is_whole = is_foreign && text.starts_with("${") && text.find('}') == Some(text.len() - 1);
    Ok(Expanded { text: filled, is_whole, is_foreign, is_written: !is_foreign, is_hidden: is_foreign })
}

/// Registers an inserted value with the redactor: as a secret if it comes from a file, or from a variable with the name
/// of a secret.
fn register(inside: &str, value: &str, is_default: bool) {
    let (resolver, name) = inside.split_once(':').unwrap_or_default();
    let name = name.split(',').next().unwrap_or_default().trim();
    secret::register_interpolated(value);
    if resolver == "file" || !is_default && is_secret_name(name) {
        secret::register(value);
    }
}

fn inside_a_tag() -> Problem {
    Problem::new(
        "an interpolation cannot stand between the braces of a template",
        "put it outside of them: what comes in is a text, and never a part of the template",
    )
}

/// Returns the value of an interpolation, and whether it is the default.
fn resolve(inside: &str, env: &BTreeMap<String, String>) -> Result<(String, bool), Problem> {
    if inside.contains("${") {
        return Err(Problem::new("an interpolation cannot hold another", KNOWN));
    }
    match inside.split_once(':') {
        Some((resolver @ ("env" | "oc.env"), variable)) => match variable.split_once(',') {
            Some((name, default)) => Ok(match env.get(name.trim()) {
                Some(value) => (value.clone(), false),
                None if resolver == "oc.env" => (unquoted(default.trim()), true),
                None => (default.trim().to_owned(), true),
            }),
            None => match env.get(variable.trim()) {
                Some(value) => Ok((value.clone(), false)),
                None => Err(missing(variable.trim(), env)),
            },
        },
        Some(("file", path)) => read(path.trim()).map(|text| (text, false)),
        Some((other, _)) => Err(Problem::new(format!("nothing is known as `${{{other}:…}}`"), KNOWN)),
        None => Err(Problem::new("this `${…}` does not say what stands in for it", KNOWN)),
    }
}

/// Removes the quotes of a default, as OmegaConf does.
fn unquoted(default: &str) -> String {
    let inside = ['"', '\''].into_iter().find_map(|quote| {
        let inside = default.strip_prefix(quote)?.strip_suffix(quote)?;
        Some(inside.replace(&format!("\\{quote}"), &quote.to_string()))
    });
    inside.unwrap_or_else(|| default.to_owned())
}

fn missing(name: &str, env: &BTreeMap<String, String>) -> Problem {
    let known: Vec<&str> = env.keys().map(String::as_str).collect();
    let near = nearest(name, &known).filter(|_| !name.is_empty());
    let near = near.map(|near| format!(" (`{near}` is set)")).unwrap_or_default();
    Problem::new(
        format!("the environment variable `{name}` is not set"),
        format!("set it{near}, or give a default: `${{env:{name},default}}`"),
    )
}

fn read(path: &str) -> Result<String, Problem> {
    let text = input_file::read_to_string(Path::new(path)).map_err(|error| {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        };
        Problem::new(
            format!("the file {path:?} cannot stand in here: {reason}"),
            "check that it exists and who may read it; relative paths start at the working folder",
        )
    })?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn env(vars: &[(&str, &str)]) -> BTreeMap<String, String> {
        vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn filled(text: &str) -> String {
        expand_with(text, &[("A", "x"), ("EMPTY", "")]).unwrap().text
    }

    fn expand_with(text: &str, vars: &[(&str, &str)]) -> Result<Expanded, Problem> {
        expand(text, Inputs { env: &env(vars), ports: &Ports::default() }, false)
    }

    #[test]
    fn variables_and_defaults_are_interpolated() {
        assert_eq!(filled("${env:A}"), "x");
        assert_eq!(filled("a-${oc.env:A}-${env:B,c}"), "a-x-c");
        assert_eq!(filled("${env:EMPTY,y}"), "");
        assert_eq!(filled("${env:B,}"), "");
        assert_eq!(filled("$A $$ $$${env:A} $${env:A}"), "$A $$ $${env:A} ${env:A}");
    }

    #[test]
    fn an_omegaconf_default_is_unquoted() {
        assert_eq!(filled("${oc.env:B,'http://mlflow:5000'}"), "http://mlflow:5000");
        assert_eq!(filled(r#"${oc.env:B, "it\"s" }"#), "it\"s");
        assert_eq!(filled("${oc.env:B,'}-${oc.env:B,''}-${env:B,'c'}"), "'--'c'");
    }

    #[test]
    fn only_a_value_that_is_one_interpolation_is_whole() {
        let whole = |text| expand_with(text, &[("A", "x")]).unwrap().is_whole;
        assert!(whole("${env:A}"));
        assert!(!whole("${env:A}${env:A}") && !whole(" ${env:A}") && !whole("$${env:A}") && !whole("x"));
    }

    #[test]
    fn a_port_is_a_number_that_may_be_shown() {
        let expanded = expand_with("http://127.0.0.1:${port:a}/${port: a }", &[]).unwrap();
        let (first, second) = expanded.text.rsplit_once('/').unwrap();
        assert!(first.ends_with(&format!(":{second}")) && second.parse::<u16>().is_ok_and(|port| port > 0), "{first}");
        assert!(!expanded.is_hidden && !expanded.is_written);
        assert!(expand_with("${port:a}${env:B,c}", &[]).unwrap().is_hidden);
    }

    #[test]
    fn an_unresolved_interpolation_is_an_error() {
        for text in [
            "${env:MISSING}",
            "${env:A",
            "${A}",
            "${x:A}",
            "${}",
            "${env:}",
            "${file:/no/such}",
            "${env:B,${env:A}}",
            "${port:}",
        ] {
            assert!(expand_with(text, &[("A", "x")]).is_err(), "{text}");
        }
    }

    #[test]
    fn only_written_defaults_replace_interpolations() {
        assert_eq!(with_defaults_only("a-${env:A}-${env:B,b}-${file:/x}-$${c}"), "a--b--${c}");
        assert_eq!(with_defaults_only("${env:A"), "${env:A");
    }

    #[test]
    fn one_newline_at_the_end_of_a_file_is_trimmed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for (content, expected) in [("t\n", "t"), ("t\r\n", "t"), ("t\n\n", "t\n"), (" t ", " t "), ("", "")] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(filled(&format!("${{file:{}}}", path.display())), expected);
        }
    }

    proptest! {
        #[test]
        fn text_without_an_interpolation_is_unchanged(text in any::<String>().prop_filter("opens", |text| !text.contains("${"))) {
            prop_assert_eq!(filled(&text), text);
        }

        #[test]
        fn an_escaped_text_round_trips(text in "([$]|[{]|[}]|env:A|[a-z]|[$][{]){0,12}") {
            prop_assert_eq!(filled(&escaped(&text)), text);
        }

        #[test]
        fn interpolated_values_are_not_interpolated_again(value in "([$]|[{]|[}]|env:A|[$][{]){0,12}", before in "[a-z]{0,3}") {
            let expanded = expand_with(&format!("{before}${{env:A}}"), &[("A", &value)]).unwrap();
            prop_assert_eq!(expanded.text, format!("{before}{value}"));
        }
    }
}
