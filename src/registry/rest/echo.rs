//! The login of a request, hidden in whatever a server says: some repeat it in their errors.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::options::Login;
use crate::secret::{REDACTED, Secret};

/// The shortest secret that is looked for; a shorter one would hide half of every sentence, and so tell itself.
const MIN_CHARS: usize = 4;

/// What must not be repeated.
#[derive(Clone)]
pub(super) struct Hidden(Vec<Secret>);

impl Hidden {
    /// Returns a login in each of the forms that it is sent in.
    pub(super) fn of(login: &Login) -> Self {
        let forms = match login {
            Login::None => vec![],
            Login::Bearer(token) => vec![token.clone()],
            // A gateway may answer with all that it was to be a signature of, the session among it.
            #[cfg(feature = "sigv4")]
            Login::Signed(keys) => [Some(&keys.secret), keys.session.as_ref()].into_iter().flatten().cloned().collect(),
            Login::Basic { username, password } => {
                let pair = format!("{username}:{}", password.expose());
                let encoded = utf8_percent_encode(password.expose(), NON_ALPHANUMERIC).to_string();
                vec![Secret::new(base64(pair.as_bytes())), password.clone(), Secret::new(encoded)]
            }
        };
        Self(forms.into_iter().filter(|form| form.expose().chars().count() >= MIN_CHARS).collect())
    }

    /// Replaces the login wherever a text repeats it.
    pub(super) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, form| text.replace(form.expose(), REDACTED))
    }
}

/// Encodes as RFC 4648 does, without the padding, which hides nothing.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        text.extend((0..=chunk.len()).map(|at| char::from(LETTERS[bits >> (18 - 6 * at) & 63])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(username: &str, password: &str) -> Hidden {
        Hidden::of(&Login::Basic { username: username.into(), password: Secret::new(password) })
    }

    #[test]
    fn a_login_is_hidden_in_every_form_it_is_sent_in() {
        let hidden = basic("me", "hunter/2");
        let said = hidden.hide("me:hunter/2, me:hunter%2F2, Basic bWU6aHVudGVyLzI=");
        assert_eq!(said, "me:***, me:***, Basic ***=");
        assert_eq!(Hidden::of(&Login::Bearer(Secret::new("t0ken"))).hide("Bearer t0ken"), "Bearer ***");
        assert_eq!(Hidden::of(&Login::None).hide("as it is"), "as it is");
    }

    #[test]
    fn a_secret_too_short_to_be_one_does_not_mangle_what_is_said() {
        assert_eq!(basic("", "a").hide("a model"), "a model");
    }

    #[test]
    fn the_encoding_is_that_of_the_header() {
        let encoded = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(encoded, ["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"]);
    }
}
