//! Overrides of single keys: `RUNNER__JOB__ALIAS=…`, `--set job.alias=…`.

use std::rc::Rc;

use super::coerce::coerce;
use super::diagnostic::Diagnostic;
use super::key_path::{KeyPath, SERVICES};
use super::node::{Entry, Map, Node, Number, SourceId, Span, Value};
use super::schema_node::{SchemaNode, kind_of};
use super::shown_value::show_value;
use super::source_map::{Origin, SourceMap};
use crate::secret::REDACTED;
use crate::text::{nearest, suggest};

/// The effect of a setting on a tree.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The path of the key, as the config writes it.
    pub(super) path: Vec<String>,
    /// The value that stood there.
    before: Option<Node>,
    /// Whether the tree changed.
    pub(super) is_other: bool,
    /// Whether the setting replaced another value.
    pub(super) replaces: bool,
}

/// A key and the text it is set to.
pub(super) struct Setting {
    /// The name of the setting in errors, without the text.
    pub(super) argument: String,
    /// The prefix of the first key.
    pub(super) prefix: &'static str,
    /// The separator of the keys.
    pub(super) separator: &'static str,
    /// The keys, in any case.
    pub(super) keys: Vec<String>,
    pub(super) text: String,
}

/// Parses the argument of `--set`.
pub(super) fn parse_argument(argument: &str) -> Result<Setting, Diagnostic> {
    let Some((key, text)) = argument.split_once('=') else {
        return Err(Diagnostic {
            message: "`--set` takes a key and a value".to_owned(),
            help: Some("write it as `--set job.alias=Champion`".to_owned()),
            source: "--set".to_owned(),
            key: None,
            excerpt: None,
        });
    };
    let dotted = key.trim().replace('[', ".").replace(']', "");
    let keys: Vec<String> = dotted.split('.').map(str::to_owned).collect();
    // Errors do not show the value, because any key may have a secret.
    let argument = format!("--set {}", key.trim());
    Ok(Setting { argument, prefix: "", separator: ".", keys, text: text.to_owned() })
}

impl Setting {
    /// Returns whether the setting is a variable rather than an argument.
    pub(super) const fn is_variable(&self) -> bool {
        !self.prefix.is_empty()
    }

    /// Returns whether the setting is a variable of a job. Variables of services are not part of a plan.
    pub(super) fn is_variable_of_job(&self) -> bool {
        let is = |key: &String, name: &str| key.eq_ignore_ascii_case(name);
        let is_service = |key| SERVICES.iter().any(|(_, block)| is(key, block));
        let is_of_job = self.keys.first().is_some_and(|key| is(key, "job") || is(key, "jobs"));
        self.is_variable() && is_of_job && !self.keys.iter().any(is_service)
    }

    /// Returns the name of the variable.
    pub(super) fn variable(&self) -> String {
        format!("{}{}", self.prefix, self.keys.join(self.separator))
    }

    /// Describes what it changed in a tree, such as `RUNNER__JOB__VERSION sets job.version to 1 instead of 3`. The value of
    /// a secret field is not shown.
    pub(super) fn describe_change(&self, change: &Change, tree: &Node, sources: &SourceMap<'_>) -> String {
        let Change { path, before, .. } = change;
        let show = |node: &Node| {
            let shown = show_value(sources, path, node, tree);
            (!node.is_collection() && shown != REDACTED).then_some(shown)
        };
        let mut text = format!("{} sets {}", self.variable(), KeyPath::from(path.clone()));
        if let Some(after) = tree.get(path).and_then(show) {
            text += &format!(" to {after}");
            text.extend(before.as_ref().and_then(show).map(|before| format!(" instead of {before}")));
        }
        text
    }

    /// Returns the origin of the values that it sets.
    pub(super) fn origin(&self) -> Origin {
        let is_of_services = self.keys.first().is_some_and(|key| key.eq_ignore_ascii_case("services"));
        if self.is_variable() && is_of_services { Origin::Variable } else { Origin::Argument }
    }

    /// Sets the key in a tree.
    pub(super) fn apply(&self, top: SchemaNode<'_>, tree: &mut Node, source: SourceId) -> Result<Change, Diagnostic> {
        let (path, field) = self.resolve(top, tree)?;
        let value = coerce(&self.text, field, source, !field.is_secret())
            .map_err(|message| self.diagnostic(message, None, Some(KeyPath::from(path.clone()).to_string())))?;
        let before = tree.get(&path).cloned();
        put(tree, &path, Node::new(value, Span::default(), source));
        let is_other = match (&before, tree.get(&path)) {
            (Some(before), Some(after)) => !before.is_alike(after),
            _ => true,
        };
        let was_empty = before.as_ref().is_none_or(|node| node.as_map().is_some_and(Map::is_empty));
        Ok(Change { path, before, is_other, replaces: is_other && !was_empty })
    }

