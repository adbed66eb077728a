//! The endpoints of Unity Catalog, with strict parsing.

use serde_json::{Value, json};

use crate::support::fake_mlflow::api::{self, Fields, check, fields, text};
use crate::support::fake_mlflow::{Answer, Model, Request, Store};

type Reply = Result<Value, Refusal>;

struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

/// Path and method, required fields, optional fields, and the handler.
type Endpoint = (&'static str, &'static [&'static str], &'static [&'static str], fn(&mut Store, &Fields) -> Reply);

const ENDPOINTS: &[Endpoint] = &[
    ("GET registered-models/get", &["name"], &[], get_model),
    ("POST registered-models/set-tag", &["name", "key", "value"], &[], set_model_tag),
    ("GET registered-models/alias", &["name", "alias"], &[], get_alias),
    ("POST registered-models/alias", &["name", "alias", "version"], &[], set_alias),
    ("DELETE registered-models/alias", &["name", "alias"], &[], delete_alias),
    ("GET model-versions/get", &["name", "version"], &[], get_version),
    ("GET model-versions/search", &["filter", "max_results"], &["page_token"], search_versions),
];

/// The page size of a search.
const PAGE: usize = 2;

/// Applies a request; also returns a complaint about a request that Databricks would reject.
pub(super) fn answer(store: &mut Store, request: &Request) -> (Answer, Option<String>) {
    let Some(path) = request.path.strip_prefix("/api/2.0/mlflow/unity-catalog/") else {
        let is_tracking = request.endpoint() == "runs/get" || request.endpoint().starts_with("logged-models/");
        let complaint = (!is_tracking).then(|| format!("{} {}: not Databricks", request.method, request.path));
        let (answer, other) = api::answer(store, request);
        return (answer, other.or(complaint));
    };
    let called = format!("{} {path}", request.method);
    let Some((_, required, optional, run)) = ENDPOINTS.iter().find(|(known, ..)| *known == called) else {
        let refusal = Refusal { status: 404, code: "ENDPOINT_NOT_FOUND", message: called.clone() };
        return (refuse(&refusal), Some(format!("{called}: there is no such endpoint")));
    };
    match fields(request).and_then(|fields| check(required, optional, &fields).map(|()| fields)) {
        Err(fault) => (refuse(&invalid(&fault)), Some(format!("{called}: {fault}"))),
        Ok(fields) => match run(store, &fields) {
            Ok(body) => (Answer::json(200, &body), None),
            Err(refusal) => {
                let complaint = (refusal.status == 400).then(|| format!("{called}: {}", refusal.message));
                (refuse(&refusal), complaint)
            }
        },
    }
}

fn refuse(refusal: &Refusal) -> Answer {
    Answer::json(refusal.status, &json!({ "error_code": refusal.code, "message": refusal.message }))
}

fn get_model(store: &mut Store, fields: &Fields) -> Reply {
    let model = model(store, fields)?;
    let mut sent = model.to_json();
    sent.as_object_mut().unwrap().remove("latest_versions");
    sent["user_id"] = json!("ada@example.com");
    Ok(json!({ "registered_model": sent }))
}

fn set_model_tag(store: &mut Store, fields: &Fields) -> Reply {
    let (key, value) = (text(fields, "key").to_owned(), text(fields, "value").to_owned());
    if key.contains(['.', ',', '-', '=', '/', ':']) || value.chars().count() > 1000 {
        return Err(invalid(&format!("the tag {key} cannot be stored")));
    }
    model(store, fields)?.tags.insert(key, value);
    Ok(json!({}))
}

fn get_alias(store: &mut Store, fields: &Fields) -> Reply {
    let alias = text(fields, "alias");
    let model = model(store, fields)?;
    let found = model.aliases.get(alias).copied().ok_or_else(|| missing(&format!("Alias '{alias}' does not exist.")));
    one_version(model, found?)
}

fn set_alias(store: &mut Store, fields: &Fields) -> Reply {
    let (alias, version) = (text(fields, "alias").to_owned(), number(fields)?);
    let model = model(store, fields)?;
    one_version(model, version)?;
    model.aliases.insert(alias, version);
    Ok(json!({}))
}

fn delete_alias(store: &mut Store, fields: &Fields) -> Reply {
    let alias = text(fields, "alias");
    let removed = model(store, fields)?.aliases.remove(alias);
    removed.map(|_| json!({})).ok_or_else(|| missing(&format!("Alias '{alias}' does not exist.")))
}

fn get_version(store: &mut Store, fields: &Fields) -> Reply {
    let version = number(fields)?;
    one_version(model(store, fields)?, version)
}

/// Lists versions in the order of their numbers as texts, in which 10 comes before 9; the first page may be empty.
fn search_versions(store: &mut Store, fields: &Fields) -> Reply {
    let filter = text(fields, "filter");
    let name = filter.strip_prefix("name='").and_then(|rest| rest.strip_suffix('\''));
    let name = name.ok_or_else(|| invalid(&format!("Unsupported filter query: {filter}")))?;
    if text(fields, "max_results").parse().map_or(true, |count: u32| !(1..=10_000).contains(&count)) {
        return Err(invalid("max_results is out of range"));
    }
    let Some(model) = store.get(name) else { return Err(missing("Routine or Model does not exist.")) };
    let mut numbers: Vec<u64> = model.versions.keys().copied().collect();
    numbers.sort_by_key(u64::to_string);
    let Some(token) = fields.get("page_token").and_then(Value::as_str) else {
        return Ok(json!({ "next_page_token": "page-0" }));
    };
    let page: usize =
        token.strip_prefix("page-").and_then(|page| page.parse().ok()).ok_or_else(|| invalid("bad token"))?;
    let found = numbers.iter().skip(page * PAGE).take(PAGE).map(|number| version_json(model, *number, false));
    let mut sent = json!({ "model_versions": found.collect::<Vec<_>>() });
    if (page + 1) * PAGE < numbers.len() {
        sent["next_page_token"] = json!(format!("page-{}", page + 1));
    }
    Ok(sent)
}

fn one_version(model: &Model, number: u64) -> Reply {
    if !model.versions.contains_key(&number) {
        return Err(missing(&format!("Model Version {} version {number} does not exist.", model.name)));
    }
    Ok(json!({ "model_version": version_json(model, number, true) }))
}

/// Returns a version as Unity Catalog sends it: no stage, aliases that are objects, metrics of its own.
fn version_json(model: &Model, number: u64, is_whole: bool) -> Value {
    let mut sent = model.version_json(number, false);
    let fields = sent.as_object_mut().unwrap();
    fields.remove("current_stage");
    fields.remove("run_link");
    if !is_whole {
        fields.remove("tags");
        return sent;
    }
    sent["model_id"] = json!(format!("m-{number}"));
    sent["model_metrics"] = json!([{ "key": "rmse", "value": 0.5, "timestamp": 1, "step": 0 }]);
    let own = model.aliases.iter().filter(|(_, target)| **target == number);
    let aliases: Vec<Value> =
        own.map(|(alias, version)| json!({ "alias": alias, "version": version.to_string() })).collect();
    if !aliases.is_empty() {
        sent["aliases"] = json!(aliases);
    }
    sent
}

fn number(fields: &Fields) -> Result<u64, Refusal> {
    text(fields, "version").parse().map_err(|_| invalid("the version is no number"))
}

fn model<'s>(store: &'s mut Store, fields: &Fields) -> Result<&'s mut Model, Refusal> {
    let name = text(fields, "name");
    if name.split('.').count() != 3 {
        return Err(invalid("please specify all three levels of the model"));
    }
    store.get(name).ok_or_else(|| missing(&format!("Routine or Model '{name}' does not exist.")))
}

fn missing(message: &str) -> Refusal {
    Refusal { status: 404, code: "RESOURCE_DOES_NOT_EXIST", message: message.to_owned() }
}

fn invalid(message: &str) -> Refusal {
    Refusal { status: 400, code: "INVALID_PARAMETER_VALUE", message: message.to_owned() }
}
