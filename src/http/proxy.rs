//! The proxies that the variables of a process name, found as Python's `requests` finds them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use ::http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::Url;

/// The variables, by the scheme of the address that requests are for. Of each pair the one in lower case wins, also where
/// it is empty.
const VARIABLES: [(&str, [[&str; 2]; 2]); 2] = [
    ("http", [["http_proxy", "HTTP_PROXY"], ["all_proxy", "ALL_PROXY"]]),
    ("https", [["https_proxy", "HTTPS_PROXY"], ["all_proxy", "ALL_PROXY"]]),
];

/// What says that a process answers to a web server, whose clients then choose HTTP_PROXY by a header `Proxy`.
const CGI: &str = "REQUEST_METHOD";

/// A variable that names a proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it, fit to follow the variable.
    pub fault: Option<&'static str>,
    /// Its address, with a login in it; none where that cannot be read, so that requests go around it.
    address: Option<Url>,
}

/// The proxies for each scheme, and the hosts that need none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    named: BTreeMap<&'static str, Proxy>,
    /// The variable that names those hosts, and what it says.
    spared: Option<(&'static str, String)>,
}

impl Proxies {
    /// Finds them among the variables of a process.
    pub fn of(variables: &BTreeMap<String, String>) -> Self {
        let is_cgi = variables.contains_key(CGI);
        let value = |name: &str| variables.get(name).map(|value| value.trim());
        let named = |pairs: [[&'static str; 2]; 2]| {
            let set = pairs.into_iter().filter_map(|pair| pair.into_iter().find_map(|name| Some((name, value(name)?))));
            let mut set = set.filter(|(name, value)| !(value.is_empty() || is_cgi && *name == "HTTP_PROXY"));
            set.next().map(|(variable, value)| Proxy::read(variable, value))
        };
        let named = VARIABLES.into_iter().filter_map(|(scheme, pairs)| Some((scheme, named(pairs)?))).collect();
        let set = |name: &'static str| Some((name, value(name).filter(|hosts| !hosts.is_empty())?.to_owned()));
        Self { named, spared: set("no_proxy").or_else(|| set("NO_PROXY")) }
    }

    /// Returns those of this process.
    pub(crate) fn of_process() -> &'static Self {
        static FOUND: LazyLock<Proxies> = LazyLock::new(|| {
            let texts = std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
            Proxies::of(&texts.collect())
        });
        &FOUND
    }

    /// Returns whether there is none for any address.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// Returns the proxy that requests to an address go through.
    pub fn through(&self, address: &str) -> Option<&Proxy> {
        self.named(address).filter(|_| self.spared_by(address).is_none())
    }

    /// Returns the proxy for the scheme of an address, whether or not its host is spared.
    pub fn named(&self, address: &str) -> Option<&Proxy> {
        self.named.get(address.split_once("://")?.0)
    }

    /// Returns the variable that spares the host of an address.
    pub fn spared_by(&self, address: &str) -> Option<&'static str> {
        let (variable, hosts) = self.spared.as_ref()?;
        spares(hosts, address).then_some(*variable)
    }
}

/// Returns whether a list of hosts holds that of an address.
fn spares(hosts: &str, address: &str) -> bool {
    let Some(uri) = address.parse::<Uri>().ok().filter(|uri| uri.host().is_some()) else { return false };
    let entries = || hosts.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let authority = uri.authority().map(|authority| authority.as_str().rsplit('@').next().unwrap_or_default());
    let is_alike = |entry: &str| {
        let (entry, authority) = (entry.trim_start_matches('.').to_lowercase(), authority.unwrap_or_default());
        let authority = authority.to_lowercase();
        authority == entry || authority.ends_with(&format!(".{entry}"))
    };
    // What the library does not know: a star for hosts that are numbers, and entries with a port.
    if entries().any(|entry| entry == "*" || (entry.contains(':') && is_alike(entry))) {
        return true;
    }
    let list = entries().collect::<Vec<_>>().join(",");
    Matcher::builder().all("http://proxy.invalid").no(list).build().intercept(&uri).is_none()
}

