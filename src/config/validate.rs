//! A tree checked against the schema: what does not fit is told, and removed so that the rest can be checked too.

use std::collections::BTreeSet;

use figment::error::Actual;
use figment::value::{Dict, Num, Value};

use super::address_rules::{self, NoAddress};
use super::fields::Field;
use super::problem::{Fault, Faults, Place};
use super::sensitive::is_secretish;
use super::tree::KeyPath;
use super::words::{found, shortened};
use crate::text::{nearest, suggest};

/// Checks a config, and returns the addresses that had blanks around them.
///
/// `hidden` are the paths whose values came in through an interpolation and must not be shown.
pub(super) fn validate(
    top: Field<'_>,
    config: &mut Dict,
    hidden: &BTreeSet<KeyPath>,
    faults: &mut Faults,
) -> Vec<KeyPath> {
    one_of_job_and_jobs(config).into_iter().for_each(|fault| faults.push(fault));
    let mut check = Check { hidden, path: Vec::new(), faults, trimmed: Vec::new() };
    check.keys(top, config);
    check.trimmed
}

fn one_of_job_and_jobs(config: &mut Dict) -> Option<Fault> {
    let both = config.contains_key("job") && config.contains_key("jobs");
    let neither = !config.contains_key("job") && !config.contains_key("jobs");
    if both {
        // One key too many is one mistake: what the other is filled with is only told where there is something in it.
        config.retain(|key, value| match (key.as_str(), value) {
            ("job" | "jobs", Value::Dict(_, job)) => !job.is_empty(),
            ("job" | "jobs", Value::Array(_, jobs)) => !jobs.is_empty(),
            ("job" | "jobs", _) => false,
            _ => true,
        });
        let fault = Fault::new(Place::Key(KeyPath::new(&["jobs"])), "the config holds both `job` and `jobs`");
        return Some(fault.help("keep one of them: put the job into the list".to_owned()));
    }
    // A key that is nearly `job` gets its own error, with the suggestion.
    let near = |key: &String| nearest(key, &["job", "jobs"]).is_some();
    if neither && !config.keys().any(near) {
        let fault = Fault::new(Place::Within(KeyPath::default()), "the config holds neither `job` nor `jobs`");
        return Some(
            fault.help(
                "add a job, for instance `job: {KIND: PromotionJob}`; what only goes under other configs is a `--base`"
                    .to_owned(),
            ),
        );
    }
    None
}

struct Check<'h> {
    hidden: &'h BTreeSet<KeyPath>,
    path: Vec<String>,
    faults: &'h mut Faults,
    trimmed: Vec<KeyPath>,
}

