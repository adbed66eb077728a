//! MLflow's endpoints, with strict parsing.

use serde_json::{Map, Value, json};

use super::http::{Answer, Request};
use super::store::{CREATED, Model, Store, Version, tags};

pub(crate) type Fields = Map<String, Value>;
type Reply = Result<Value, Refusal>;

struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

struct Endpoint {
    method: &'static str,
    path: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    run: fn(&mut Store, &Fields) -> Reply,
}

macro_rules! endpoint {
    ($method:literal $path:literal [$($required:literal),*] [$($optional:literal),*] $run:ident) => {
        Endpoint { method: $method, path: $path, required: &[$($required),*], optional: &[$($optional),*], run: $run }
    };
}

const ENDPOINTS: &[Endpoint] = &[
    endpoint!("POST" "registered-models/create" ["name"] ["tags", "description"] create_model),
    endpoint!("GET" "registered-models/get" ["name"] [] get_model),
    endpoint!("POST" "registered-models/set-tag" ["name", "key", "value"] [] set_model_tag),
    endpoint!("GET" "registered-models/alias" ["name", "alias"] [] get_alias),
    endpoint!("POST" "registered-models/alias" ["name", "alias", "version"] [] set_alias),
    endpoint!("DELETE" "registered-models/alias" ["name", "alias"] [] delete_alias),
    endpoint!("POST" "model-versions/create" ["name", "source"] ["run_id", "model_id", "tags", "description"] create_version),
    endpoint!("GET" "model-versions/get" ["name", "version"] [] get_version),
    endpoint!("GET" "model-versions/search" ["filter", "max_results"] ["order_by", "page_token"] search_versions),
    endpoint!("GET" "runs/get" ["run_id"] [] get_run),
];

/// Applies a request; also returns a complaint about a request that MLflow would reject.
pub(crate) fn answer(store: &mut Store, request: &Request) -> (Answer, Option<String>) {
    let complain = |status, fault: String| {
        let complaint = format!("{} {}: {fault}", request.method, request.path);
        (refuse(&Refusal { status, code: "INVALID_PARAMETER_VALUE", message: fault }), Some(complaint))
    };
    if let Some(answer) = about_itself(request) {
        return (answer, None);
    }
    if request.header("x-mlflow-workspace").is_some() {
        return complain(500, "FEATURE_DISABLED: workspaces are not enabled on this server".into());
    }
    if let Some(id) = request.path.strip_prefix("/api/2.0/mlflow/logged-models/").filter(|_| request.method == "GET") {
        return (get_logged_model(store, id).map_or_else(|gone| refuse(&gone), |body| Answer::json(200, &body)), None);
    }
    let found = ENDPOINTS.iter().find(|known| {
        request.path.strip_prefix("/api/2.0/mlflow/") == Some(known.path) && known.method == request.method
    });
    let Some(endpoint) = found else { return complain(404, "there is no such endpoint".into()) };
    let (required, optional) = (endpoint.required, endpoint.optional);
    match fields(request).and_then(|fields| check(required, optional, &fields).map(|()| fields)) {
        Err(fault) => complain(400, fault),
        Ok(fields) => match (endpoint.run)(store, &fields) {
            Ok(body) => (Answer::json(200, &body), None),
            Err(refusal) => (refuse(&refusal), None),
        },
    }
}

/// Responds to server-information requests of a server without authentication and workspaces.
fn about_itself(request: &Request) -> Option<Answer> {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/version") => Some(Answer::text(200, "3.17.2")),
        ("GET", "/api/3.0/mlflow/server-info") => {
            Some(Answer::json(200, &json!({ "store_type": "SqlStore", "workspaces_enabled": false })))
        }
        ("GET", "/api/2.0/mlflow/users/current" | "/api/3.0/mlflow/users/permissions/get") => {
            Some(Answer::text(404, "<!doctype html><title>404 Not Found</title>"))
        }
        _ => None,
    }
}

fn refuse(refusal: &Refusal) -> Answer {
    Answer::json(refusal.status, &json!({ "error_code": refusal.code, "message": refusal.message }))
}