impl Proxy {
    fn read(variable: &'static str, value: &str) -> Self {
        let address = address(value);
        let fault = match address.as_ref().map(Url::scheme) {
            Some("http" | "https") => None,
            Some(_) => {
                Some("names a SOCKS proxy, which is not supported: name one with `http://`, or the host in NO_PROXY")
            }
            None => Some(
                "is no address of a proxy, so that requests go around it: write `http://proxy:3128`, with `%20` for a \
                 blank in its password",
            ),
        };
        Self { variable, fault, address }
    }

    /// Returns its address with the login, for the one place that connects.
    pub(crate) fn expose(&self) -> Option<&Url> {
        self.address.as_ref()
    }
}

/// Reads the address of a proxy. As with `requests`, the last `@` ends the login, and what is no escape stands for itself.
fn address(value: &str) -> Option<Url> {
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

/// Shows the address without the login, and the variable.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address.as_ref().and_then(|url| Some((url.scheme(), url.host_str()?, url.port_or_known_default()))) {
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
        Proxies::of(&variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_proxy_that_requests_would_go_around_is_known_and_not_shown() {
        for (value, said) in [
            ("http://me:hunter2@proxy:3128", None),
            ("https://proxy", None),
            ("proxy:3128", None),
            ("socks5://proxy:1080", Some("SOCKS")),
            ("ftp://proxy", Some("go around it")),
            ("http://me:hunt er2@proxy:3128", Some("go around it")),
            ("http://me:hunt/er2@proxy:3128", Some("go around it")),
        ] {
            let found = proxies(&[("HTTP_PROXY", value)]);
            let fault = found.through("http://h").unwrap().fault;
            assert_eq!(fault.is_some(), said.is_some(), "{value}");
            assert!(fault.unwrap_or_default().contains(said.unwrap_or_default()), "{value}: {fault:?}");
            let told = format!("{found:?} {}", found.through("http://h").unwrap());
            assert!(found.through("https://h").is_none() && !told.contains("hunt"), "{told}");
        }
    }

    #[test]
    fn a_password_may_hold_what_an_address_may_not() {
        for (value, password) in [
            ("http://me:p@ss@proxy:3128", "p@ss"),
            ("http://me:p%40ss@proxy:3128", "p@ss"),
            ("me:100%@proxy:3128", "100%"),
            ("http://me:a:b@proxy:3128", "a:b"),
        ] {
            let found = proxies(&[("http_proxy", value)]);
            let url = found.through("http://h").unwrap().expose().unwrap().clone();
            assert_eq!(percent_decode_str(url.password().unwrap()).decode_utf8_lossy(), password, "{value}");
            assert_eq!((url.host_str(), url.port()), (Some("proxy"), Some(3128)), "{value}");
            assert_eq!(found.through("http://h").unwrap().to_string(), "the proxy http://proxy:3128 (http_proxy)");
        }
    }

    #[test]
    fn the_variable_in_lower_case_wins_as_with_requests() {
        let variable = |found: &Proxies, uri: &str| found.through(uri).map(|proxy| proxy.variable);
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
    fn hosts_are_spared_as_requests_spares_them() {
        for (hosts, uri, spared) in [
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
            assert_eq!(found.through(uri).is_none(), spared, "{hosts} {uri}");
        }
        let both = proxies(&[("http_proxy", "http://p"), ("NO_PROXY", "a"), ("no_proxy", "b")]);
        assert!(both.through("http://a").is_some() && both.through("http://b").is_none());
        let fallen_back = proxies(&[("http_proxy", "http://p"), ("NO_PROXY", "a"), ("no_proxy", "")]);
        assert_eq!(fallen_back.spared_by("http://a"), Some("NO_PROXY"));
    }
}
