//! Which workspace of Databricks, and who logs in there: the precedence of Databricks' own clients.

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::super::host_environment::HostEnvironment;
use super::super::login::Login;
use super::profile::DatabricksProfile;
use super::uri::DatabricksUri;
use crate::registry::error::{Error, Result};
use crate::secret::{Secret, SecretUri};

/// The kinds of logins, each with its name in `auth_type` and its fields.
const KINDS: [(Kind, &str, &[&str]); 3] = [
    (Kind::Token, "pat", &["token"]),
    (Kind::Password, "basic", &["username", "password"]),
    (Kind::ServicePrincipal, "oauth-m2m", &["client_id", "client_secret"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Token,
    Password,
    ServicePrincipal,
}

/// Where a workspace is, and how to log in.
#[derive(Debug)]
pub(in crate::registry) struct DatabricksLogin {
    /// The origin of the workspace, such as `https://adb-1.azuredatabricks.net`.
    pub(in crate::registry) host: SecretUri,
    /// The login.
    pub(in crate::registry) login: Login,
    /// The fields of the login, each with where it comes from.
    pub(in crate::registry) description: String,
}

impl DatabricksLogin {
    /// Finds the login for a URI. Variables win field by field over a profile; without a profile they stand alone.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when a part is missing or several logins are given.
    pub(in crate::registry) fn find(uri: &DatabricksUri, environment: &HostEnvironment) -> Result<Self> {
        let variable = |field: &str| environment.variable(&variable_name(field));
        let name = uri.profile.as_deref().or_else(|| variable("config_profile").map(Secret::expose));
        let mut fields = KINDS.iter().flat_map(|(_, _, fields)| *fields).chain([&"host"]);
        let has_variables = fields.any(|field| variable(field).is_some());
        // The variables of one workspace must not be completed from the default profile of another.
        let profile = match name.is_none() && has_variables {
            true => DatabricksProfile::default(),
            false => {
                let path = environment.path(&variable_name("config_file"), "~/.databrickscfg");
                DatabricksProfile::read(name, path.as_deref())?
            }
        };
        let fields = Fields { environment, profile };
        let kind = fields.kind()?;
        let (host, login) = (fields.host()?, fields.login(kind)?);
        let description: Vec<String> =
            kind.fields().iter().map(|field| format!("{field} from {}", fields.origin(field))).collect();
        Ok(Self { host, login, description: description.join(", ") })
    }
}

impl Kind {
    fn name(self) -> &'static str {
        KINDS[self as usize].1
    }

    fn fields(self) -> &'static [&'static str] {
        KINDS[self as usize].2
    }
}

/// The fields of a login from all their sources.
struct Fields<'e> {
    environment: &'e HostEnvironment,
    profile: DatabricksProfile,
}

impl Fields<'_> {
    fn variable(&self, field: &str) -> Option<&Secret> {
        self.environment.variable(&variable_name(field))
    }

    fn get(&self, field: &str) -> Option<&Secret> {
        self.variable(field).or_else(|| self.profile.get(field))
    }

    /// Returns where a field comes from.
    fn origin(&self, field: &str) -> String {
        if self.variable(field).is_some() { variable_name(field) } else { self.profile.place.clone() }
    }

    fn kind(&self) -> Result<Kind> {
        if let Some(auth_type) = self.get("auth_type") {
            let known = KINDS.iter().find(|(_, name, _)| *name == auth_type.expose());
            return known.map(|(kind, ..)| *kind).ok_or_else(|| self.unknown_kind(auth_type.expose()));
        }
        let is_given = |fields: &[&str]| fields.iter().any(|field| self.get(field).is_some());
        let kinds: Vec<Kind> = KINDS.iter().filter(|(_, _, fields)| is_given(fields)).map(|(kind, ..)| *kind).collect();
        match kinds[..] {
            [kind] => Ok(kind),
            [] => Err(self.incomplete("no login for Databricks is given")),
            _ => Err(self.ambiguous(&kinds)),
        }
    }

    fn host(&self) -> Result<SecretUri> {
        let Some(host) = self.get("host") else { return Err(self.incomplete("no Databricks workspace is given")) };
        let text = host.expose();
        let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let is_origin = |url: &Url| {
            let is_bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
            matches!(url.scheme(), "http" | "https") && is_bare && url.query().is_none() && url.fragment().is_none()
        };
        let url = text.parse::<Url>().ok().filter(is_origin).ok_or_else(|| Error::Misconfigured {
            reason: format!("the host in {} is not the address of a workspace alone", self.origin("host")),
            hint: "write it as `https://adb-1234567890.12.azuredatabricks.net`, without a path or a `?`".into(),
        })?;
        Ok(SecretUri::new(url.origin().ascii_serialization()))
    }

    fn login(&self, kind: Kind) -> Result<Login> {
        let field = |name: &str| {
            let reason = || format!("the login of Databricks is `{}`, and its {name} is missing", kind.name());
            self.get(name).cloned().ok_or_else(|| self.incomplete(&reason()))
        };
        let text = |name: &str| field(name).map(|value| value.expose().to_owned());
        match kind {
            Kind::Token => self.check_token(field("token")?).map(Login::Bearer),
            Kind::Password => Ok(Login::Basic { username: text("username")?, password: field("password")? }),
            Kind::ServicePrincipal => {
                Ok(Login::ServicePrincipal { client_id: text("client_id")?, client_secret: field("client_secret")? })
            }
        }
    }

    fn check_token(&self, token: Secret) -> Result<Secret> {
        if HeaderValue::from_str(token.expose()).is_ok() {
            return Ok(token);
        }
        Err(Error::Misconfigured {
            reason: "the token for Databricks holds a character that no header can carry, such as a line break".into(),
            hint: format!("check the token in {}", self.origin("token")),
        })
    }

    fn incomplete(&self, reason: &str) -> Error {
        let place = &self.profile.place;
        let searched = if place.is_empty() { String::new() } else { format!("; looked in {place}") };
        Error::Misconfigured {
            reason: format!("{reason}{searched}"),
            hint: "set DATABRICKS_HOST with DATABRICKS_TOKEN, or with DATABRICKS_CLIENT_ID and \
                   DATABRICKS_CLIENT_SECRET; or name a profile that has them, as in `databricks-uc://profile`"
                .into(),
        }
    }

    fn ambiguous(&self, kinds: &[Kind]) -> Error {
        let given = kinds.iter().flat_map(|kind| kind.fields()).filter(|field| self.get(field).is_some());
        let given: Vec<String> = given.map(|field| format!("{field} from {}", self.origin(field))).collect();
        let names: Vec<String> = kinds.iter().map(|kind| format!("`{}`", kind.name())).collect();
        Error::Misconfigured {
            reason: format!("more than one login for Databricks is given: {}", given.join(", ")),
            hint: format!("remove all but one, or say which by setting DATABRICKS_AUTH_TYPE to {}", names.join(" or ")),
        }
    }

    fn unknown_kind(&self, auth_type: &str) -> Error {
        let origin = self.origin("auth_type");
        Error::Misconfigured {
            reason: format!("{auth_type:?}, the auth_type in {origin}, is no login that can be used here"),
            hint: "use `pat` with a token, or `oauth-m2m` with the client_id and client_secret of a service principal"
                .into(),
        }
    }
}

/// Returns the name of the variable of a field.
fn variable_name(field: &str) -> String {
    format!("DATABRICKS_{}", field.to_ascii_uppercase())
}