impl Check<'_> {
    /// Checks a value and all below it; returns whether it can stay.
    fn value(&mut self, field: Field<'_>, value: &mut Value) -> bool {
        // What is of a known `KIND` is a mapping, and needs no further question. A long list of jobs is full of that.
        if let Value::Dict(_, dict) = value
            && let Some(mapping) = field.of_its_kind(dict)
        {
            self.keys(mapping, dict);
            return true;
        }
        if field.explains_itself() {
            return true;
        }
        let before = self.faults.count();
        match value {
            Value::Dict(_, dict) if field.accepts("object") => {
                self.mapping(field, dict);
                return true;
            }
            Value::Array(_, items) if field.accepts("array") => {
                self.list(field, items);
                return true;
            }
            Value::Bool(..) if field.accepts("boolean") => {}
            Value::Empty(..) if field.accepts("null") => {}
            Value::String(..) if field.accepts("string") => self.text(field, value),
            Value::Num(_, number) if field.accepts("number") || (field.accepts("integer") && is_whole(number)) => {
                let number = amount(number);
                self.number(field, value, number);
            }
            _ => self.misfit(field, value),
        }
        self.faults.count() == before
    }

    /// Checks a mapping that has no known `KIND`.
    fn mapping(&mut self, field: Field<'_>, dict: &mut Dict) {
        match field.mapping(dict) {
            Some(mapping) if mapping.kind().is_none() => self.keys(mapping, dict),
            _ => self.bad_kind(field, dict),
        }
    }

    fn keys(&mut self, mapping: Field<'_>, dict: &mut Dict) {
        let mut synonyms = Vec::new();
        let mut missing: Vec<&str> = mapping.required().filter(|key| !dict.contains_key(*key)).collect();
        dict.retain(|key, value| {
            self.path.push(key.clone());
            let stays = match mapping.property(key).or_else(|| mapping.free_values()) {
                Some(field) => {
                    synonyms.extend(field.synonym().map(|same| (key.clone(), same)));
                    self.value(field, value)
                }
                None => {
                    // A mistyped key is one error, not also a missing one.
                    missing.retain(|name| nearest(key, &[name]).is_none());
                    self.faults.push_with(|| unknown_key(&self.path, mapping, key));
                    false
                }
            };
            self.path.pop();
            stays
        });
        for (key, same) in synonyms {
            self.rename(dict, &key, same);
        }
        for key in missing {
            self.faults.push_with(|| {
                let here = KeyPath::from(self.path.clone());
                let subject = mapping.kind().map_or_else(|| format!("`{here}`"), one);
                Fault::new(Place::Within(here), format!("{subject} needs `{key}`")).help(format!("add `{key}`"))
            });
        }
    }

    /// Gives a key the name that the types know.
    fn rename(&mut self, dict: &mut Dict, key: &str, same: &str) {
        let Some(value) = dict.remove(key) else { return };
        if dict.contains_key(same) {
            let message = format!("`{key}` and `{same}` are two words for the same key");
            let place = Place::Key(self.here().child(key));
            self.faults.push(Fault::new(place, message).help("keep one of them".to_owned()));
            return;
        }
        dict.insert(same.to_owned(), value);
    }

    fn list(&mut self, field: Field<'_>, items: &mut [Value]) {
        if field.limit("minItems").is_some_and(|least| (items.len() as f64) < least) {
            let fault = Fault::new(Place::Value(self.here()), format!("`{}` is empty", self.here()));
            self.faults.push(fault.help("list at least one, or remove the key".to_owned()));
        }
        let Some(of) = field.items() else { return };
        for (place, item) in items.iter_mut().enumerate() {
            self.path.push(place.to_string());
            self.value(of, item);
            self.path.pop();
        }
    }

    fn text(&mut self, field: Field<'_>, value: &mut Value) {
        if field.is_address() {
            self.address(value);
        }
        let words = field.words();
        if field.ignores_case()
            && let Value::String(_, text) = value
            && let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(text))
        {
            *text = (*word).to_owned();
        }
        let (value, text) = (&*value, value.as_str().unwrap_or_default());
        if !words.is_empty() && !words.contains(&text) && !self.is_full() {
            let near = nearest(text, &words).filter(|_| self.is_shown(field));
            let help = near.map(|word| format!("did you mean `{word}`?"));
            let message = format!("expected {}, found {}", field.expected(), found(value, self.is_shown(field)));
            self.faults.push(Fault::new(Place::Value(self.here()), message).help(help));
        }
        if field.limit("minLength").is_some_and(|least| (text.chars().count() as f64) < least) {
            let message = format!("`{}` cannot be empty", self.here());
            self.faults.push(Fault::new(Place::Value(self.here()), message));
        }
    }

    /// Drops the blanks around an address, and refuses what is none.
    fn address(&mut self, value: &mut Value) {
        let Value::String(_, text) = value else { return };
        if text.trim() != text {
            *text = text.trim().to_owned();
            self.trimmed.push(KeyPath::from(self.path.clone()));
        }
        if let Err(NoAddress { message, help }) = address_rules::check(text) {
            let path = KeyPath::from(self.path.clone());
            self.faults.push(Fault::new(Place::Value(path), message).help(help));
        }
    }

    fn number(&mut self, field: Field<'_>, value: &Value, number: f64) {
        let low = field.limit("minimum").is_some_and(|least| number < least);
        let high = field.limit("maximum").is_some_and(|most| number > most);
        if low || high || !number.is_finite() {
            self.misfit(field, value);
        }
    }

    fn misfit(&mut self, field: Field<'_>, value: &Value) {
        if self.is_full() {
            return;
        }
        let found = found(value, self.is_shown(field) && field.may_repeat(value));
        let fault = Fault::new(Place::Value(self.here()), format!("expected {}, found {found}", field.expected()));
        let takes_any_text = field.accepts("string") && field.words().is_empty();
        let help = match value {
            Value::Num(..) | Value::Bool(..) if takes_any_text => Some("write the value in quotes".to_owned()),
            Value::Empty(..) => Some("give it a value, or remove the key to get the default".to_owned()),
            _ => None,
        };
        self.faults.push(fault.help(help));
    }

    fn bad_kind(&mut self, field: Field<'_>, dict: &Dict) {
        if self.is_full() {
            return;
        }
        let kinds = field.kinds();
        let all = || suggest("", &kinds);
        let fault = match dict.get("KIND") {
            None => match dict.keys().find(|key| key.eq_ignore_ascii_case("KIND")) {
                Some(key) => Fault::new(Place::Key(self.here().child(key)), format!("`KIND` is written `{key}`"))
                    .help("write it in upper case".to_owned()),
                None => {
                    let is_job = matches!(self.path.as_slice(), [first, ..] if first.starts_with("job"));
                    let layer = "; a file that only changes other configs goes under them with `--base`, or over them \
                                 with `--extras` and `--set`";
                    let help = all().map(|all| if is_job && self.path.len() < 3 { all + layer } else { all });
                    Fault::new(Place::Within(self.here()), format!("`{}` needs a `KIND`", self.here())).help(help)
                }
            },
            Some(Value::String(_, kind)) => {
                let path = self.here().child("KIND");
                let shown = !self.hidden.contains(&path);
                let help = if shown { suggest(kind, &kinds) } else { all() };
                let kind = if shown { shortened(kind).into_owned() } else { "***".to_owned() };
                Fault::new(Place::Value(path), format!("`{kind}` is no known `KIND`")).help(help)
            }
            Some(other) => {
                let message = format!("a `KIND` is text, found {}", found(other, true));
                Fault::new(Place::Value(self.here().child("KIND")), message).help(all())
            }
        };
        self.faults.push(fault);
    }

    /// Returns whether no more is worth wording; one more is counted then.
    fn is_full(&mut self) -> bool {
        let is_full = self.faults.is_full();
        if is_full {
            self.faults.push_with(|| Fault::new(Place::Whole, ""));
        }
        is_full
    }

    fn is_shown(&self, field: Field<'_>) -> bool {
        let is_secretish = self.path.iter().any(|key| is_secretish(key));
        !field.is_secret() && !is_secretish && !self.hidden.contains(&self.here())
    }

    fn here(&self) -> KeyPath {
        KeyPath::from(self.path.clone())
    }
}