    /// Finds the field that the keys name, ignoring case, and its path with the spelling of the config.
    fn resolve<'s>(&self, top: SchemaNode<'s>, tree: &Node) -> Result<(Vec<String>, SchemaNode<'s>), Diagnostic> {
        self.check_job_or_jobs(tree)?;
        let mut path: Vec<String> = Vec::new();
        let mut field = top;
        for (place, key) in self.keys.iter().enumerate() {
            let here = tree.get(&path);
            if let Some(of) = field.items() {
                path.push(self.index(key, here, &path)?);
                field = of;
                continue;
            }
            let mappings = field.mappings(here.and_then(kind_of));
            let property = |mapping: &SchemaNode<'s>| mapping.property_in_any_case(key);
            if let Some((name, below)) = mappings.iter().find_map(property) {
                path.push(name.to_owned());
                field = below;
            } else if let Some(values) = mappings.iter().find_map(|mapping| mapping.free_values()) {
                // A user-defined key may contain the separator, as `mlflow.note` does.
                path.push(self.keys[place..].join(self.separator));
                return Ok((path, values));
            } else {
                return Err(self.unknown(place, &mappings, &path));
            }
        }
        Ok((path, field))
    }

    fn check_job_or_jobs(&self, tree: &Node) -> Result<(), Diagnostic> {
        let has = |key: &str| tree.as_map().is_some_and(|map| map.contains_key(key));
        let is = |key: &str| self.keys.len() > 1 && self.keys[0].eq_ignore_ascii_case(key);
        let (message, keys) = if is("job") && has("jobs") && !has("job") {
            let keys = [&["jobs".to_owned(), "0".to_owned()], &self.keys[1..]].concat();
            ("the config holds `jobs`, a list; say which one is meant", keys)
        } else if is("jobs") && has("job") && !has("jobs") {
            let keys = [&["job".to_owned()], self.keys.get(2..).unwrap_or_default()].concat();
            ("the config holds one `job`, not a list", keys)
        } else {
            return Ok(());
        };
        Err(self.diagnostic(message.to_owned(), Some(format!("write `{}`", self.spelled(&keys))), None))
    }

    fn index(&self, key: &str, list: Option<&Node>, path: &[String]) -> Result<String, Diagnostic> {
        let name = KeyPath::from(path.to_vec());
        let length = list.and_then(Node::as_list).map_or(0, <[Node]>::len);
        match key.parse::<usize>() {
            Ok(index) if index < length => Ok(index.to_string()),
            Ok(index) => {
                let message = format!("`{name}` has no element {index}: it holds {length}, counted from 0");
                Err(self.diagnostic(message, None, None))
            }
            Err(_) => {
                let message = format!("`{name}` is a list, and `{key}` is no place in it");
                let mut keys = path.to_vec();
                keys.push("0".to_owned());
                Err(self.diagnostic(message, Some(format!("count from 0, as in `{}`", self.spelled(&keys))), None))
            }
        }
    }

    fn unknown(&self, place: usize, mappings: &[SchemaNode<'_>], path: &[String]) -> Diagnostic {
        let key = &self.keys[place];
        let above = KeyPath::from(path.to_vec());
        let names: Vec<&str> = mappings.iter().flat_map(|mapping| mapping.names()).collect();
        let message = match (path.is_empty(), mappings.is_empty()) {
            (true, _) => format!("a config has no key `{}`", key.to_lowercase()),
            (false, true) => format!("`{above}` holds a single value and has no key `{}`", key.to_lowercase()),
            (false, false) => format!("`{above}` has no key `{}`", key.to_lowercase()),
        };
        let help = match nearest(key, &names) {
            Some(name) => {
                let mut keys = path.to_vec();
                keys.push(name.to_owned());
                keys.extend_from_slice(&self.keys[place + 1..]);
                Some(format!("did you mean `{}`?", self.spelled(&keys)))
            }
            None => {
                let mut names = names;
                names.sort_unstable();
                names.dedup();
                suggest("", &names)
            }
        };
        self.diagnostic(message, help, None)
    }

    /// Formats keys in the form of this setting.
    fn spelled(&self, keys: &[String]) -> String {
        if self.prefix.is_empty() {
            return KeyPath::from(keys.to_vec()).to_string();
        }
        format!("{}{}", self.prefix, keys.join(self.separator).to_ascii_uppercase())
    }

    fn diagnostic(&self, message: String, help: Option<String>, key: Option<String>) -> Diagnostic {
        Diagnostic { message, help, source: self.argument.clone(), key, excerpt: None }
    }
}

/// Returns whether a config pins one of its jobs as a plan does: to a version, with `expect`.
pub(super) fn is_pinned(config: &Node) -> bool {
    let list = config.child("jobs").and_then(Node::as_list).unwrap_or_default();
    config.child("job").into_iter().chain(list).any(|job| pinned_version(job).is_some())
}

/// Returns the version that a job is pinned to, as in a plan: it also says where its alias must be.
pub(super) fn pinned_version(job: &Node) -> Option<u64> {
    let version = job.child("version").or_else(|| job.child("to")).map(|node| &node.value);
    match version {
        Some(Value::Number(Number::Unsigned(version))) if job.child("expect").is_some() => Some(*version),
        _ => None,
    }
}

