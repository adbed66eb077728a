//! The URL of a mail server, with the TLS mode and the login.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::secret::{ADDRESS, KIND_OF_TEXT, REDACTED, Secret, Secrets, register_login};

/// A mail server, written as `smtps://user:password@host:465` or `smtp://host:587?tls=required`. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SmtpUrl {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Protection,
    pub(super) login: Option<Login>,
}

/// The TLS mode of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// TLS from the start of the connection.
    Wrapped,
    /// TLS after `STARTTLS`, which the server must offer.
    Required,
    /// TLS after `STARTTLS`, if the server offers it.
    Opportunistic,
    /// No TLS.
    Absent,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: Secret,
    pub(super) password: Secret,
}

impl SmtpUrl {
    /// Parses a URL. No error quotes a part of it, because any part may be the password.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| {
            "this is no mail server's address, such as `smtps://mail.example.com:465`; a login goes before the host, as \
             `user:password@`, and in it `@`, `/`, `:`, `?`, `#` and `%` are written `%40`, `%2F`, `%3A`, `%3F`, `%23` \
             and `%25`"
        })?;
        let (wrapped, default_port) = match url.scheme() {
            "smtps" => (true, 465),
            "smtp" => (false, 587),
            _ => return Err("a mail server's address begins with `smtps://` or `smtp://`"),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("the mail server's address has no host")?;
        if host.contains('%') {
            return Err("the mail server's host is no ASCII name; write its `xn--` form");
        }
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err("the mail server's address goes on after the port; write `/` and `#` in a password as \
                        `%2F` and `%23`");
        }
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(default_port),
            tls: protection(wrapped, url.query())?,
            login: login(&url)?,
        })
    }

    /// Returns the host and the login, also in the encodings of SMTP. A server may repeat them.
    pub(super) fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::new([&self.host]);
        if let Some(Login { user, password }) = &self.login {
            secrets.insert(user.expose());
            secrets.insert_login(user.expose(), password.expose());
        }
        secrets
    }
}

impl Login {
    fn new(user: String, password: String) -> Self {
        register_login(&user, &password);
        Self { user: Secret::unregistered(user), password: Secret::new(password) }
    }
}

fn protection(wrapped: bool, query: Option<&str>) -> Result<Protection, &'static str> {
    match (wrapped, query) {
        (true, None) => Ok(Protection::Wrapped),
        (true, Some(_)) => Err("`smtps://` is TLS from the start, and takes nothing after a `?`"),
        (false, None | Some("tls=required")) => Ok(Protection::Required),
        (false, Some("tls=opportunistic")) => Ok(Protection::Opportunistic),
        (false, Some("tls=none")) => Ok(Protection::Absent),
        (false, Some(_)) => Err("after a `?` the mail server's address takes `tls=required`, `tls=opportunistic` or \
                                 `tls=none`; write `?` in a password as `%3F`"),
    }
}

fn login(url: &Url) -> Result<Option<Login>, &'static str> {
    let plain = |part: &str| {
        let text = percent_decode_str(part).decode_utf8().map(Cow::into_owned);
        text.map_err(|_| "the login in the mail server's address is no UTF-8 text")
    };
    match (plain(url.username())?, url.password().map(plain).transpose()?) {
        (user, None) if user.is_empty() => Ok(None),
        (user, Some(password)) if !user.is_empty() => Ok(Some(Login::new(user, password))),
        _ => Err("the login in the mail server's address is incomplete; write `user:password@`, or leave it out"),
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl<'de> Deserialize<'de> for SmtpUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Secret::deserialize(deserializer)?;
        Self::parse(text.expose()).map_err(de::Error::custom)
    }
}

impl JsonSchema for SmtpUrl {
    fn schema_name() -> Cow<'static, str> {
        "SmtpUrl".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true, KIND_OF_TEXT: ADDRESS })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, u16, &'static str, Option<(String, String)>) {
        let url = SmtpUrl::parse(text).unwrap();
        let tls = match url.tls {
            Protection::Wrapped => "wrapped",
            Protection::Required => "required",
            Protection::Opportunistic => "opportunistic",
            Protection::Absent => "absent",
        };
        let login = url.login.map(|login| (login.user.expose().to_owned(), login.password.expose().to_owned()));
        (url.host, url.port, tls, login)
    }

    #[test]
    fn a_url_names_host_port_protection_and_login() {
        let login = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        let cases = [
            ("smtps://mail.example.com", ("mail.example.com", 465, "wrapped", None)),
            ("smtp://mail", ("mail", 587, "required", None)),
            ("smtp://127.0.0.1:25?tls=none", ("127.0.0.1", 25, "absent", None)),
            ("smtp://[::1]:25/?tls=opportunistic", ("::1", 25, "opportunistic", None)),
            ("smtps://me:p%40ss%2F@h:4650", ("h", 4650, "wrapped", login("me", "p@ss/"))),
            ("smtp://me%40h.com:p@ss@h?tls=required", ("h", 587, "required", login("me@h.com", "p@ss"))),
        ];
        for (text, (host, port, tls, login)) in cases {
            assert_eq!(parsed(text), (host.to_owned(), port, tls, login), "{text}");
        }
    }

    #[test]
    fn an_invalid_url_is_rejected_and_no_error_repeats_it() {
        let cases = [
            ("mail.example.com", "no mail server's address"),
            ("https://me:hunter2@host", "begins with `smtps://` or `smtp://`"),
            ("smtp://", "no host"),
            ("smtp://me:hunter2/x@host", "no mail server's address"),
            ("smtp://me:1/hunter2@host", "goes on after the port"),
            ("smtp://me:1#hunter2@host", "goes on after the port"),
            ("smtp://me:1?hunter2@host", "after a `?`"),
            ("smtp://h?tls=hunter2", "after a `?`"),
            ("smtps://h?tls=none", "TLS from the start"),
            ("smtp://hunter2@host", "incomplete"),
            ("smtp://:hunter2@host", "incomplete"),
            ("smtp://me:%FF@host", "no UTF-8"),
            ("smtp://höst", "no ASCII name"),
        ];
        for (text, why) in cases {
            let error = SmtpUrl::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn secrets_in_a_server_response_are_redacted_in_every_encoding() {
        let server = SmtpUrl::parse("smtp://ann%40h:hunter2@mail.example.com").unwrap();
        let answer = "550 mail.example.com: ann@h hunter2 YW5uQGg= aHVudGVyMg== AGFubkBoAGh1bnRlcjI= is no login";
        assert_eq!(
            server.secrets().hide(answer, crate::secret::Scope::Value),
            "550 ***: *** *** *** *** *** is no login"
        );
    }

    #[test]
    fn debug_and_errors_never_show_the_url() {
        let url: SmtpUrl = serde_yaml::from_str("smtps://me:hunter2@mail.example.com").unwrap();
        assert_eq!(format!("{url:?}"), "***");
        let error = serde_yaml::from_str::<SmtpUrl>("ftp://me:hunter2@mail").unwrap_err().to_string();
        assert!(!error.contains("hunter2") && error.contains("smtps://"), "{error}");
    }
}
