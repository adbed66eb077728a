//! What may be done with a model, as far as Unity Catalog tells it to somebody who only reads.
//!
//! An alias is moved by who owns the model, by who has MANAGE on it, and by the administrators of the metastore, of whom
//! nobody is told.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::Databricks;
use super::calls::PERMISSION;
use crate::http::quote;
use crate::outcome::{Health, Observation, Topic};
use crate::registry::Subject;

/// What is encoded in the name of a model or a schema.
pub(super) const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Who a workspace takes this program for.
#[derive(Deserialize)]
pub(super) struct Me {
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
struct Owned {
    owner: String,
}

/// What somebody may do, granted to the model itself, its schema or its catalog.
#[derive(Default, Deserialize)]
struct Granted {
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
    /// Asks who this program is there.
    pub(super) async fn me(&self) -> Option<Me> {
        self.ask("/api/2.0/preview/scim/v2/Me".to_owned(), vec![]).await
    }

    /// Tells whether an alias may be moved: certainly by an owner or with MANAGE; otherwise only who tries knows.
    pub(in crate::registry) async fn permission(&self, subject: &Subject) -> Observation {
        let (name, topic) = (&subject.name, Topic::Permission);
        let unknown = |told: &str| Observation::new(topic, Health::Unknown, format!("{name}: {told}"));
        let Some(me) = self.me().await else { return unknown("not known without writing") };
        let model = utf8_percent_encode(name.as_str(), NAME);
        let owner = self.ask::<Owned>(format!("/api/2.1/unity-catalog/models/{model}"), vec![]).await;
        let owner = owner.map(|owned| owned.owner);
        let user = quote(&me.user);
        if let Some(owner) = owner.as_deref().filter(|owner| me.is(owner)) {
            let whose = if *owner == *me.user { user } else { format!("{user}, as one of {},", quote(owner)) };
            return Observation::ok(topic, format!("{name}: {whose} owns it, and may move its aliases"));
        }
        let path = format!("/api/2.1/unity-catalog/effective-permissions/function/{model}");
        let granted = self.ask::<Granted>(path, vec![("principal", me.user.clone())]).await;
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

impl Me {
    /// Returns whether a name is that of this user, or of one of its groups.
    fn is(&self, name: &str) -> bool {
        self.user == name || self.groups.iter().any(|group| group.display == name)
    }
}

impl Granted {
    /// Returns what a user may do by its own name or through its groups.
    fn privileges(self, me: &Me) -> Vec<String> {
        let own = self.privilege_assignments.into_iter().filter(|assignment| me.is(&assignment.principal));
        let mut privileges: Vec<String> = own.flat_map(|own| own.privileges).map(|it| it.privilege).collect();
        privileges.sort();
        privileges.dedup();
        privileges
    }
}
