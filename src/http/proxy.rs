//! The proxies in the variables of a process, found as Python's `requests` finds them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use ::http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::Url;

/// The variables for each scheme of a URL. Of each pair the one in lower case wins, even if it is empty.
const VARIABLES: [(&str, [[&str; 2]; 2]); 2] = [
    ("http", [["http_proxy", "HTTP_PROXY"], ["all_proxy", "ALL_PROXY"]]),
    ("https", [["https_proxy", "HTTPS_PROXY"], ["all_proxy", "ALL_PROXY"]]),
];

/// The variable of a CGI program. There, HTTP_PROXY is set by a header `Proxy` of the web server's client.
const CGI: &str = "REQUEST_METHOD";

/// A proxy, and the variable that names it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it, to follow the variable.
    pub fault: Option<&'static str>,
    /// Its URL with its login; none if it is invalid, so that requests go around it.
    url: Option<Url>,
}

/// The proxy for each scheme, and the hosts that bypass it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    by_scheme: BTreeMap<&'static str, Proxy>,
    /// The variable with these hosts, and its value.
    bypass: Option<(&'static str, String)>,
}

impl Proxies {
    /// Reads them from the variables of a process.
    pub fn from_variables(variables: &BTreeMap<String, String>) -> Self {
        let is_cgi = variables.contains_key(CGI);
        let value = |name: &str| variables.get(name).map(|value| value.trim());
        let find = |pairs: [[&'static str; 2]; 2]| {
            let set = pairs.into_iter().filter_map(|pair| pair.into_iter().find_map(|name| Some((name, value(name)?))));
            let mut set = set.filter(|(name, value)| !(value.is_empty() || is_cgi && *name == "HTTP_PROXY"));
            set.next().map(|(variable, value)| Proxy::parse(variable, value))
        };
        let by_scheme = VARIABLES.into_iter().filter_map(|(scheme, pairs)| Some((scheme, find(pairs)?))).collect();
        let set = |name: &'static str| Some((name, value(name).filter(|hosts| !hosts.is_empty())?.to_owned()));
        Self { by_scheme, bypass: set("no_proxy").or_else(|| set("NO_PROXY")) }
    }

    /// Returns the proxies of this process.
    pub(crate) fn from_process() -> &'static Self {
        static PROXIES: LazyLock<Proxies> = LazyLock::new(|| {
            let texts = std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
            Proxies::from_variables(&texts.collect())
        });
        &PROXIES
    }

    /// Returns whether no variable names a proxy.
    pub fn is_empty(&self) -> bool {
        self.by_scheme.is_empty()
    }

    /// Returns the proxy for requests to a URL.
    pub fn proxy_for(&self, url: &str) -> Option<&Proxy> {
        self.proxy_for_scheme(url).filter(|_| self.bypassed_by(url).is_none())
    }

    /// Returns the proxy for the scheme of a URL, whether or not its host bypasses it.
    pub fn proxy_for_scheme(&self, url: &str) -> Option<&Proxy> {
        self.by_scheme.get(url.split_once("://")?.0)
    }

    /// Returns the variable to add a host to that is to bypass its proxy: the one that counts.
    pub(crate) fn bypass_variable(&self) -> &'static str {
        self.bypass.as_ref().map_or("NO_PROXY", |(variable, _)| variable)
    }

    /// Returns the variable that lets the host of a URL bypass its proxy.
    pub fn bypassed_by(&self, url: &str) -> Option<&'static str> {
        let (variable, hosts) = self.bypass.as_ref()?;
        is_bypassed(hosts, url).then_some(*variable)
    }
}

/// Returns whether a list of hosts contains that of a URL.
fn is_bypassed(hosts: &str, url: &str) -> bool {
    let Some(uri) = url.parse::<Uri>().ok().filter(|uri| uri.host().is_some()) else { return false };
    let entries = || hosts.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let authority = uri.authority().map(|authority| authority.as_str().rsplit('@').next().unwrap_or_default());
    let matches_entry = |entry: &str| {
        let (entry, authority) = (entry.trim_start_matches('.').to_lowercase(), authority.unwrap_or_default());
        let authority = authority.to_lowercase();
        authority == entry || authority.ends_with(&format!(".{entry}"))
    };
    // The library does not know for IP addresses, nor entries with a port.
    if entries().any(|entry| entry == "*" || (entry.contains(':') && matches_entry(entry))) {
        return true;
    }
    let list = entries().collect::<Vec<_>>().join(",");
    Matcher::builder().all("http://proxy.invalid").no(list).build().intercept(&uri).is_none()
}

impl Proxy {
    fn parse(variable: &'static str, value: &str) -> Self {
        let url = parse_url(value);
        let fault = match url.as_ref().map(Url::scheme) {
            Some("http" | "https") => None,
            Some(_) => {
                Some("names a SOCKS proxy, which is not supported: name one with `http://`, or the host in NO_PROXY")
            }
            None => Some(
                "is no address of a proxy, so that requests go around it: write `http://proxy:3128`, with `%20` for a \
                 blank in its password",
            ),
        };
        Self { variable, fault, url }
    }

    /// Returns the URL with the login, for the one place that connects.
    pub(crate) fn expose(&self) -> Option<&Url> {
        self.url.as_ref()
    }
}