pub(crate) fn fields(request: &Request) -> Result<Fields, String> {
    if request.method == "GET" {
        let mut fields = Fields::new();
        for (key, value) in &request.query {
            if fields.insert(key.clone(), json!(value)).is_some() {
                return Err(format!("repeats {key}"));
            }
        }
        return if request.body.is_empty() { Ok(fields) } else { Err("a read has a body".into()) };
    }
    if !request.query.is_empty() {
        return Err("a write has a query".into());
    }
    if request.header("content-type") != Some("application/json") {
        return Err(format!("the content type is {:?}", request.header("content-type")));
    }
    serde_json::from_str(&request.body).map_err(|error| format!("the body is no JSON object: {error}"))
}

/// Returns complaints about missing, unknown or mistyped fields.
pub(crate) fn check(required: &[&str], optional: &[&str], fields: &Fields) -> Result<(), String> {
    for key in required {
        if !fields.contains_key(*key) {
            return Err(format!("Missing value for required parameter '{key}'"));
        }
    }
    for (key, value) in fields {
        if !required.contains(&key.as_str()) && !optional.contains(&key.as_str()) {
            return Err(format!("unknown field {key}"));
        }
        let well_typed = if key == "tags" { are_tags(value) } else { value.is_string() };
        if !well_typed {
            return Err(format!("Invalid value {value} for parameter '{key}' supplied"));
        }
    }
    Ok(())
}

fn are_tags(value: &Value) -> bool {
    let is_tag = |tag: &Value| {
        tag.as_object().is_some_and(|tag| tag.len() == 2 && tag["key"].is_string() && tag["value"].is_string())
    };
    value.as_array().is_some_and(|tags| tags.iter().all(is_tag))
}

fn create_model(store: &mut Store, fields: &Fields) -> Reply {
    let name = text(fields, "name");
    if name.trim().is_empty() || name.contains(['/', ':']) {
        return Err(invalid(format!("Invalid model name: '{name}'")));
    }
    if store.get(name).is_some() {
        let message = format!("Registered Model (name={name}) already exists.");
        return Err(Refusal { status: 400, code: "RESOURCE_ALREADY_EXISTS", message });
    }
    let model = Model { tags: tags(fields), ..Model::new(name) };
    let sent = model.to_json();
    store.add(model);
    Ok(json!({ "registered_model": sent }))
}

fn get_model(store: &mut Store, fields: &Fields) -> Reply {
    Ok(json!({ "registered_model": model(store, fields)?.to_json() }))
}

fn set_model_tag(store: &mut Store, fields: &Fields) -> Reply {
    let (key, value) = (text(fields, "key").to_owned(), text(fields, "value").to_owned());
    model(store, fields)?.tags.insert(key, value);
    Ok(json!({}))
}

fn get_alias(store: &mut Store, fields: &Fields) -> Reply {
    let alias = text(fields, "alias");
    let model = model(store, fields)?;
    let Some(version) = model.aliases.get(alias).copied() else {
        return Err(invalid(format!("Registered model alias {alias} not found.")));
    };
    one_version(model, &version.to_string())
}

fn set_alias(store: &mut Store, fields: &Fields) -> Reply {
    let (alias, version) = (text(fields, "alias"), text(fields, "version"));
    if alias.is_empty() || !alias.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
        return Err(invalid(format!("Invalid alias name: '{alias}'")));
    }
    let name = text(fields, "name");
    let model = store.get(name).ok_or_else(|| no_version(name, version))?;
    one_version(model, version)?;
    model.aliases.insert(alias.to_owned(), number(version)?);
    Ok(json!({}))
}

/// Succeeds even if the alias does not exist.
fn delete_alias(store: &mut Store, fields: &Fields) -> Reply {
    let alias = text(fields, "alias");
    model(store, fields)?.aliases.remove(alias);
    Ok(json!({}))
}

fn create_version(store: &mut Store, fields: &Fields) -> Reply {
    name_origin(fields)?;
    let model = model(store, fields)?;
    let owned = |key| fields.get(key).and_then(Value::as_str).map(str::to_owned);
    let version = Version {
        status: model.new_status.to_owned(),
        source: text(fields, "source").to_owned(),
        run_id: owned("run_id"),
        description: owned("description"),
        tags: tags(fields),
        created: CREATED,
    };
    let number = model.versions.keys().next_back().map_or(1, |last| last + 1);
    model.versions.insert(number, version);
    one_version(model, &number.to_string())
}

