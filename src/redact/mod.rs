//! The redactor: hides every secret of this process in whatever is shown.
//!
//! A secret is registered when it is made ([`register`], which [`Secret::new`](crate::secret::Secret::new) calls), and
//! is looked for in each of the forms that a program, a server or a document may write it in. What is written to a
//! stream, put into a result or quoted from outside goes through [`redact`] before anything of it is cut.
//!
//! The registry is one value of the process rather than one that is handed down: a secret is read far from where text
//! is shown, and a sink that was not handed the registry would show the secret without anybody noticing.
//!
//! What is promised: a secret of at least four characters is hidden wherever it stands. A shorter one is part of so many
//! words that hiding it would spoil every sentence, and thereby tell it: it is hidden only in text from outside, and
//! only where it stands alone as a value, such as `pin=42`, `"42"` or `me:42@`.

mod forms;
mod json;
mod names;
mod secrets;
mod userinfo;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use json::redact_json;
pub use names::names_secret;
pub use secrets::{REDACTED, Scope, Secrets};
pub(crate) use userinfo::may_be_login;
pub use userinfo::{redact_in_place, redact_message, redact_userinfo};

/// Registers a secret: from now on it is hidden in all that is shown.
pub fn register(secret: &str) {
    registry::write(|known| known.insert(secret));
}

/// Registers a password, also as it goes over the wire with its user name.
pub fn register_login(username: &str, password: &str) {
    registry::write(|known| known.insert_login(username, password));
}

/// Registers a text that a variable or a file put into a config. It may be no secret: it is hidden only where a message
/// repeats that part of the config, by [`hide_filled_in`].
pub fn register_filled_in(text: &str) {
    registry::write_filled_in(|known| known.insert(text));
}

/// Registers the variables whose names say that they hold a secret, and the logins in addresses that variables hold.
pub fn register_environment(variables: &BTreeMap<String, String>) {
    for (name, value) in variables {
        if names::is_secret_variable(name, value) {
            register(value);
        }
        if value.contains("://") {
            register_address(value);
        }
    }
}

/// Registers the login of an address, where it has one, and what its query gives under the name of a secret.
pub fn register_address(address: &str) {
    if let Some((username, password)) = names::login_in(address) {
        register_login(&username, &password);
    }
    names::secrets_in_query(address).for_each(|secret| register(&secret));
}

/// Hides the secrets of this process in a text of the program's own.
pub fn redact(text: &str) -> Cow<'_, str> {
    registry::read(|known| known.hide(text, Scope::Sentence), text)
}

/// Hides the secrets of this process in a text from outside, also short ones that stand alone as a value.
pub fn redact_foreign(text: &str) -> Cow<'_, str> {
    registry::read(|known| known.hide(text, Scope::Value), text)
}

/// Returns whether a text of a config repeats a secret of this process that is too long to be a word by chance.
pub fn repeats_secret(text: &str) -> bool {
    matches!(registry::read(|known| known.hide(text, Scope::Config), text), Cow::Owned(_))
}

/// Hides what variables and files put into a part of a config that is shown, and the secrets of this process.
pub fn hide_filled_in(text: &str) -> String {
    let shown = registry::read_filled_in(|known| known.hide(text, Scope::Value), text);
    redact_foreign(&shown).into_owned()
}

/// The secrets of this process.
#[cfg(not(test))]
mod registry {
    use std::borrow::Cow;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{LazyLock, PoisonError, RwLock};

    use super::Secrets;

    struct Registry {
        secrets: LazyLock<RwLock<Secrets>>,
        /// Whether there is a secret at all; without one there is nothing to look for.
        any: AtomicBool,
    }

    static KNOWN: Registry = Registry { secrets: LazyLock::new(RwLock::default), any: AtomicBool::new(false) };
    static FILLED_IN: Registry = Registry { secrets: LazyLock::new(RwLock::default), any: AtomicBool::new(false) };

