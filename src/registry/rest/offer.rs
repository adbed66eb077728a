//! Which of the logins that are offered counts.

use std::fmt;

use super::address::Address;
use super::options::Login;
use super::surroundings::Surroundings;
use crate::registry::Result;
use crate::secret::{Secret, SecretUri};

/// The logins that a config offers for an address.
#[derive(Debug)]
pub struct Offer {
    /// What the names of its fields begin with.
    pub prefix: &'static str,
    /// The user.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The bearer token.
    pub token: Option<Secret>,
    /// Whether `~/.mlflow/credentials` fills in a user or a password that is missing.
    pub reads_credentials: bool,
    /// Whether requests are signed for AWS instead.
    #[cfg(feature = "sigv4")]
    pub signs: bool,
}

/// The login that counts beside one that is in the address, and what is to be told of those that do not.
#[derive(Debug, PartialEq)]
pub struct Chosen {
    /// The login.
    pub login: Login,
    /// The field or the file that holds its password or token.
    pub place: Option<String>,
    /// Those that are ignored.
    pub ignored: Vec<Ignored>,
}

/// A field of a login that nobody looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The field.
    pub field: String,
    /// Why, fit to follow a colon.
    pub why: &'static str,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is ignored: {}", self.field, self.why)
    }
}

impl Offer {
    /// Chooses as MLflow's client does: a signature for AWS, where that is wanted; the login in the address, then a user with a password, then the token. Only
    /// where there is none of these, and not before them as there, `~/.netrc` counts: what a user wrote for MLflow is
    /// never replaced by what was written for `curl`.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](crate::registry::Error::Misconfigured) when the address or a file cannot be used.
    pub fn choose(mut self, uri: &SecretUri, surroundings: &Surroundings) -> Result<Chosen> {
        let (address, in_address) = Address::parse(uri)?;
        #[cfg(feature = "sigv4")]
        if self.signs {
            return self.signed(&in_address, surroundings);
        }
        if in_address != Login::None {
            let ignored = self.given().into_iter().map(|field| unused(field, "the address has a login of its own"));
            return Ok(Chosen { login: Login::None, place: None, ignored: ignored.collect() });
        }
        let field = |part| Some(format!("{}_{part}", self.prefix));
        let of_password =
            if self.password.is_some() { field("password") } else { Some("~/.mlflow/credentials".to_owned()) };
        let of_token = field("token");
        if self.reads_credentials && (self.username.is_none() || self.password.is_none()) {
            let (username, password) = surroundings.credentials()?;
            self.username = self.username.or(username);
            self.password = self.password.or(password);
        }
        let given = self.given();
        Ok(match (self.username, self.password, self.token) {
            (Some(username), Some(password), token) => Chosen {
                login: Login::Basic { username, password },
                place: of_password,
                ignored: given
                    .into_iter()
                    .filter(|field| token.is_some() && field.ends_with("token"))
                    .map(|field| unused(field, "a user with a password wins over it"))
                    .collect(),
            },
            (username, password, Some(token)) => {
                let halves = username.is_some() || password.is_some();
                let ignored = given.into_iter().filter(|field| halves && !field.ends_with("token"));
                let ignored = ignored.map(|field| unused(field, "it is half of a login, and there is a token"));
                Chosen { login: Login::Bearer(token), place: of_token, ignored: ignored.collect() }
            }
            (_, _, None) => {
                let ignored = given.into_iter().map(|field| unused(field, "the other half of the login is missing"));
                let login = from_netrc(&address, surroundings);
                let place = (login != Login::None).then(|| "the netrc file".to_owned());
                Chosen { login, place, ignored: ignored.collect() }
            }
        })
    }

    #[cfg(feature = "sigv4")]
    fn signed(&self, in_address: &Login, surroundings: &Surroundings) -> Result<Chosen> {
        let in_address = (*in_address != Login::None).then(|| "the login in the address".to_owned());
        let why = "requests are signed for AWS (tracking_aws_sigv4)";
        let ignored = self.given().into_iter().chain(in_address).map(|given| unused(given, why)).collect();
        let found = surroundings.aws_keys()?;
        Ok(Chosen { login: Login::Signed(found.keys), place: Some(found.place), ignored })
    }

    /// Returns the fields that say something.
    fn given(&self) -> Vec<String> {
        let fields = [
            ("username", self.username.is_some()),
            ("password", self.password.is_some()),
            ("token", self.token.is_some()),
        ];
        let given = fields.into_iter().filter(|(_, is_given)| *is_given);
        given.map(|(field, _)| format!("{}_{field}", self.prefix)).collect()
    }
}

fn from_netrc(address: &Address, surroundings: &Surroundings) -> Login {
    match address.host().and_then(|host| surroundings.netrc(host)) {
        Some((username, password)) => Login::Basic { username, password },
        None => Login::None,
    }
}

fn unused(field: String, why: &'static str) -> Ignored {
    Ignored { field, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "http://h:5000";

    fn choose(uri: &str, username: &str, password: &str, token: &str) -> Chosen {
        let secret = |text: &str| Some(Secret::new(text)).filter(|text| !text.is_empty());
        let offer = Offer {
            prefix: "tracking",
            username: Some(username.to_owned()).filter(|text| !text.is_empty()),
            password: secret(password),
            token: secret(token),
            reads_credentials: true,
            #[cfg(feature = "sigv4")]
            signs: false,
        };
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("netrc"), "machine h login net password netpw\n").unwrap();
        let netrc = home.path().join("netrc").to_string_lossy().into_owned();
        offer.choose(&SecretUri::new(uri), &Surroundings::of(&[("NETRC".to_owned(), netrc)].into())).unwrap()
    }

    fn basic(username: &str, password: &str) -> Login {
        Login::Basic { username: username.into(), password: Secret::new(password) }
    }

    #[test]
    fn the_order_is_that_of_mlflow_with_netrc_last() {
        let place = Some("tracking_password".to_owned());
        assert_eq!(choose(PLAIN, "me", "pw", ""), Chosen { login: basic("me", "pw"), place, ignored: vec![] });
        assert_eq!(choose(PLAIN, "me", "pw", "tok").login, basic("me", "pw"));
        assert_eq!(choose(PLAIN, "", "", "tok").login, Login::Bearer(Secret::new("tok")));
        assert_eq!(choose(PLAIN, "", "", "").login, basic("net", "netpw"));
        assert_eq!(choose("http://other", "", "", "").login, Login::None);
        // The client itself takes the login out of the address.
        assert_eq!(choose("http://you:secret@h", "me", "pw", "").login, Login::None);
    }

    #[test]
    fn what_is_ignored_is_told() {
        let ignored = |uri, username, password, token| {
            let ignored = choose(uri, username, password, token).ignored;
            ignored.iter().map(Ignored::to_string).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(ignored(PLAIN, "me", "pw", "tok"), "tracking_token is ignored: a user with a password wins over it");
        assert_eq!(
            ignored(PLAIN, "me", "", "tok"),
            "tracking_username is ignored: it is half of a login, and there is a token"
        );
        assert_eq!(
            ignored(PLAIN, "", "pw", ""),
            "tracking_password is ignored: the other half of the login is missing"
        );
        let told = ignored("http://you:secret@h", "me", "pw", "");
        assert!(
            told.contains("tracking_username is ignored: the address") && told.contains("tracking_password"),
            "{told}"
        );
    }
}
