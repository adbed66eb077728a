//! Which of the logins that are offered counts.

use std::fmt;

use super::address::Address;
use super::options::Login;
use super::surroundings::Surroundings;
use crate::registry::Result;
use crate::secret::{Secret, SecretUri};

/// The file of MLflow's own logins.
const CREDENTIALS: &str = "~/.mlflow/credentials";

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
    /// Whether `~/.netrc` counts, and `~/.mlflow/credentials` fills in a user or a password that is missing.
    pub reads_files: bool,
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
    /// Chooses as MLflow's client does: a signature for AWS, where that is wanted; what `~/.netrc` has for the host,
    /// which its HTTP library lets win over all that MLflow knows; the login in the address; a user with a password;
    /// the token.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](crate::registry::Error::Misconfigured) when the address or a file cannot be used.
    pub fn choose(self, uri: &SecretUri, surroundings: &Surroundings) -> Result<Chosen> {
        let (address, in_address) = Address::parse(uri)?;
        #[cfg(feature = "sigv4")]
        if self.signs {
            return self.signed(&in_address, surroundings);
        }
        let host = address.host().filter(|_| self.reads_files);
        let mut chosen = match host.and_then(|host| surroundings.netrc(host)) {
            Some((username, password)) => Chosen {
                login: Login::Basic { username, password },
                place: Some("the netrc file".to_owned()),
                ignored: self.all(
                    &in_address,
                    surroundings,
                    "the netrc file has one for this host, which wins, as with MLflow's client",
                ),
            },
            None => self.of_mlflow(&in_address, surroundings)?,
        };
        if address.names_user_alone() {
            chosen.ignored.push(unused("the user in the address".to_owned(), "it has no password"));
        }
        Ok(chosen)
    }

    fn of_mlflow(mut self, in_address: &Login, surroundings: &Surroundings) -> Result<Chosen> {
        if *in_address != Login::None {
            let ignored = self.given().into_iter().map(|field| unused(field, "the address has a login of its own"));
            return Ok(Chosen { login: Login::None, place: None, ignored: ignored.collect() });
        }
        let field = |part| Some(format!("{}_{part}", self.prefix));
        let of_password = if self.password.is_some() { field("password") } else { Some(CREDENTIALS.to_owned()) };
        let of_token = field("token");
        if self.reads_files && (self.username.is_none() || self.password.is_none()) {
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
                Chosen { login: Login::None, place: None, ignored: ignored.collect() }
            }
        })
    }

    #[cfg(feature = "sigv4")]
    fn signed(&self, in_address: &Login, surroundings: &Surroundings) -> Result<Chosen> {
        let ignored = self.all(in_address, surroundings, "requests are signed for AWS (tracking_aws_sigv4)");
        let found = surroundings.aws_keys()?;
        Ok(Chosen { login: Login::Signed(found.keys), place: Some(found.place), ignored })
    }

    /// Returns every login that MLflow knows, where none of them counts.
    fn all(&self, in_address: &Login, surroundings: &Surroundings, why: &'static str) -> Vec<Ignored> {
        let in_address = (*in_address != Login::None).then(|| "the login in the address".to_owned());
        let is_filed =
            surroundings.credentials().is_ok_and(|(username, password)| username.is_some() && password.is_some());
        let filed = is_filed.then(|| format!("the login in {CREDENTIALS}"));
        self.given().into_iter().chain(in_address).chain(filed).map(|login| unused(login, why)).collect()
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

fn unused(field: String, why: &'static str) -> Ignored {
    Ignored { field, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "http://h:5000";
    const OTHER: &str = "http://other:5000";

    fn choose(uri: &str, username: &str, password: &str, token: &str) -> Chosen {
        let secret = |text: &str| Some(Secret::new(text)).filter(|text| !text.is_empty());
        let offer = Offer {
            prefix: "tracking",
            username: Some(username.to_owned()).filter(|text| !text.is_empty()),
            password: secret(password),
            token: secret(token),
            reads_files: true,
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
    fn the_order_is_that_of_mlflow() {
        let chosen = choose(OTHER, "me", "pw", "");
        assert_eq!((chosen.login, chosen.place.as_deref()), (basic("me", "pw"), Some("tracking_password")));
        assert_eq!(choose(OTHER, "me", "pw", "tok").login, basic("me", "pw"));
        assert_eq!(choose(OTHER, "", "", "tok").login, Login::Bearer(Secret::new("tok")));
        assert_eq!(choose(OTHER, "", "", "").login, Login::None);
        // The client itself takes the login out of the address.
        assert_eq!(choose("http://you:secret@other", "me", "pw", "").login, Login::None);
        for uri in [PLAIN, "http://you:secret@h"] {
            assert_eq!(choose(uri, "me", "pw", "tok").login, basic("net", "netpw"));
        }
    }

    #[test]
    fn what_is_ignored_is_told() {
        let ignored = |uri, username, password, token| {
            let ignored = choose(uri, username, password, token).ignored;
            ignored.iter().map(Ignored::to_string).collect::<Vec<_>>().join("; ")
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
        let told = ignored("http://you:secret@h", "", "", "tok");
        for login in ["tracking_token", "the login in the address"] {
            assert!(told.contains(&format!("{login} is ignored: the netrc file has one")), "{told}");
        }
        let told = ignored("http://you:secret@other", "me", "pw", "");
        assert!(
            told.contains("tracking_username is ignored: the address") && told.contains("tracking_password"),
            "{told}"
        );
    }
}
