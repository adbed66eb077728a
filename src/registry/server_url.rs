//! The URL of a server, without the login that may be in it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use percent_encoding::percent_decode_str;
use reqwest::Url;

use super::error::{Error, Result};
use crate::secret::{Secret, SecretUri};

/// The URL of a server with its path prefix, without a login and without a trailing slash.
#[derive(Debug)]
pub(super) struct ServerUrl {
    text: String,
    url: Url,
    /// The root of MLflow's API.
    api: Url,
    /// The URLs of the endpoints that were used. Making one costs as much as all else that is done for a request.
    used: Mutex<BTreeMap<&'static str, Url>>,
    has_user_alone: bool,
}

/// A user and a password.
pub(super) type UserPassword = (String, Secret);

impl ServerUrl {
    /// Separates a URL from the login in it.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when it is not the URL of a server. The error does not show the login.
    pub(super) fn parse(uri: &SecretUri) -> Result<(Self, Option<UserPassword>)> {
        let mut url: Url = uri.expose().parse().map_err(|error| unusable(uri, &format!("is no address: {error}")))?;
        // The URL parser accepts any number of slashes before the host, so a typing error would send the login to
        // another host.
        if uri.expose().split_once("://").is_none_or(|(_, rest)| rest.starts_with(['/', '\\'])) {
            return Err(unusable(uri, "is no address: it names no host between `//` and the path"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(unusable(uri, "has a `?` or a `#`, which the address of a server cannot have"));
        }
        let login = parse_userinfo(&url);
        let has_user_alone = !url.username().is_empty() && url.password().is_none();
        // Neither can fail, because an http URL always has a host.
        let _ = (url.set_username(""), url.set_password(None));
        let text = url.as_str();
        let text = text.strip_suffix('/').unwrap_or(text).to_owned();
        let api = join(&url, "api/2.0/mlflow");
        Ok((Self { text, url, api, used: Mutex::default(), has_user_alone }, login))
    }

    /// Returns the URL as it may be shown.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the host alone.
    pub(super) fn host(&self) -> Option<&str> {
        self.url.host_str()
    }

    /// Returns whether the URL had a user without a password, which is not a login.
    pub(super) fn has_user_alone(&self) -> bool {
        self.has_user_alone
    }

    /// Returns whether requests to the server go over TLS.
    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Returns the URL of an endpoint that many requests are for.
    pub(super) fn common_endpoint(&self, endpoint: &'static str) -> Url {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.entry(endpoint).or_insert_with(|| self.endpoint(endpoint)).clone()
    }

    /// Returns the URL of an endpoint of MLflow's API, or of another path of the server if it begins with a slash.
    pub(super) fn endpoint(&self, endpoint: &str) -> Url {
        match endpoint.strip_prefix('/') {
            Some(path) => join(&self.url, path),
            None => join(&self.api, endpoint),
        }
    }
}

/// Appends a percent-encoded path to a URL.
fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    // An http URL always has a path. `extend` encodes the segments, which must not happen twice.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path.split('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy()));
    }
    url
}

// MLflow's client also ignores a user without a password.
fn parse_userinfo(url: &Url) -> Option<UserPassword> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    match (url.username(), url.password()) {
        (_, None) | ("", Some("")) => None,
        (username, Some(password)) => Some((decode(username), Secret::new(decode(password)))),
    }
}

fn unusable(uri: &SecretUri, fault: &str) -> Error {
    Error::Misconfigured {
        reason: format!("{uri} {fault}"),
        hint: "write it as `http://host:5000` or `https://host/prefix`".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(uri: &str) -> Result<(ServerUrl, Option<UserPassword>)> {
        ServerUrl::parse(&SecretUri::new(uri))
    }

    #[test]
    fn a_path_prefix_is_kept_and_one_trailing_slash_removed() {
        let endpoint = |uri| String::from(parse(uri).unwrap().0.endpoint("runs/get"));
        assert_eq!(endpoint("http://h:5000"), "http://h:5000/api/2.0/mlflow/runs/get");
        assert_eq!(endpoint("http://h:5000/"), "http://h:5000/api/2.0/mlflow/runs/get");
        assert_eq!(endpoint("https://h/ml/flow/"), "https://h/ml/flow/api/2.0/mlflow/runs/get");
        assert_eq!(endpoint("http://[::1]:5000"), "http://[::1]:5000/api/2.0/mlflow/runs/get");
        let (address, _) = parse("https://h/ml/").unwrap();
        assert_eq!(address.endpoint("/oidc/v1/token").as_str(), "https://h/ml/oidc/v1/token");
    }

    #[test]
    fn a_common_endpoint_stays_what_it_is() {
        let (url, _) = parse("https://h/ml").unwrap();
        url.common_endpoint("runs/get").query_pairs_mut().append_pair("run_id", "1");
        assert_eq!(url.common_endpoint("runs/get"), url.endpoint("runs/get"));
        assert_eq!(url.common_endpoint("/version"), url.endpoint("/version"));
    }

    #[test]
    fn an_encoded_segment_is_not_encoded_twice() {
        let endpoint = |path: &str| String::from(parse("http://h").unwrap().0.endpoint(path));
        assert_eq!(endpoint("logged-models/m%2D1"), "http://h/api/2.0/mlflow/logged-models/m-1");
        assert_eq!(endpoint("logged-models/a%2Fb%25"), "http://h/api/2.0/mlflow/logged-models/a%2Fb%25");
    }

    #[test]
    fn a_login_in_the_url_is_decoded_and_removed() {
        let (address, login) = parse("http://me%40corp:p%2Fw%3Ad@h:5000/x").unwrap();
        assert_eq!(address.as_str(), "http://h:5000/x");
        assert_eq!(login, Some(("me@corp".into(), Secret::new("p/w:d"))));
    }

    #[test]
    fn a_url_without_a_password_has_no_login() {
        for uri in ["http://h:5000", "http://@h:5000", "http://me@h:5000"] {
            let (address, login) = parse(uri).unwrap();
            assert_eq!((address.as_str(), login), ("http://h:5000", None), "{uri}");
        }
    }

    #[test]
    fn an_error_about_a_url_does_not_show_its_login() {
        for bad in [
            "http://me:hunter2@h:port",
            "http://me:hunter2@",
            "http://me:hunter2@h/?a=b",
            "http://me:hunter2@h/#a",
            "http:///me:hunter2@h",
            "http:/me:hunter2@h",
            "http:me:hunter2@h",
            "http://\\me:hunter2@h",
        ] {
            let error = parse(bad).unwrap_err();
            assert!(matches!(error, Error::Misconfigured { .. }), "{bad}: {error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
