//! `{KIND: X, …}` and serde's own `{X: {…}}`, in which an error knows where it is.

use figment::value::{Dict, Value};

use super::fields::Field;

/// Turns every mapping with a `KIND` into serde's form.
pub(super) fn external(value: Value, field: Field<'_>) -> Value {
    match value {
        Value::Dict(tag, mut dict) => {
            let Some(mapping) = field.mapping(&dict) else { return Value::Dict(tag, dict) };
            // One without a known `KIND` was told of; none of its keys may be taken for one.
            if mapping.kind().is_some() && dict.get("KIND").and_then(Value::as_str) != mapping.kind() {
                return Value::Dict(tag, Dict::new());
            }
            let kind = mapping.kind().and_then(|_| dict.remove("KIND"));
            for (key, value) in dict.iter_mut().filter(|(_, value)| matches!(value, Value::Dict(..) | Value::Array(..)))
            {
                if let Some(field) = mapping.property(key) {
                    *value = external(std::mem::replace(value, Value::from(false)), field);
                }
            }
            let inner = Value::Dict(tag, dict);
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
pub(super) fn internal(path: &[String], field: Field<'_>) -> Vec<String> {
    let mut here = Some(field);
    let mut is_kind_known = false;
    let mut kept = Vec::new();
    for key in path {
        // A `KIND` that is not known is one all the same.
        if !is_kind_known && here.is_some_and(|field| !field.kinds().is_empty()) {
            here = here.and_then(|field| field.of_kind(key));
            is_kind_known = true;
            continue;
        }
        kept.push(key.clone());
        here = here.and_then(|field| field.at(std::slice::from_ref(key), &Value::from(false)));
        is_kind_known = false;
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
        assert_eq!(external(job, field), expected);
        let path = ["RegistrationJob".to_owned(), "source".to_owned()];
        assert_eq!(internal(&path, field), ["source"]);
        let path = ["Unknown".to_owned(), "tags".to_owned(), "KIND".to_owned()];
        assert_eq!(internal(&path, field), ["tags", "KIND"]);
    }
}