    impl Registry {
        fn write(&self, change: impl FnOnce(&mut Secrets)) {
            change(&mut self.secrets.write().unwrap_or_else(PoisonError::into_inner));
            self.any.store(true, Ordering::Release);
        }

        fn read<'t>(&self, hide: impl FnOnce(&Secrets) -> Cow<'t, str>, text: &'t str) -> Cow<'t, str> {
            match self.any.load(Ordering::Acquire) {
                true => hide(&self.secrets.read().unwrap_or_else(PoisonError::into_inner)),
                false => Cow::Borrowed(text),
            }
        }
    }

    pub(super) fn write(change: impl FnOnce(&mut Secrets)) {
        KNOWN.write(change);
    }

    pub(super) fn read<'t>(hide: impl FnOnce(&Secrets) -> Cow<'t, str>, text: &'t str) -> Cow<'t, str> {
        KNOWN.read(hide, text)
    }

    pub(super) fn write_filled_in(change: impl FnOnce(&mut Secrets)) {
        FILLED_IN.write(change);
    }

    pub(super) fn read_filled_in<'t>(hide: impl FnOnce(&Secrets) -> Cow<'t, str>, text: &'t str) -> Cow<'t, str> {
        FILLED_IN.read(hide, text)
    }
}

/// The secrets of one test: tests of one process run side by side, each on a thread of its own.
#[cfg(test)]
mod registry {
    use std::borrow::Cow;
    use std::cell::RefCell;

    use super::Secrets;

    thread_local! {
        static KNOWN: RefCell<Secrets> = RefCell::default();
        static FILLED_IN: RefCell<Secrets> = RefCell::default();
    }

    pub(super) fn write(change: impl FnOnce(&mut Secrets)) {
        KNOWN.with_borrow_mut(change);
    }

    pub(super) fn read<'t>(hide: impl FnOnce(&Secrets) -> Cow<'t, str>, _: &'t str) -> Cow<'t, str> {
        KNOWN.with_borrow(hide)
    }

    pub(super) fn write_filled_in(change: impl FnOnce(&mut Secrets)) {
        FILLED_IN.with_borrow_mut(change);
    }

    pub(super) fn read_filled_in<'t>(hide: impl FnOnce(&Secrets) -> Cow<'t, str>, _: &'t str) -> Cow<'t, str> {
        FILLED_IN.with_borrow(hide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_shell_is_no_password() {
        let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let variables =
            [variable("PWD", "/srv/jobs"), variable("OLDPWD", "/srv/old"), variable("DB_PWD", "/x/hunter2")];
        register_environment(&variables.into());
        assert_eq!(redact("/srv/jobs /srv/old /x/hunter2"), "/srv/jobs /srv/old ***");
    }

    #[test]
    fn a_registered_secret_is_hidden_from_then_on() {
        assert_eq!(redact("token hunter22"), "token hunter22");
        register("hunter22");
        assert_eq!(redact("token hunter22"), "token ***");
    }

    #[test]
    fn variables_that_name_secrets_and_logins_in_addresses_are_known() {
        let variables = [
            ("DEPLOY_TOKEN", "hunter22"),
            ("HTTPS_PROXY", "http://me:hunt%40er33@proxy:8080"),
            ("STAGE", "production"),
            ("USE_TOKEN", "true"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token"),
            ("PWD", "/srv"),
            ("OLDPWD", "/me"),
            ("MODEL_KEY", "bikeshop"),
            ("TARGET_TOKEN", "Champion"),
        ];
        register_environment(&variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let said = redact(
            "hunter22 hunt@er33 bWU6aHVudEBlcjMz production true /var/run/token proxy:8080 /srv /me bikeshop Champion",
        );
        assert_eq!(said, "*** *** *** production true /var/run/token proxy:8080 /srv /me bikeshop Champion");
    }

    #[test]
    fn what_fills_in_a_config_is_hidden_only_where_that_part_of_it_is_shown() {
        register_filled_in("production");
        assert_eq!(redact("stage production"), "stage production");
        assert_eq!(hide_filled_in("tags.stage = 'production'"), "tags.stage = '***'");
    }
}
