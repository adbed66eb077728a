//! The permissions on a model, as far as Unity Catalog shows them to somebody who only reads.
//!
//! An alias may be moved by the owner of the model, by those with MANAGE on it, and by the administrators of the
//! metastore, who are not listed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::Databricks;
use super::dialect::PERMISSION;
use crate::http::quote;
use crate::outcome::{Health, Observation, Topic};
use crate::registry::observe::ModelSubject;

/// What is percent-encoded in the name of a model or a schema.
pub(super) const ENCODED_IN_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The user of the login, as the workspace knows it.
#[derive(Deserialize)]
pub(super) struct CurrentUser {
    /// The name of the user, or the id of the service principal.
    #[serde(rename = "userName")]
    pub(super) user: String,
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    display: String,
}

#[derive(Deserialize)]
struct OwnedModel {
    owner: String,
}

/// The privileges on a model, granted on the model itself, its schema or its catalog.
#[derive(Default, Deserialize)]
struct EffectivePermissions {
    #[serde(default)]
    privilege_assignments: Vec<Assignment>,
}

#[derive(Deserialize)]
struct Assignment {
    principal: String,
    #[serde(default)]
    privileges: Vec<Privilege>,
}

#[derive(Deserialize)]
struct Privilege {
    privilege: String,
}

impl Databricks {
    /// Asks for the user of the login.
    pub(super) async fn current_user(&self) -> Option<CurrentUser> {
        self.ask("/api/2.0/preview/scim/v2/Me".to_owned(), vec![]).await
    }

    /// Reports whether the user may move an alias: certainly as an owner or with MANAGE; otherwise it is not known.
    pub(in crate::registry) async fn permission(&self, subject: &ModelSubject) -> Observation {
        let (name, topic) = (&subject.name, Topic::Permission);
        let unknown = |message: &str| Observation::new(topic, Health::Unknown, format!("{name}: {message}"));
        let Some(me) = self.current_user().await else { return unknown("not known without writing") };
        let model = utf8_percent_encode(name.as_str(), ENCODED_IN_NAMES);
        let owner = self.ask::<OwnedModel>(format!("/api/2.1/unity-catalog/models/{model}"), vec![]).await;
        let owner = owner.map(|model| model.owner);
        let user = quote(&me.user);
        if let Some(owner) = owner.as_deref().filter(|owner| me.has_name(owner)) {
            let whose = if *owner == *me.user { user } else { format!("{user}, as one of {},", quote(owner)) };
            return Observation::ok(topic, format!("{name}: {whose} owns it, and may move its aliases"));
        }
        let path = format!("/api/2.1/unity-catalog/effective-permissions/function/{model}");
        let granted = self.ask::<EffectivePermissions>(path, vec![("principal", me.user.clone())]).await;
        let Some(privileges) = granted.map(|granted| granted.privileges(&me)) else {
            return unknown("not known without writing").hint(PERMISSION);
        };
        if privileges.iter().any(|privilege| privilege == "MANAGE") {
            return Observation::ok(topic, format!("{name}: {user} has MANAGE, and may move its aliases"));
        }
        let has = if privileges.is_empty() { "nothing that is told".to_owned() } else { quote(&privileges.join(", ")) };
        let owner = owner.map_or_else(|| "somebody else".to_owned(), |owner| quote(&owner));
        unknown(&format!("{owner} owns it, and {user} has {has}; whether that is enough is not known without writing"))
            .hint(PERMISSION)
    }
}

impl CurrentUser {
    /// Returns whether a name is that of the user, or of one of its groups.
    fn has_name(&self, name: &str) -> bool {
        self.user == name || self.groups.iter().any(|group| group.display == name)
    }
}

impl EffectivePermissions {
    /// Returns the privileges of a user, its own and those of its groups.
    fn privileges(self, user: &CurrentUser) -> Vec<String> {
        let own = self.privilege_assignments.into_iter().filter(|assignment| user.has_name(&assignment.principal));
        let mut privileges: Vec<String> = own.flat_map(|own| own.privileges).map(|it| it.privilege).collect();
        privileges.sort();
        privileges.dedup();
        privileges
    }
}