fn unknown_key(path: &[String], mapping: Field<'_>, key: &str) -> Fault {
    let here = KeyPath::from(path.to_vec());
    let above = here.parent().unwrap_or_default();
    let subject = match (mapping.kind(), above.keys().is_empty()) {
        (Some(kind), _) => one(kind),
        (None, true) => "a config".to_owned(),
        (None, false) => format!("`{above}`"),
    };
    Fault::new(Place::Key(here), format!("{subject} has no key `{key}`")).help(suggest(key, &mapping.names()))
}

/// Returns a `KIND` with its article.
fn one(kind: &str) -> String {
    format!("{} {kind}", if kind.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" })
}

const fn is_whole(number: &Num) -> bool {
    !matches!(number, Num::F32(_) | Num::F64(_))
}

/// Returns a number roughly, which is enough to compare it with the small limits of a schema.
fn amount(number: &Num) -> f64 {
    match number.to_actual() {
        Actual::Unsigned(number) => number as f64,
        Actual::Signed(number) => number as f64,
        Actual::Float(number) => number,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(yaml: &str) -> Vec<String> {
        let schema = super::super::schema();
        let Ok(Value::Dict(_, mut config)) = super::super::yaml::parse(yaml) else { panic!("no mapping") };
        let mut faults = Faults::default();
        validate(Field::top(&schema), &mut config, &BTreeSet::new(), &mut faults);
        let say = |fault: Fault| {
            let path = fault.place.path().map(ToString::to_string).unwrap_or_default();
            format!("{path}: {} ({})", fault.message, fault.help.unwrap_or_default())
        };
        faults.shown(|_| true).into_iter().map(say).collect()
    }

    #[test]
    fn a_job_beside_jobs_is_one_mistake_whatever_is_in_them() {
        for config in ["{job: {KIND: StatusJob}, jobs: []}", "{job: null, jobs: 3}", "{job: {}, jobs: null}"] {
            let both = "jobs: the config holds both `job` and `jobs` (keep one of them: put the job into the list)";
            assert_eq!(told(config), [both], "{config}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let yaml = "{job: {KIND: PromotionJob, alais: x, record: 3, alias: [1]}, service: {}, \
                    services: {alerts: {timeout: 0}, mlflow: {http_request_backoff_jitter: .inf}}}";
        assert_eq!(
            told(yaml),
            [
                "job.alais: a PromotionJob has no key `alais` (did you mean `alias`?)",
                "job.alias: expected text, found a list ()",
                "job.record: expected true or false, found 3 ()",
                "service: a config has no key `service` (did you mean `services`?)",
                "services.alerts.timeout: expected a whole number from 1 to 3600, found 0 ()",
                "services.mlflow.http_request_backoff_jitter: expected a number from 0 to 3600, found inf ()",
            ]
        );
    }

    #[test]
    fn a_kind_is_needed_and_known() {
        let all = "expected `PromotionJob`, `RegistrationJob`, `RollbackJob`, `HistoryJob` or `StatusJob`";
        assert_eq!(
            told("job: {alias: x}"),
            [format!(
                "job: `job` needs a `KIND` ({all}; a file that only changes other configs goes under them with `--base`, or over \
             them with `--extras` and `--set`)"
            )]
        );
        assert_eq!(told("job: {kind: x}"), ["job.kind: `KIND` is written `kind` (write it in upper case)"]);
        assert_eq!(told("job: {KIND: 3}"), [format!("job.KIND: a `KIND` is text, found 3 ({all})")]);
        let near = "jobs[0].KIND: `PromotonJob` is no known `KIND` (did you mean `PromotionJob`?)";
        assert_eq!(told("jobs: [{KIND: PromotonJob}]"), [near]);
    }

    #[test]
    fn exactly_one_of_job_and_jobs_is_there() {
        assert!(told("{services: {}}")[0].contains("neither"));
        assert!(told("{job: {KIND: PromotionJob}, jobs: [{KIND: PromotionJob}]}")[0].contains("both"));
        assert!(told("{jobs: []}")[0].contains("empty"));
        assert_eq!(told("{jobb: {}}").len(), 1);
    }

    #[test]
    fn a_secret_of_the_wrong_type_is_not_repeated() {
        let told = told("{job: {KIND: PromotionJob}, services: {mlflow: {tracking_token: 12345}}}");
        assert_eq!(told, ["services.mlflow.tracking_token: expected text, found a number (write the value in quotes)"]);
        let told = super::tests::told("{job: {KIND: RegistrationJob, source: s, tags: {api_token: 12345}}}");
        assert_eq!(told, ["job.tags.api_token: expected text, found a number (write the value in quotes)"]);
    }
}
