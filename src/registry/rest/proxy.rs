//! The proxies that the variables of a process name. The HTTP client finds them by itself, and is silent about one that
//! it cannot read: requests would go around it unseen.

use std::collections::BTreeMap;

use http::Uri;

/// The variables, by the scheme of the address that requests are for.
const VARIABLES: [(&str, &[&str]); 2] = [
    ("http", &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]),
    ("https", &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
];

/// A variable that names a proxy. What it says is not kept: it may hold a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it, fit to follow the variable.
    pub fault: Option<&'static str>,
}

/// Finds the proxy for each scheme.
pub(super) fn proxies(variables: &BTreeMap<String, String>) -> BTreeMap<&'static str, Proxy> {
    let named = |names: &'static [&'static str]| {
        let set = names.iter().find_map(|name| Some((*name, variables.get(*name).filter(|value| !value.is_empty())?)));
        set.map(|(variable, value)| Proxy { variable, fault: fault(value) })
    };
    VARIABLES.iter().filter_map(|(scheme, names)| Some((*scheme, named(names)?))).collect()
}

fn fault(value: &str) -> Option<&'static str> {
    match value.parse::<Uri>().ok().as_ref().map(|uri| uri.scheme_str().unwrap_or("http")) {
        Some("http" | "https") => None,
        Some("socks4" | "socks4a" | "socks5" | "socks5h") => {
            Some("names a SOCKS proxy, which is not spoken to: name one with `http://`, or the host in NO_PROXY")
        }
        _ => Some(
            "is no address of a proxy, so that requests go around it: write `http://user:password@proxy:3128`, with \
                  `%40` for an `@` and `%20` for a blank in the password",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_requests_would_go_around_is_known_and_not_shown() {
        for (value, said) in [
            ("http://me:hunter2@proxy:3128", None),
            ("https://proxy", None),
            ("proxy:3128", None),
            ("socks5://proxy:1080", Some("SOCKS")),
            ("ftp://proxy", Some("go around it")),
            ("http://me:hunt er2@proxy:3128", Some("go around it")),
        ] {
            let found = proxies(&[("HTTP_PROXY".to_owned(), value.to_owned())].into());
            let fault = found["http"].fault;
            assert_eq!(fault.is_some(), said.is_some(), "{value}");
            assert!(fault.unwrap_or_default().contains(said.unwrap_or_default()), "{value}: {fault:?}");
            assert!(!found.contains_key("https") && !format!("{found:?}").contains("hunt"), "{found:?}");
        }
    }

    #[test]
    fn an_empty_variable_names_no_proxy_and_the_first_that_is_set_counts() {
        let set = [("HTTPS_PROXY", ""), ("https_proxy", "http://b"), ("ALL_PROXY", "http://c")];
        let found = proxies(&set.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert_eq!((found["https"].variable, found["http"].variable), ("https_proxy", "ALL_PROXY"));
    }
}
