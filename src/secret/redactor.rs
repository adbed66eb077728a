//! The redactor of this process.
//!
//! It is a static value and not a parameter: secrets are read far from where text is written, and a writer without the
//! redactor would show a secret unnoticed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use self::store::Store;
use super::secret_names::is_secret_variable;
use super::secrets::{Scope, Secrets};
use super::url::{hide_userinfo, login_in_url, redact_userinfo, secrets_in_query};

/// The secrets that are hidden everywhere.
static REGISTERED: Store = Store::new();

/// The texts that variables and files put into configs.
static INTERPOLATED: Store = Store::new();

/// Registers a secret, which is hidden in all output from now on.
pub fn register(secret: &str) {
    REGISTERED.write(|secrets| secrets.insert(secret));
}

/// Registers a password, also in the form in which it is sent with its user name.
pub fn register_login(username: &str, password: &str) {
    REGISTERED.write(|secrets| secrets.insert_login(username, password));
}

/// Registers a text that a variable or a file put into a config. It need not be a secret, so only
/// [`redact_interpolated`] hides it.
pub fn register_interpolated(text: &str) {
    INTERPOLATED.write(|texts| texts.insert(text));
}

/// Registers the values of variables that are named like secrets, and the logins in URLs that variables hold.
pub fn register_environment(variables: &BTreeMap<String, String>) {
    for (name, value) in variables {
        if is_secret_variable(name, value) {
            register(value);
        }
        if value.contains("://") {
            register_url(value);
        }
    }
}

/// Registers the login of a URL, and the values in its query that are named like secrets.
pub fn register_url(url: &str) {
    if let Some((username, password)) = login_in_url(url) {
        register_login(&username, &password);
    }
    secrets_in_query(url).for_each(|secret| register(&secret));
}

/// Hides the registered secrets in a text of this program.
pub fn redact(text: &str) -> Cow<'_, str> {
    REGISTERED.read(text, |secrets| secrets.hide(text, Scope::Sentence))
}

/// Hides the registered secrets in a text of this program, and the login and query of every URL in it.
pub fn redact_message(text: &str) -> String {
    hide_all(text).into_owned()
}

/// Does the same as [`redact_message`] in place, and copies only a text that changes. A batch keeps thousands of texts.
pub fn redact_in_place(text: &mut String) {
    if let Cow::Owned(redacted) = hide_all(text) {
        *text = redacted;
    }
}

fn hide_all(text: &str) -> Cow<'_, str> {
    match redact(text) {
        Cow::Borrowed(text) => hide_userinfo(text),
        Cow::Owned(text) => Cow::Owned(redact_userinfo(&text)),
    }
}

/// Hides the registered secrets in a text from outside, including short ones that stand alone as a value.
pub fn redact_foreign(text: &str) -> Cow<'_, str> {
    REGISTERED.read(text, |secrets| secrets.hide(text, Scope::Value))
}

/// Hides what variables and files put into a part of a config, and the registered secrets.
pub fn redact_interpolated(text: &str) -> String {
    let shown = INTERPOLATED.read(text, |texts| texts.hide(text, Scope::Value));
    redact_foreign(&shown).into_owned()
}

/// Returns whether a text of a config contains a registered secret that is too long to match by chance.
pub fn contains_secret(text: &str) -> bool {
    matches!(REGISTERED.read(text, |secrets| secrets.hide(text, Scope::Config)), Cow::Owned(_))
}

#[cfg(not(test))]
mod store {
    use std::borrow::Cow;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{LazyLock, PoisonError, RwLock};

    use super::Secrets;

    pub(super) struct Store {
        secrets: LazyLock<RwLock<Secrets>>,
        /// Avoids taking the lock while there is no secret.
        has_any: AtomicBool,
    }

    impl Store {
        pub(super) const fn new() -> Self {
            Self { secrets: LazyLock::new(RwLock::default), has_any: AtomicBool::new(false) }
        }

        pub(super) fn write(&self, change: impl FnOnce(&mut Secrets)) {
            change(&mut self.secrets.write().unwrap_or_else(PoisonError::into_inner));
            self.has_any.store(true, Ordering::Release);
        }

        pub(super) fn read<'t>(&self, text: &'t str, hide: impl FnOnce(&Secrets) -> Cow<'t, str>) -> Cow<'t, str> {
            match self.has_any.load(Ordering::Acquire) {
                true => hide(&self.secrets.read().unwrap_or_else(PoisonError::into_inner)),
                false => Cow::Borrowed(text),
            }
        }
    }
}

/// Stores for unit tests. Each thread has its own secrets, because tests run in parallel threads.
#[cfg(test)]
mod store {
    use std::borrow::Cow;
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::ptr;

    use super::Secrets;

    thread_local! {
        static SECRETS: RefCell<HashMap<*const Store, Secrets>> = RefCell::default();
    }

    /// Not zero-sized, so that every store has its own address.
    pub(super) struct Store(#[expect(dead_code, reason = "only its address counts")] u8);

    impl Store {
        pub(super) const fn new() -> Self {
            Self(0)
        }

        pub(super) fn write(&self, change: impl FnOnce(&mut Secrets)) {
            SECRETS.with_borrow_mut(|all| change(all.entry(ptr::from_ref(self)).or_default()));
        }

        pub(super) fn read<'t>(&self, _: &'t str, hide: impl FnOnce(&Secrets) -> Cow<'t, str>) -> Cow<'t, str> {
            SECRETS.with_borrow_mut(|all| hide(all.entry(ptr::from_ref(self)).or_default()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_redacted_in_place_only_where_it_holds_something_to_hide() {
        register("hunter22");
        for text in ["hunter22 at http://me:pw@h/x?token=1", "http://h/x?y", "me@h hunter22", "http://h/x", "plain"] {
            let mut redacted = text.to_owned();
            redact_in_place(&mut redacted);
            assert_eq!(redacted, redact_message(text));
            assert_eq!(redacted == text, !text.contains(['?', '2']), "{text}");
        }
    }

    #[test]
    fn the_working_directory_in_pwd_is_not_a_password() {
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
    fn variables_named_like_secrets_and_logins_in_urls_are_registered() {
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
        let shown = redact(
            "hunter22 hunt@er33 bWU6aHVudEBlcjMz production true /var/run/token proxy:8080 /srv /me bikeshop Champion",
        );
        assert_eq!(shown, "*** *** *** production true /var/run/token proxy:8080 /srv /me bikeshop Champion");
    }

    #[test]
    fn an_interpolated_text_is_hidden_only_in_the_part_of_the_config_it_fills() {
        register_interpolated("production");
        assert_eq!(redact("stage production"), "stage production");
        assert_eq!(redact_interpolated("tags.stage = 'production'"), "tags.stage = '***'");
    }
}
