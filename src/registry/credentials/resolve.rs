//! Which login counts: the ordered list of sources, and the rules of the fields.

use std::fmt;

#[cfg(feature = "sigv4")]
use super::aws;
use super::fields;
use super::host_environment::HostEnvironment;
use super::login::Login;
use super::netrc;
use super::source::{FoundLogin, LoginFields, LoginRequest, Source};
use crate::registry::error::{Error, Result};
use crate::registry::server_url::ServerUrl;
use crate::secret::SecretUri;

/// The sources of a login for an MLflow server, in the order of MLflow's client: the first that has a login wins.
const SOURCES: &[Source] = &[
    #[cfg(feature = "sigv4")]
    aws::SOURCE,
    netrc::SOURCE,
    fields::URL,
    fields::PASSWORD,
    fields::TOKEN,
];

/// The logins of a config.
#[derive(Debug, Clone, Default)]
pub struct CredentialSources {
    /// The login for the tracking server, and for a registry without a login of its own.
    pub tracking: LoginFields,
    /// The login for the registry alone.
    pub registry: LoginFields,
    /// Whether requests are signed for AWS.
    pub aws_sigv4: bool,
    /// The plugin that MLflow's Python client would log in with.
    pub plugin: Option<String>,
}

/// The login that counts, beside one in the URL.
#[derive(Debug, PartialEq)]
pub struct ResolvedLogin {
    /// The login.
    pub login: Login,
    /// The field or the file with its secret; none if nobody logs in, or the secret is in the URL.
    pub origin: Option<String>,
    /// What was given in vain.
    pub ignored: Vec<IgnoredLogin>,
}

/// A login, or a part of one, that was given in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredLogin {
    /// The field, or another name of where it was given.
    pub field: String,
    /// Why it is ignored, to follow a colon.
    pub reason: &'static str,
}

impl fmt::Display for IgnoredLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is ignored: {}", self.field, self.reason)
    }
}

impl CredentialSources {
    /// Finds the login for an MLflow server.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when the URL or a file with logins cannot be used.
    pub fn resolve(&self, uri: &SecretUri, environment: &HostEnvironment) -> Result<ResolvedLogin> {
        let (url, in_url) = ServerUrl::parse(uri)?;
        let (prefix, fields) = match self.has_registry_login() {
            true => ("registry", &self.registry),
            false => ("tracking", &self.tracking),
        };
        let request = LoginRequest {
            host: url.host(),
            in_url,
            fields,
            prefix,
            reads_files: !self.has_registry_login(),
            #[cfg(feature = "sigv4")]
            signs_for_aws: self.signs_for_aws(),
            environment,
        };
        let mut resolved = resolve(&request)?;
        if url.has_user_alone() {
            let field = "the user in the address".to_owned();
            resolved.ignored.push(IgnoredLogin { field, reason: "it has no password" });
        }
        Ok(resolved)
    }

    /// Returns what is given in vain beside a registry that is not an MLflow server.
    pub fn ignored_beside(&self, uri: &SecretUri, tracking_uri: Option<&SecretUri>) -> Vec<IgnoredLogin> {
        let reason = match uri.expose().starts_with("databricks") {
            true => "Databricks has logins of its own",
            false => "a database or a file store asks for none",
        };
        // Beside a tracking server over HTTP, the fields are its login.
        let tracking = if tracking_uri.is_some_and(is_http) { vec![] } else { self.tracking.given() };
        let fields = self.registry.given().into_iter().map(|field| format!("registry_{field}"));
        let fields = fields.chain(tracking.into_iter().map(|field| format!("tracking_{field}")));
        fields.map(|field| IgnoredLogin { field, reason }).collect()
    }

    /// Finds a login that can never work; returns the field to blame, and why.
    pub fn validate(&self, uri: &SecretUri, uri_field: Option<&str>) -> Option<(&'static str, Error)> {
        let wrong =
            |field, reason: String, hint: &str| Some((field, Error::Misconfigured { reason, hint: hint.into() }));
        if self.plugin.as_deref().is_some_and(|plugin| !plugin.is_empty()) && is_http(uri) {
            let reason =
                "a login plugin (tracking_auth, MLFLOW_TRACKING_AUTH) is Python code, which is not run here".into();
            let hint = "unset it and log in with `tracking_token`, or `tracking_username` and `tracking_password`; or \
                        point at a proxy that adds the login";
            return wrong("tracking_auth", reason, hint);
        }
        if cfg!(not(feature = "sigv4")) && self.signs_for_aws() && is_http(uri) {
            let reason = "requests are not signed for AWS by this build, which lacks the feature `sigv4` \
                          (tracking_aws_sigv4, MLFLOW_TRACKING_AWS_SIGV4)"
                .into();
            let hint = "build it with `cargo build --release --features sigv4`; or unset it and point at a proxy that \
                        signs, such as aws-sigv4-proxy";
            return wrong("tracking_aws_sigv4", reason, hint);
        }
        let given = self.registry.given();
        let first = match *given.first()? {
            "username" => "registry_username",
            "password" => "registry_password",
            _ => "registry_token",
        };
        if uri_field != Some("registry_uri") {
            let reason = "a login for a registry of its own is given, and no registry_uri that it is for".into();
            return wrong(first, reason, "set `registry_uri`, or use the `tracking_…` fields");
        }
        if let ["username" | "password"] = given[..] {
            let reason = "a registry_username and a registry_password make a login together, and one is missing".into();
            return wrong(first, reason, "give both, or a `registry_token`");
        }
        None
    }