/// Returns a warning about variables that change the jobs of a pinned config.
pub(super) fn drift_warning(config: &str, changes: &[String]) -> Option<String> {
    let them = if changes.len() == 1 { "it" } else { "them" };
    (!changes.is_empty()).then(|| {
        format!(
            "{config}: {}, so this is not what was planned; for that, unset {them} and plan again",
            changes.join(", ")
        )
    })
}

/// Sets the value at a path. A mapping is merged into an existing one.
fn put(here: &mut Node, path: &[String], node: Node) {
    if let Some((key, rest)) = path.split_first() {
        if let Value::List(items) = &mut here.value {
            if let Some(item) = key.parse::<usize>().ok().and_then(|index| Rc::make_mut(items).get_mut(index)) {
                put(item, rest, node);
            }
            return;
        }
        return put(entry(here, key, node.source), rest, node);
    }
    match (&here.value, &node.value) {
        (Value::Map(_), Value::Map(map)) => {
            map.iter().for_each(|(key, below)| put(entry(here, key, node.source), &[], below.node.clone()));
        }
        _ => *here = node,
    }
}

/// Returns the value of a key, and creates the mapping and the key where they are missing.
fn entry<'n>(here: &'n mut Node, key: &str, source: SourceId) -> &'n mut Node {
    let empty = || Node::new(Value::Map(Rc::default()), Span::default(), source);
    if here.as_map().is_none() {
        *here = empty();
    }
    let missing = Entry { key_span: Span::default(), node: empty() };
    match here {
        Node { value: Value::Map(map), .. } => &mut Rc::make_mut(map).get_or_insert(key, missing).node,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::{Format, read};
    use super::*;

    fn setting(keys: &str, text: &str) -> Setting {
        parse_argument(&format!("{keys}={text}")).unwrap()
    }

    fn parse(yaml: &str) -> Node {
        read(yaml, Format::Yaml, SourceId(0)).root.unwrap()
    }

    fn set(yaml: &str, keys: &str, text: &str) -> Result<Node, Diagnostic> {
        let schema = super::super::schema();
        let mut tree = parse(yaml);
        setting(keys, text).apply(SchemaNode::top(&schema), &mut tree, SourceId(1))?;
        Ok(tree)
    }

    fn refused(yaml: &str, keys: &str, text: &str) -> String {
        let diagnostic = set(yaml, keys, text).unwrap_err();
        format!("{} ({})", diagnostic.message, diagnostic.help.unwrap_or_default())
    }

    #[test]
    fn an_argument_is_named_without_its_value() {
        for argument in
            ["a.tracking_token=hunter2", "a={token: hunter2}", "a.uri=http://hunter2", "a.command[2]=hunter2"]
        {
            let named = parse_argument(argument).unwrap().argument;
            assert_eq!(Some(named.as_str()), argument.split('=').next().map(|key| format!("--set {key}")).as_deref());
        }
    }

    #[test]
    fn keys_are_case_insensitive_and_values_coerced_to_the_field_type() {
        let expected = parse("{job: {KIND: PromotionJob, alias: '007', record: false}}");
        let set_alias = set("job: {KIND: PromotionJob, record: false}", "JOB.Alias", "007").unwrap();
        assert_eq!(set_alias.to_json(), expected.to_json());
    }

    #[test]
    fn one_element_of_a_list_changes_and_the_others_stay() {
        let yaml = "jobs: [{KIND: PromotionJob, alias: a}, {KIND: PromotionJob, alias: b}]";
        let expected = yaml.replace("alias: b", "alias: c");
        let expected = parse(&expected).to_json();
        assert_eq!(set(yaml, "jobs[1].alias", "c").unwrap().to_json(), expected);
        assert_eq!(set(yaml, "jobs.1", "{alias: c}").unwrap().to_json(), expected);
        assert!(refused(yaml, "jobs[2].alias", "c").contains("holds 2, counted from 0"));
        assert!(refused(yaml, "jobs.x.alias", "c").contains("`jobs[0]`"));
    }

    #[test]
    fn a_free_key_keeps_its_case_and_its_dots() {
        let yaml = "job: {KIND: RegistrationJob}";
        let tags = set(yaml, "job.tags.mlflow.Note", "1").unwrap();
        let keys = ["job", "tags", "mlflow.Note"].map(str::to_owned);
        assert_eq!(tags.get(&keys).and_then(Node::as_text), Some("1"));
    }

    #[test]
    fn an_unknown_key_is_refused_with_a_suggestion() {
        let job = "job: {KIND: PromotionJob}";
        assert_eq!(refused(job, "job.alais", "x"), "`job` has no key `alais` (did you mean `job.alias`?)");
        assert!(refused(job, "job.alias.x", "x").starts_with("`job.alias` holds a single value"));
        assert!(refused(job, "nope", "x").starts_with("a config has no key `nope` (expected `$schema`"));
        assert!(refused("jobs: [{}]", "job.alias", "x").contains("`jobs[0].alias`"));
        assert!(refused(job, "jobs[0].alias", "x").contains("`job.alias`"));
        let bad = refused(job, "job.record", "maybe");
        assert!(bad.starts_with("expected true or false, found text \"maybe\""), "{bad}");
    }
}
