//! Environment variables that are part of a config: `RUNNER__*` and `MLFLOW_*`.

use std::collections::BTreeMap;
use std::ffi::OsString;

use std::rc::Rc;

use super::coerce::coerce;
use super::diagnostic::{Diagnostic, Errors};
use super::key_path::KeyPath;
use super::node::{Entry, Map, Node, Span, Value};
use super::overrides::Setting;
use super::source_map::{Origin, SourceMap, VARIABLE};

const RUNNER: &str = "RUNNER__";
const MLFLOW: &str = "MLFLOW_";

/// The fields of the `mlflow` service without an environment variable of MLflow.
const UNKNOWN_TO_MLFLOW: [&str; 4] = ["registry_name", "registry_username", "registry_password", "registry_token"];

/// Converts the environment of a process to text.
///
/// # Errors
/// A variable that is part of a config and not UTF-8. Other variables that are not UTF-8 are left out.
pub fn environment(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<BTreeMap<String, String>, Errors> {
    let mut known = BTreeMap::new();
    let mut diagnostics = Vec::new();
    for (name, value) in variables {
        match (name.to_string_lossy(), value.into_string()) {
            (name, Ok(value)) => {
                known.insert(name.into_owned(), value);
            }
            (name, Err(_)) if name.starts_with(RUNNER) || name.starts_with(MLFLOW) => {
                diagnostics.push(diagnostic(&name, "the value is not UTF-8 text".to_owned(), None));
            }
            _ => {}
        }
    }
    if diagnostics.is_empty() { Ok(known) } else { Err(Errors::new(diagnostics)) }
}

/// Returns one layer for each of MLflow's own variables that is set and not empty.
pub(super) fn mlflow_layers(sources: &mut SourceMap<'_>) -> (Vec<Node>, Vec<Diagnostic>) {
    let (mut layers, mut diagnostics) = (Vec::new(), Vec::new());
    let block = KeyPath::new(&["services", "mlflow"]);
    let Some(service) = sources.top.at(block.keys(), None) else { return (layers, diagnostics) };
    let mappings = service.mappings(None);
    let fields = mappings.iter().flat_map(|mapping| mapping.names().into_iter().map(move |key| (key, mapping)));
    for (key, mapping) in fields.filter(|(key, _)| !UNKNOWN_TO_MLFLOW.contains(key)) {
        let name = format!("{MLFLOW}{}", key.to_ascii_uppercase());
        let value = sources.env.get(&name).filter(|text| !text.is_empty());
        let (Some(text), Some(field)) = (value, mapping.property(key)) else { continue };
        let source = sources.add(describe(&name), Origin::Mlflow);
        match coerce(text, field, source, !field.is_secret()) {
            Ok(value) => {
                let node = |value| Node::new(value, Span::default(), source);
                let nested = ["services", "mlflow", key].iter().rev().fold(node(value), |below, key| {
                    let entry = Entry { key_span: Span::default(), node: below };
                    node(Value::Map(Rc::new(Map::from_iter([((*key).to_owned(), entry)]))))
                });
                layers.push(nested);
            }
            Err(message) => diagnostics.push(diagnostic(&name, message, Some(block.child(key)))),
        }
    }
    (layers, diagnostics)
}

/// Returns the settings of the `RUNNER__*` variables, shorter paths first.
pub(super) fn settings(env: &BTreeMap<String, String>) -> Vec<Setting> {
    let ours = env.iter().filter_map(|(name, text)| Some((name, name.strip_prefix(RUNNER)?, text)));
    let setting = |(name, path, text): (&String, &str, &String)| Setting {
        argument: describe(name),
        prefix: RUNNER,
        separator: "__",
        keys: path.split("__").map(str::to_owned).collect(),
        text: text.clone(),
    };
    let mut settings: Vec<Setting> = ours.map(setting).collect();
    settings.sort_by_key(|setting| setting.keys.len());
    settings
}

/// Reports variables whose names differ only in case, because it would be undefined which one wins.
pub(super) fn find_ambiguous(env: &BTreeMap<String, String>) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut diagnostics = Vec::new();
    for name in env.keys().filter(|name| name.starts_with(RUNNER)) {
        if let Some(first) = seen.insert(name.to_uppercase(), name) {
            diagnostics.push(diagnostic(name, format!("`{first}` sets the same key; unset one of them"), None));
        }
    }
    diagnostics
}

fn describe(variable: &str) -> String {
    format!("{VARIABLE}{variable}")
}

fn diagnostic(variable: &str, message: String, key: Option<KeyPath>) -> Diagnostic {
    Diagnostic { message, help: None, source: describe(variable), key: key.map(|key| key.to_string()), excerpt: None }
}

#[cfg(test)]
mod tests {
    use super::super::schema_node::SchemaNode;
    use super::*;

    fn env(vars: &[(&str, &str)]) -> BTreeMap<String, String> {
        vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn two_variables_of_one_key_are_refused() {
        let vars =
            [("RUNNER__JOB__ALIAS", "a"), ("RUNNER__job__alias", "b"), ("RUNNER__JOB__NAME", "c"), ("runner", "d")];
        let messages: Vec<String> =
            find_ambiguous(&env(&vars)).into_iter().map(|diagnostic| diagnostic.message).collect();
        assert_eq!(messages, ["`RUNNER__JOB__ALIAS` sets the same key; unset one of them"]);
    }

    #[test]
    fn variables_of_mlflow_are_typed_and_empty_ones_are_ignored() {
        let schema = super::super::schema();
        let vars = env(&[
            ("MLFLOW_TRACKING_URI", "http://host"),
            ("MLFLOW_TRACKING_INSECURE_TLS", "TRUE"),
            ("MLFLOW_HTTP_REQUEST_TIMEOUT", "soon"),
            ("MLFLOW_TRACKING_TOKEN", ""),
            ("MLFLOW_REGISTRY_NAME", "not MLflow's"),
            ("MLFLOW_SOMETHING_ELSE", "x"),
        ]);
        let top = SchemaNode::top(&schema);
        let mut sources = SourceMap::new(top, &vars);
        let (layers, diagnostics) = mlflow_layers(&mut sources);
        let names: Vec<&str> = layers.iter().map(|layer| sources.name(layer.source)).collect();
        let expected = ["MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_INSECURE_TLS"];
        assert_eq!(names, expected.map(describe));
        assert_eq!(diagnostics.len(), 1);
        assert_eq!(diagnostics[0].source, "environment variable MLFLOW_HTTP_REQUEST_TIMEOUT");
    }

    #[test]
    fn a_variable_with_a_single_underscore_is_ignored() {
        let settings = settings(&env(&[("RUNNER_OS", "Linux"), ("RUNNER__JOB__ALIAS", "x"), ("RUNNER__JOB", "{}")]));
        let paths: Vec<_> = settings.iter().map(|setting| setting.keys.join(".")).collect();
        assert_eq!(paths, ["JOB", "JOB.ALIAS"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_a_variable_of_ours_must_be_text() {
        use std::os::unix::ffi::OsStringExt as _;
        let bad = || OsString::from_vec(vec![0xff]);
        let vars = |name: &str| vec![(OsString::from(name), bad())];
        assert!(environment(vars("OTHER")).unwrap().is_empty());
        assert!(environment(vars("RUNNER__JOB__ALIAS")).unwrap_err().to_string().contains("RUNNER__JOB__ALIAS"));
    }
}