/// Parses the URL of a proxy. As with `requests`, the last `@` ends the login, and a `%` without an escape is literal.
fn parse_url(value: &str) -> Option<Url> {
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let is_known = matches!(scheme, "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h");
    if !is_known || value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let authority =
        rest.split(['/', '?', '#']).next().filter(|authority| rest.contains('@') == authority.contains('@'))?;
    let (login, place) = authority.rsplit_once('@').map_or((None, authority), |(login, place)| (Some(login), place));
    let encoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8_lossy().into_owned();
        utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string()
    };
    let login = login.map(|login| match login.split_once(':') {
        Some((user, password)) => format!("{}:{}@", encoded(user), encoded(password)),
        None => format!("{}@", encoded(login)),
    });
    let url: Url = format!("{scheme}://{}{place}", login.unwrap_or_default()).parse().ok()?;
    url.has_host().then_some(url)
}

/// Formats the URL without the login, and the variable.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.url.as_ref().and_then(|url| Some((url.scheme(), url.host_str()?, url.port_or_known_default()))) {
            Some((scheme, host, Some(port))) => write!(f, "the proxy {scheme}://{host}:{port} ({})", self.variable),
            Some((scheme, host, None)) => write!(f, "the proxy {scheme}://{host} ({})", self.variable),
            None => write!(f, "the proxy in {}", self.variable),
        }
    }
}

// The address may hold a login.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("variable", &self.variable).field("fault", &self.fault).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        Proxies::from_variables(
            &variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        )
    }

    #[test]
    fn an_invalid_proxy_is_noticed_and_its_login_is_not_shown() {
        for (value, expected) in [
            ("http://me:hunter2@proxy:3128", None),
            ("https://proxy", None),
            ("proxy:3128", None),
            ("socks5://proxy:1080", Some("SOCKS")),
            ("ftp://proxy", Some("go around it")),
            ("http://me:hunt er2@proxy:3128", Some("go around it")),
            ("http://me:hunt/er2@proxy:3128", Some("go around it")),
        ] {
            let found = proxies(&[("HTTP_PROXY", value)]);
            let fault = found.proxy_for("http://h").unwrap().fault;
            assert_eq!(fault.is_some(), expected.is_some(), "{value}");
            assert!(fault.unwrap_or_default().contains(expected.unwrap_or_default()), "{value}: {fault:?}");
            let shown = format!("{found:?} {}", found.proxy_for("http://h").unwrap());
            assert!(found.proxy_for("https://h").is_none() && !shown.contains("hunt"), "{shown}");
        }
    }

    #[test]
    fn a_password_may_contain_unencoded_characters() {
        for (value, password) in [
            ("http://me:p@ss@proxy:3128", "p@ss"),
            ("http://me:p%40ss@proxy:3128", "p@ss"),
            ("me:100%@proxy:3128", "100%"),
            ("http://me:a:b@proxy:3128", "a:b"),
        ] {
            let found = proxies(&[("http_proxy", value)]);
            let url = found.proxy_for("http://h").unwrap().expose().unwrap().clone();
            assert_eq!(percent_decode_str(url.password().unwrap()).decode_utf8_lossy(), password, "{value}");
            assert_eq!((url.host_str(), url.port()), (Some("proxy"), Some(3128)), "{value}");
            assert_eq!(found.proxy_for("http://h").unwrap().to_string(), "the proxy http://proxy:3128 (http_proxy)");
        }
    }

    #[test]
    fn the_variable_in_lower_case_wins_as_with_requests() {
        let variable = |found: &Proxies, uri: &str| found.proxy_for(uri).map(|proxy| proxy.variable);
        let found = proxies(&[("HTTPS_PROXY", "http://a"), ("https_proxy", "http://b"), ("ALL_PROXY", "http://c")]);
        assert_eq!(
            (variable(&found, "https://h"), variable(&found, "http://h")),
            (Some("https_proxy"), Some("ALL_PROXY"))
        );
        let emptied = proxies(&[("HTTPS_PROXY", "http://a"), ("https_proxy", "")]);
        assert_eq!(variable(&emptied, "https://h"), None);
        let cgi = proxies(&[("HTTP_PROXY", "http://a"), ("REQUEST_METHOD", "GET")]);
        assert_eq!(variable(&cgi, "http://h"), None);
    }

    #[test]
    fn hosts_bypass_a_proxy_as_with_requests() {
        for (hosts, uri, expected) in [
            ("*", "http://mlflow:5000", true),
            ("*", "http://10.0.0.5:5000", true),
            ("*", "http://[::1]:5000", true),
            ("a, *", "http://10.0.0.5", true),
            ("example.com", "http://mlflow.example.com", true),
            (".example.com", "http://mlflow.example.com/x", true),
            ("example.com", "http://notexample.com", false),
            ("MLflow.example.com", "http://mlflow.EXAMPLE.com", true),
            ("mlflow:5000", "http://mlflow:5000", true),
            ("mlflow:5000", "http://mlflow:5001", false),
            ("10.0.0.0/8", "http://10.1.2.3:5000", true),
            ("10.0.0.0/8", "http://11.1.2.3:5000", false),
            ("127.0.0.1", "http://127.0.0.1:5000", true),
            ("", "http://mlflow", false),
        ] {
            let found = proxies(&[("all_proxy", "http://p"), ("no_proxy", hosts)]);
            assert_eq!(found.proxy_for(uri).is_none(), expected, "{hosts} {uri}");
        }
        let both = proxies(&[("http_proxy", "http://p"), ("NO_PROXY", "a"), ("no_proxy", "b")]);
        assert!(both.proxy_for("http://a").is_some() && both.proxy_for("http://b").is_none());
        let fallback = proxies(&[("http_proxy", "http://p"), ("NO_PROXY", "a"), ("no_proxy", "")]);
        assert_eq!(fallback.bypassed_by("http://a"), Some("NO_PROXY"));
    }
}