    // Signatures are a login of the tracking server.
    fn signs_for_aws(&self) -> bool {
        self.aws_sigv4 && !self.has_registry_login()
    }

    fn has_registry_login(&self) -> bool {
        !self.registry.given().is_empty()
    }
}

/// Returns whether a URI is that of an MLflow server.
fn is_http(uri: &SecretUri) -> bool {
    matches!(uri.expose().split_once(':'), Some(("http" | "https", _)))
}

/// Takes the login of the first source that has one; what the others were given is ignored.
fn resolve(request: &LoginRequest<'_>) -> Result<ResolvedLogin> {
    for (index, source) in SOURCES.iter().enumerate() {
        let Some(FoundLogin { login, origin }) = (source.find)(request)? else { continue };
        let others = SOURCES.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, other)| other);
        return Ok(ResolvedLogin { login, origin, ignored: list_ignored(request, others, source.precedence) });
    }
    let ignored = list_ignored(request, SOURCES, "the other half of the login is missing");
    Ok(ResolvedLogin { login: Login::None, origin: None, ignored })
}

fn list_ignored<'s>(
    request: &LoginRequest<'_>,
    sources: impl IntoIterator<Item = &'s Source>,
    reason: &'static str,
) -> Vec<IgnoredLogin> {
    let given = sources.into_iter().flat_map(|source| (source.list_given)(request));
    given.map(|field| IgnoredLogin { field, reason }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    const PLAIN: &str = "http://h:5000";
    const OTHER: &str = "http://other:5000";

    fn resolve(uri: &str, username: &str, password: &str, token: &str) -> ResolvedLogin {
        let (username, password, token) = (username.to_owned(), Secret::new(password), Secret::new(token));
        let tracking = LoginFields::new(Some(&username), Some(&password), Some(&token));
        let sources = CredentialSources { tracking, ..CredentialSources::default() };
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("netrc"), "machine h login net password netpw\n").unwrap();
        let netrc = home.path().join("netrc").to_string_lossy().into_owned();
        let environment = HostEnvironment::from_variables(&[("NETRC".to_owned(), netrc)].into());
        sources.resolve(&SecretUri::new(uri), &environment).unwrap()
    }

    fn basic(username: &str, password: &str) -> Login {
        Login::Basic { username: username.into(), password: Secret::new(password) }
    }

    #[test]
    fn credential_sources_have_the_precedence_of_mlflow() {
        let resolved = resolve(OTHER, "me", "pw", "");
        assert_eq!((resolved.login, resolved.origin.as_deref()), (basic("me", "pw"), Some("tracking_password")));
        assert_eq!(resolve(OTHER, "me", "pw", "tok").login, basic("me", "pw"));
        assert_eq!(resolve(OTHER, "", "", "tok").login, Login::Bearer(Secret::new("tok")));
        assert_eq!(resolve(OTHER, "", "", "").login, Login::None);
        // The client itself takes the login out of the address.
        assert_eq!(resolve("http://you:secret@other", "me", "pw", "").login, Login::None);
        for uri in [PLAIN, "http://you:secret@h"] {
            assert_eq!(resolve(uri, "me", "pw", "tok").login, basic("net", "netpw"));
        }
    }

    #[test]
    fn ignored_credentials_are_listed() {
        let ignored = |uri, username, password, token| {
            let ignored = resolve(uri, username, password, token).ignored;
            ignored.iter().map(IgnoredLogin::to_string).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(ignored(OTHER, "me", "pw", "tok"), "tracking_token is ignored: a user with a password wins over it");
        assert_eq!(
            ignored(OTHER, "me", "", "tok"),
            "tracking_username is ignored: it is half of a login, and there is a token"
        );
        assert_eq!(
            ignored(OTHER, "", "pw", ""),
            "tracking_password is ignored: the other half of the login is missing"
        );
        assert_eq!(
            ignored("http://you@other", "", "", "tok"),
            "the user in the address is ignored: it has no password"
        );
        let listed = ignored("http://you:secret@h", "", "", "tok");
        for login in ["tracking_token", "the login in the address"] {
            assert!(listed.contains(&format!("{login} is ignored: the netrc file has one")), "{listed}");
        }
        let listed = ignored("http://you:secret@other", "me", "pw", "");
        assert!(
            listed.contains("tracking_username is ignored: the address") && listed.contains("tracking_password"),
            "{listed}"
        );
    }
}
