//! `{KIND: X, …}` and serde's own `{X: {…}}`, in which an error knows where it is.

use figment::value::{Dict, Value};

use super::fields::Field;

/// Turns every mapping with a `KIND` into serde's form.
pub(super) fn external(value: Value, field: Field<'_>) -> Value {
    match value {
        Value::Dict(tag, mut dict) => {
            let Some(mapping) = field.mappings(Some(&dict)).first().copied() else { return Value::Dict(tag, dict) };
            // One without a `KIND` was told of; none of its keys may be taken for one.
            if mapping.kind().is_some() && !dict.contains_key("KIND") {
                return Value::Dict(tag, Dict::new());
            }
            let kind = mapping.kind().and_then(|_| dict.remove("KIND"));
            let inner = dict.into_iter().map(|(key, value)| match mapping.property(&key) {
                Some(field) => (key, external(value, field)),
                None => (key, value),
            });
            let inner = Value::Dict(tag, inner.collect());
            match kind.and_then(Value::into_string) {
                Some(kind) => Value::Dict(tag, Dict::from([(kind, inner)])),
                None => inner,
            }
        }
        Value::Array(tag, items) => match field.items() {
            Some(of) => Value::Array(tag, items.into_iter().map(|item| external(item, of)).collect()),
            None => Value::Array(tag, items),
        },
        other => other,
    }
}

/// Turns a path in serde's form into one of the config, which has no step for a `KIND`.
pub(super) fn internal(path: &[String], config: &Value) -> Vec<String> {
    let mut here = Some(config);
    let mut kept = Vec::new();
    for key in path {
        let kind = here.and_then(Value::as_dict).and_then(|dict| dict.get("KIND")).and_then(Value::as_str);
        if kind != Some(key) {
            kept.push(key.clone());
            here = here.and_then(|here| super::tree::get(here, std::slice::from_ref(key)));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_becomes_the_key_around_the_rest() {
        let schema = super::super::schema();
        let field = Field::top(&schema).at(&["job".to_owned()], &Value::from(0)).unwrap();
        let job = super::super::yaml::parse("{KIND: RegistrationJob, tags: {KIND: x}, source: s}").unwrap();
        let expected = super::super::yaml::parse("{RegistrationJob: {tags: {KIND: x}, source: s}}").unwrap();
        assert_eq!(external(job.clone(), field), expected);
        let path = ["RegistrationJob".to_owned(), "source".to_owned()];
        assert_eq!(internal(&path, &job), ["source"]);
    }
}
