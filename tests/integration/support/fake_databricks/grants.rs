//! Users and grants of Unity Catalog.

use serde_json::{Value, json};

use crate::support::fake_mlflow::{Answer, Request, Store};

/// The user of every login, and the grants.
#[derive(Clone)]
pub(crate) struct Grants {
    /// The user; none if the workspace does not expose it.
    pub(crate) user: Option<&'static str>,
    /// The groups of the user.
    pub(crate) groups: Vec<&'static str>,
    /// Who owns every model.
    pub(crate) owner: &'static str,
    /// The grants; none if the workspace does not expose them.
    pub(crate) privileges: Option<Vec<(&'static str, &'static str)>>,
}

impl Default for Grants {
    fn default() -> Self {
        Self {
            user: Some("ada@example.com"),
            groups: vec!["users"],
            owner: "ada@example.com",
            privileges: Some(vec![]),
        }
    }
}

impl Grants {
    /// Responds to requests about users, schemas and grants, with complaints about invalid ones.
    pub(super) fn answer(&self, store: &mut Store, request: &Request) -> Option<(Answer, Option<String>)> {
        let path = request.path.strip_prefix("/api/2.").filter(|_| request.method == "GET")?;
        let answer = match path {
            "0/preview/scim/v2/Me" => self.me(),
            _ => {
                let (kind, name) = path.strip_prefix("1/unity-catalog/")?.split_once('/')?;
                match (kind, name.split_once('/')) {
                    ("schemas", None) => schema(store, name),
                    ("models", None) => self.model(store, name),
                    ("effective-permissions", Some(("function", name))) => return Some(self.granted(name, request)),
                    _ => return None,
                }
            }
        };
        let complaint = (!request.query.is_empty()).then(|| format!("{}: unknown field", request.path));
        Some((answer, complaint))
    }

    fn me(&self) -> Answer {
        let Some(user) = self.user else { return refusal(403, "PERMISSION_DENIED", "no") };
        let groups: Vec<Value> =
            self.groups.iter().map(|group| json!({ "display": group, "type": "direct", "value": "7" })).collect();
        let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
        Answer::json(200, &json!({ "id": "1", "userName": user, "active": true, "groups": groups, "schemas": schemas }))
    }

    fn model(&self, store: &mut Store, name: &str) -> Answer {
        match store.get(name) {
            Some(_) => Answer::json(200, &json!({ "full_name": name, "owner": self.owner, "id": "m-7" })),
            None => refusal(404, "RESOURCE_DOES_NOT_EXIST", &format!("Function '{name}' does not exist.")),
        }
    }

    fn granted(&self, name: &str, request: &Request) -> (Answer, Option<String>) {
        let asked = request.query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>();
        let complaint = (asked != [("principal", self.user.unwrap_or_default())] || name.split('.').count() != 3)
            .then(|| format!("{}: {asked:?}", request.path));
        let Some(granted) = &self.privileges else { return (refusal(403, "PERMISSION_DENIED", "no"), complaint) };
        let granted = granted.iter().map(|(principal, privilege)| {
            let privileges = json!([{ "privilege": privilege, "inherited_from_type": "SCHEMA" }]);
            json!({ "principal": principal, "privileges": privileges })
        });
        let granted: Vec<Value> = granted.collect();
        (Answer::json(200, &json!({ "privilege_assignments": granted })), complaint)
    }
}

/// Returns a schema, which exists if it contains a model.
fn schema(store: &mut Store, name: &str) -> Answer {
    if store.names().any(|model| model.rsplit_once('.').is_some_and(|(schema, _)| schema == name)) {
        return Answer::json(200, &json!({ "full_name": name, "owner": "ada@example.com" }));
    }
    refusal(404, "SCHEMA_DOES_NOT_EXIST", &format!("Schema '{name}' does not exist."))
}

fn refusal(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({ "error_code": code, "message": message, "details": [] }))
}
