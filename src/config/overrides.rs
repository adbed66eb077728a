//! Single keys set from outside: `RUNNER__JOB__ALIAS=…`, `--set job.alias=…`.

use figment::value::{Dict, Value};

use super::fields::Field;
use super::layers::{Layer, Origin};
use super::problem::Problem;
use super::sensitive::is_secretish;
use super::tree::{self, KeyPath};
use super::typed::typed;
use crate::text::{nearest, suggest};

/// A key and the text it is set to.
#[derive(Debug)]
pub(super) struct Setting {
    /// What people call it in an error, without the text.
    pub(super) argument: String,
    /// What stands before the first key.
    pub(super) prefix: &'static str,
    /// What stands between keys.
    pub(super) separator: &'static str,
    /// The keys, in any case.
    pub(super) keys: Vec<String>,
    pub(super) text: String,
}

/// Reads the argument of a `--set`.
pub(super) fn from_argument(argument: &str) -> Result<Setting, Problem> {
    let Some((key, text)) = argument.split_once('=') else {
        return Err(Problem {
            message: "`--set` takes a key and a value".to_owned(),
            help: Some("write it as `--set job.alias=Champion`".to_owned()),
            source: "--set".to_owned(),
            key: None,
            line: None,
        });
    };
    let dotted = key.trim().replace('[', ".").replace(']', "");
    let keys: Vec<String> = dotted.split('.').map(str::to_owned).collect();
    // The value may be a secret under any key.
    let argument = format!("--set {}", key.trim());
    Ok(Setting { argument, prefix: "", separator: ".", keys, text: text.to_owned() })
}

impl Setting {
    /// Returns whether it is a variable, and no argument.
    pub(super) const fn is_variable(&self) -> bool {
        !self.prefix.is_empty()
    }

    /// Returns the name of the variable that it is.
    pub(super) fn variable(&self) -> String {
        format!("{}{}", self.prefix, self.keys.join(self.separator))
    }

    /// Returns whether it takes the place of another value in a tree.
    pub(super) fn replaces(&self, top: Field<'_>, (before, after): (&Value, &Value)) -> bool {
        let Ok((path, _)) = self.resolve(top, before) else { return false };
        let value = |tree| tree::get(tree, &path).and_then(|value| serde_json::to_string(value).ok());
        // A variable gives a number as a text where the field takes both.
        let plain = |tree| value(tree).map(|value| value.replace('"', ""));
        value(before).is_some_and(|before| before != "{}") && plain(before) != plain(after)
    }

    /// Makes a layer that sets the key in a tree, or says why it cannot be set.
    pub(super) fn layer(&self, top: Field<'_>, tree: &Value) -> Result<Layer, Problem> {
        let (path, field) = self.resolve(top, tree)?;
        let shown = !field.is_secret() && !path.iter().any(|key| is_secretish(key));
        let value = typed(&self.text, field, shown)
            .map_err(|message| self.problem(message, None, Some(KeyPath::from(path.clone()).to_string())))?;
        // The rest of the tree comes along: a list is only ever replaced as a whole, and its values keep their sources.
        let mut whole = tree.clone();
        put(&mut whole, &path, value);
        let values = whole.into_dict().unwrap_or_default();
        let is_of_services = self.is_variable() && path.first().is_some_and(|key| key == "services");
        let origin = if is_of_services { Origin::Variable } else { Origin::Argument };
        Ok(Layer { name: self.argument.clone(), values, origin })
    }

    /// Finds the field that the keys name, in any case, and the path as the config writes it.
    fn resolve<'s>(&self, top: Field<'s>, tree: &Value) -> Result<(Vec<String>, Field<'s>), Problem> {
        self.check_job_or_jobs(tree)?;
        let mut path: Vec<String> = Vec::new();
        let mut field = top;
        for (place, key) in self.keys.iter().enumerate() {
            let here = tree::get(tree, &path);
            if let Some(of) = field.items() {
                path.push(self.index(key, here, &path)?);
                field = of;
                continue;
            }
            let mappings = field.mappings(here.and_then(Value::as_dict));
            let property = |mapping: &Field<'s>| mapping.property_in_any_case(key);
            if let Some((name, below)) = mappings.iter().find_map(property) {
                path.push(name.to_owned());
                field = below;
            } else if let Some(values) = mappings.iter().find_map(|mapping| mapping.free_values()) {
                // A free key may itself hold the separator, as `mlflow.note` does.
                path.push(self.keys[place..].join(self.separator));
                return Ok((path, values));
            } else {
                return Err(self.unknown(place, &mappings, &path));
            }
        }
        Ok((path, field))
    }

    fn check_job_or_jobs(&self, tree: &Value) -> Result<(), Problem> {
        let has = |key: &str| tree.as_dict().is_some_and(|dict| dict.contains_key(key));
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
        Err(self.problem(message.to_owned(), Some(format!("write `{}`", self.spelled(&keys))), None))
    }

    fn index(&self, key: &str, list: Option<&Value>, path: &[String]) -> Result<String, Problem> {
        let name = KeyPath::from(path.to_vec());
        let length = list.and_then(Value::as_array).map_or(0, <[Value]>::len);
        match key.parse::<usize>() {
            Ok(index) if index < length => Ok(index.to_string()),
            Ok(index) => {
                let message = format!("`{name}` has no element {index}: it holds {length}, counted from 0");
                Err(self.problem(message, None, None))
            }
            Err(_) => {
                let message = format!("`{name}` is a list, and `{key}` is no place in it");
                let mut keys = path.to_vec();
                keys.push("0".to_owned());
                Err(self.problem(message, Some(format!("count from 0, as in `{}`", self.spelled(&keys))), None))
            }
        }
    }

    fn unknown(&self, place: usize, mappings: &[Field<'_>], path: &[String]) -> Problem {
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
        self.problem(message, help, None)
    }

    /// Writes keys the way this setting does.
    fn spelled(&self, keys: &[String]) -> String {
        if self.prefix.is_empty() {
            return KeyPath::from(keys.to_vec()).to_string();
        }
        format!("{}{}", self.prefix, keys.join(self.separator).to_ascii_uppercase())
    }

    fn problem(&self, message: String, help: Option<String>, key: Option<String>) -> Problem {
        Problem { message, help, source: self.argument.clone(), key, line: None }
    }
}