/// Rejects a source without its run or logged model, as MLflow does.
fn name_origin(fields: &Fields) -> Result<(), Refusal> {
    let source = text(fields, "source");
    let run = source.strip_prefix("runs:/").and_then(|run| run.split('/').next());
    let logged = source.strip_prefix("models:/").filter(|model| !model.contains(['/', '@']));
    for (key, named) in [("run_id", run), ("model_id", logged)] {
        if named.is_some_and(|named| named != text(fields, key)) {
            let what = format!("The {key} request parameter must identify the resource that contains the source.");
            return Err(invalid(format!("Invalid model version source: '{source}'. {what}")));
        }
    }
    Ok(())
}

fn get_version(store: &mut Store, fields: &Fields) -> Reply {
    let (name, version) = (text(fields, "name"), text(fields, "version"));
    let model = store.get(name).ok_or_else(|| no_version(name, version))?;
    one_version(model, version)
}

fn get_run(store: &mut Store, fields: &Fields) -> Reply {
    let id = text(fields, "run_id");
    let metrics = store.run(id).ok_or_else(|| missing(format!("Run with id={id} not found")))?;
    let info = json!({ "run_id": id, "status": "FINISHED", "lifecycle_stage": store.lifecycle_stage(id) });
    Ok(json!({ "run": { "info": info, "data": { "metrics": metrics } } }))
}

fn get_logged_model(store: &Store, id: &str) -> Reply {
    let metrics = store.logged_model(id);
    let metrics = metrics.ok_or_else(|| missing(format!("Logged model with ID '{id}' not found.")))?;
    Ok(json!({ "model": { "info": { "model_id": id }, "data": { "metrics": metrics } } }))
}

/// Supports the search for the latest version, and the list of all with three per page; MLflow takes the text
/// between the outer quotes literally.
fn search_versions(store: &mut Store, fields: &Fields) -> Reply {
    let filter = text(fields, "filter");
    let quoted = filter.strip_prefix("name = ").unwrap_or_default();
    let name = ['\'', '"'].iter().find_map(|quote| quoted.strip_prefix(*quote)?.strip_suffix(*quote));
    let name = name.filter(|name| !name.contains(&quoted[..1]));
    let name = name.ok_or_else(|| invalid(format!("Invalid clause(s) in filter string: {filter}")))?;
    let Some(model) = store.get(name) else { return Ok(json!({})) };
    match (text(fields, "order_by"), text(fields, "max_results")) {
        ("version_number DESC", "1") => {}
        ("", "10000") => return list_versions(model, text(fields, "page_token")),
        _ => return Err(invalid("the fake knows only two searches".into())),
    }
    Ok(match model.versions.keys().next_back() {
        Some(latest) => json!({ "model_versions": [model.version_json(*latest, false)], "next_page_token": "eyJ9" }),
        None => json!({}),
    })
}

fn list_versions(model: &Model, token: &str) -> Reply {
    let from: usize =
        token.strip_prefix("from").unwrap_or("0").parse().map_err(|_| invalid("Invalid page token".into()))?;
    let page: Vec<Value> =
        model.versions.keys().skip(from).take(3).map(|number| model.version_json(*number, false)).collect();
    let mut sent = json!({});
    if from + page.len() < model.versions.len() {
        sent["next_page_token"] = json!(format!("from{}", from + page.len()));
    }
    if !page.is_empty() {
        sent["model_versions"] = json!(page);
    }
    Ok(sent)
}

fn one_version(model: &Model, version: &str) -> Reply {
    let number = number(version)?;
    if !model.versions.contains_key(&number) {
        return Err(no_version(&model.name, version));
    }
    Ok(json!({ "model_version": model.version_json(number, true) }))
}

fn number(version: &str) -> Result<u64, Refusal> {
    version.parse().map_err(|_| invalid(format!("Parameter 'version' must be an integer, got '{version}'.")))
}

fn model<'s>(store: &'s mut Store, fields: &Fields) -> Result<&'s mut Model, Refusal> {
    let name = text(fields, "name");
    store.get(name).ok_or_else(|| missing(format!("Registered Model with name={name} not found")))
}

fn no_version(name: &str, version: &str) -> Refusal {
    missing(format!("Model Version (name={name}, version={version}) not found"))
}

fn missing(message: String) -> Refusal {
    Refusal { status: 404, code: "RESOURCE_DOES_NOT_EXIST", message }
}

fn invalid(message: String) -> Refusal {
    Refusal { status: 400, code: "INVALID_PARAMETER_VALUE", message }
}

pub(crate) fn text<'f>(fields: &'f Fields, key: &str) -> &'f str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}
