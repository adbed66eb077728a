//! The address of a server, parted from the login that may be in it.

use std::sync::{Mutex, PoisonError};

use percent_encoding::percent_decode_str;
use reqwest::Url;

use super::options::Login;
use crate::registry::{Error, Result};
use crate::secret::{Secret, SecretUri};

/// Where a server is: the address with its path prefix, without a login, and without the last slash.
#[derive(Debug)]
pub(super) struct Address {
    text: String,
    /// The same, parsed once.
    url: Url,
    /// Where MLflow's API is below it.
    api: Url,
    /// The addresses of endpoints that were asked for: to make one takes as long as all else that a request needs here.
    /// There are few, and looking through them is faster than hashing one.
    fixed: Mutex<Vec<(&'static str, Url)>>,
    names_user_alone: bool,
}

impl Address {
    /// Parts an address from the login in it.
    pub(super) fn parse(uri: &SecretUri) -> Result<(Self, Login)> {
        let mut url: Url = uri.expose().parse().map_err(|error| unusable(uri, &format!("is no address: {error}")))?;
        // The parser takes what follows any number of slashes for the host, and would send a login there.
        if uri.expose().split_once("://").is_none_or(|(_, rest)| rest.starts_with(['/', '\\'])) {
            return Err(unusable(uri, "is no address: it names no host between `//` and the path"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(unusable(uri, "has a `?` or a `#`, which the address of a server cannot have"));
        }
        let login = userinfo(&url);
        let names_user_alone = !url.username().is_empty() && url.password().is_none();
        // Neither can fail: an http address always has a host.
        let _ = (url.set_username(""), url.set_password(None));
        let text = url.as_str();
        let text = text.strip_suffix('/').unwrap_or(text).to_owned();
        let api = below(&url, "api/2.0/mlflow");
        Ok((Self { text, url, api, fixed: Mutex::default(), names_user_alone }, login))
    }

    /// Returns the address as it may be shown.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the host alone.
    pub(super) fn host(&self) -> Option<&str> {
        self.url.host_str()
    }

    /// Returns whether it held a user without a password, which is no login.
    pub(super) fn names_user_alone(&self) -> bool {
        self.names_user_alone
    }

    /// Returns whether the server is spoken to over TLS.
    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Returns the address of an endpoint of MLflow's API, or of another path of the server, with a slash in front.
    pub(super) fn endpoint(&self, endpoint: &str) -> Url {
        match endpoint.strip_prefix('/') {
            Some(path) => below(&self.url, path),
            None => below(&self.api, endpoint),
        }
    }

    /// Does the same for an endpoint that many requests are for, and remembers it.
    pub(super) fn fixed_endpoint(&self, endpoint: &'static str) -> Url {
        let mut fixed = self.fixed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, url)) = fixed.iter().find(|(known, _)| *known == endpoint) {
            return url.clone();
        }
        let url = self.endpoint(endpoint);
        fixed.push((endpoint, url.clone()));
        url
    }
}

/// Returns the address of what is below another, by a path that is encoded already.
fn below(above: &Url, path: &str) -> Url {
    let mut url = above.clone();
    // An http address always has a path. Segments are encoded when they are added: what is encoded must not be twice.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path.split('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy()));
    }
    url
}

// MLflow's client, too, takes a user without a password for no login.
fn userinfo(url: &Url) -> Login {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    match (url.username(), url.password()) {
        (_, None) | ("", Some("")) => Login::None,
        (username, Some(password)) => {
            Login::Basic { username: decoded(username), password: Secret::new(decoded(password)) }
        }
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

    fn parse(uri: &str) -> Result<(Address, Login)> {
        Address::parse(&SecretUri::new(uri))
    }

    #[test]
    fn a_prefix_stays_and_one_trailing_slash_goes() {
        let endpoint = |uri| String::from(parse(uri).unwrap().0.endpoint("runs/get"));
        assert_eq!(endpoint("http://h:5000"), "http://h:5000/api/2.0/mlflow/runs/get");
        assert_eq!(endpoint("http://h:5000/"), "http://h:5000/api/2.0/mlflow/runs/get");
        assert_eq!(endpoint("https://h/ml/flow/"), "https://h/ml/flow/api/2.0/mlflow/runs/get");
        assert_eq!(endpoint("http://[::1]:5000"), "http://[::1]:5000/api/2.0/mlflow/runs/get");
        let (address, _) = parse("https://h/ml/").unwrap();
        assert_eq!(address.endpoint("/oidc/v1/token").as_str(), "https://h/ml/oidc/v1/token");
    }

    #[test]
    fn what_is_encoded_in_an_endpoint_is_not_encoded_twice_and_stays_one_segment() {
        let endpoint = |path: &str| String::from(parse("http://h").unwrap().0.endpoint(path));
        assert_eq!(endpoint("logged-models/m%2D1"), "http://h/api/2.0/mlflow/logged-models/m-1");
        assert_eq!(endpoint("logged-models/a%2Fb%25"), "http://h/api/2.0/mlflow/logged-models/a%2Fb%25");
    }

    #[test]
    fn an_endpoint_that_is_remembered_stays_what_it_was() {
        let (address, _) = parse("https://h/ml").unwrap();
        let mut asked = address.fixed_endpoint("runs/get");
        asked.query_pairs_mut().append_pair("run_id", "1");
        assert_eq!(address.fixed_endpoint("runs/get"), address.endpoint("runs/get"));
        assert_eq!(address.fixed_endpoint("/version").as_str(), "https://h/ml/version");
    }

    #[test]
    fn a_login_in_the_address_is_decoded_and_parted_from_it() {
        let (address, login) = parse("http://me%40corp:p%2Fw%3Ad@h:5000/x").unwrap();
        assert_eq!(address.as_str(), "http://h:5000/x");
        assert_eq!(login, Login::Basic { username: "me@corp".into(), password: Secret::new("p/w:d") });
    }

    #[test]
    fn an_address_without_a_login_gives_none() {
        for uri in ["http://h:5000", "http://@h:5000", "http://me@h:5000"] {
            let (address, login) = parse(uri).unwrap();
            assert_eq!((address.as_str(), login), ("http://h:5000", Login::None), "{uri}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_one_is_refused_without_its_login() {
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