/// Puts a value at a path; a mapping merges into the one that is there.
fn put(here: &mut Value, path: &[String], value: Value) {
    if let Some((key, rest)) = path.split_first() {
        if let Value::Array(_, items) = here {
            if let Some(item) = key.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                put(item, rest, value);
            }
            return;
        }
        return put(entry(here, key), rest, value);
    }
    match (here, value) {
        (here @ Value::Dict(..), Value::Dict(_, dict)) => {
            dict.into_iter().for_each(|(key, value)| put(entry(here, &key), &[], value));
        }
        (here, value) => *here = value,
    }
}

/// Returns the value of a key, and makes room for it where nothing or something else is.
fn entry<'v>(here: &'v mut Value, key: &str) -> &'v mut Value {
    if !matches!(here, Value::Dict(..)) {
        *here = Value::from(Dict::new());
    }
    match here {
        Value::Dict(_, dict) => dict.entry(key.to_owned()).or_insert_with(|| Value::from(Dict::new())),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(keys: &str, text: &str) -> Setting {
        from_argument(&format!("{keys}={text}")).unwrap()
    }

    fn set(yaml: &str, keys: &str, text: &str) -> Result<Value, Problem> {
        let schema = super::super::schema();
        let tree = super::super::yaml::parse(yaml).unwrap();
        setting(keys, text).layer(Field::top(&schema), &tree).map(|layer| Value::from(layer.values))
    }

    fn refused(yaml: &str, keys: &str, text: &str) -> String {
        let problem = set(yaml, keys, text).unwrap_err();
        format!("{} ({})", problem.message, problem.help.unwrap_or_default())
    }

    #[test]
    fn an_argument_is_named_without_its_value() {
        for argument in
            ["a.tracking_token=hunter2", "a={token: hunter2}", "a.uri=http://hunter2", "a.command[2]=hunter2"]
        {
            let named = from_argument(argument).unwrap().argument;
            assert_eq!(Some(named.as_str()), argument.split('=').next().map(|key| format!("--set {key}")).as_deref());
        }
    }

    #[test]
    fn keys_are_found_in_any_case_and_typed_by_their_field() {
        let expected = super::super::yaml::parse("{job: {KIND: PromotionJob, alias: '007', record: false}}").unwrap();
        let set_alias = set("job: {KIND: PromotionJob, record: false}", "JOB.Alias", "007").unwrap();
        assert_eq!(set_alias, expected);
    }

    #[test]
    fn one_element_of_a_list_changes_and_the_others_stay() {
        let yaml = "jobs: [{KIND: PromotionJob, alias: a}, {KIND: PromotionJob, alias: b}]";
        let expected = yaml.replace("alias: b", "alias: c");
        let expected = super::super::yaml::parse(&expected).unwrap();
        assert_eq!(set(yaml, "jobs[1].alias", "c").unwrap(), expected);
        assert_eq!(set(yaml, "jobs.1", "{alias: c}").unwrap(), expected);
        assert!(refused(yaml, "jobs[2].alias", "c").contains("holds 2, counted from 0"));
        assert!(refused(yaml, "jobs.x.alias", "c").contains("`jobs[0]`"));
    }

    #[test]
    fn a_free_key_keeps_its_case_and_its_dots() {
        let yaml = "job: {KIND: RegistrationJob}";
        let tags = set(yaml, "job.tags.mlflow.Note", "1").unwrap();
        let keys = ["job", "tags", "mlflow.Note"].map(str::to_owned);
        assert_eq!(tree::get(&tags, &keys).and_then(Value::as_str), Some("1"));
    }

    #[test]
    fn a_key_that_fits_no_field_is_refused_with_a_suggestion() {
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
