//! The login of a host in `~/.netrc`, read as Python's own reader reads it.

use std::io::ErrorKind;
use std::iter::Peekable;
use std::str::Chars;

use super::host_environment::HostEnvironment;
use super::login::Login;
use super::source::{FoundLogin, Source};
use crate::secret::Secret;

/// The netrc file. MLflow's HTTP library lets it win over every login that MLflow knows.
pub(super) const SOURCE: Source = Source {
    find: |request| {
        let host = request.host.filter(|_| request.reads_files);
        let found = host.and_then(|host| read(request.environment, host));
        Ok(found.map(|(username, password)| FoundLogin {
            login: Login::Basic { username, password },
            origin: Some("the netrc file".to_owned()),
        }))
    },
    list_given: |_| vec![],
    precedence: "the netrc file has one for this host, which wins, as with MLflow's client",
};

/// Reads the login of a host. Like `requests`, it takes none from a file that it cannot use, but logs a warning.
fn read(environment: &HostEnvironment, host: &str) -> Option<(String, Secret)> {
    let path = environment.netrc_path()?;
    let warn = |fault: &str| tracing::warn!("{} {fault}, so that no login is taken from it", path.display());
    match crate::input_file::read_to_string(&path) {
        Ok(text) => find_login(&text, host).unwrap_or_else(|fault| {
            warn(&format!("is damaged: {fault}"));
            None
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            warn(&format!("cannot be read: {error}"));
            None
        }
    }
}

/// Finds the login of a host: the last entry that names it, else the last `default`.
///
/// # Errors
/// What is wrong, without the word, which may be a password.
fn find_login(text: &str, host: &str) -> Result<Option<(String, Secret)>, String> {
    let (mut named, mut default) = (None, None);
    let mut words = Words { chars: text.chars().peekable() };
    while let Some(word) = words.next() {
        match word.as_str() {
            "machine" => {
                let machine = words.next().ok_or("the name behind `machine` is missing")?;
                let entry = words.entry()?;
                if machine.eq_ignore_ascii_case(host) {
                    named = Some(entry);
                }
            }
            "default" => default = Some(words.entry()?),
            "macdef" => words.skip_macro(),
            word if word.starts_with('#') => words.skip_line(),
            _ => return Err("it holds a word where `machine` or `default` should stand".into()),
        }
    }
    Ok(named.or(default))
}

struct Words<'t> {
    chars: Peekable<Chars<'t>>,
}

impl Words<'_> {
    /// Reads the pairs of a word and its value that follow a machine.
    fn entry(&mut self) -> Result<(String, Secret), String> {
        let (mut login, mut account, mut password) = (None, None, None);
        while let Some(word) = self.peek() {
            let field = match word.as_str() {
                "machine" | "default" | "macdef" => break,
                "login" | "user" => &mut login,
                "account" => &mut account,
                "password" => &mut password,
                word if word.starts_with('#') => {
                    self.skip_line();
                    continue;
                }
                _ => return Err("an entry holds a word that is neither `login`, `account` nor `password`".into()),
            };
            self.next();
            *field = Some(self.next().ok_or("the value of the last word is missing")?);
        }
        Ok((login.or(account).unwrap_or_default(), Secret::new(password.unwrap_or_default())))
    }

    fn next(&mut self) -> Option<String> {
        while self.chars.next_if(|c| c.is_whitespace()).is_some() {}
        let is_quoted = self.chars.next_if_eq(&'"').is_some();
        let mut word = String::new();
        while let Some(c) = self.chars.next_if(|c| is_quoted || !c.is_whitespace()) {
            match c {
                '"' if is_quoted => return Some(word),
                '\\' => word.extend(self.chars.next()),
                c => word.push(c),
            }
        }
        Some(word).filter(|word| is_quoted || !word.is_empty())
    }

    fn peek(&self) -> Option<String> {
        Words { chars: self.chars.clone() }.next()
    }

    fn skip_line(&mut self) {
        while self.chars.next_if(|c| c.is_whitespace()).is_some() {}
        while self.chars.next_if(|c| *c != '\n').is_some() {}
    }

    /// Skips a macro, which ends at an empty line.
    fn skip_macro(&mut self) {
        let mut was_newline = false;
        for c in self.chars.by_ref() {
            if c == '\n' && was_newline {
                break;
            }
            was_newline = c == '\n';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, host: &str) -> Option<String> {
        find_login(text, host).unwrap().map(|(user, password)| format!("{user}:{}", password.expose()))
    }

    #[test]
    fn the_entry_of_a_host_wins_over_the_default() {
        let text = "# mine\nmachine a login me password \"p w\\\"\"\ndefault\n  user any\n  password x#y # end\n\
                    macdef init\ncd /pub\nmachine b\n\nmachine c account acc password z\n";
        assert_eq!(read(text, "a").as_deref(), Some("me:p w\""));
        assert_eq!(read(text, "A").as_deref(), Some("me:p w\""));
        assert_eq!(read(text, "b").as_deref(), Some("any:x#y"));
        assert_eq!(read(text, "c").as_deref(), Some("acc:z"));
        assert_eq!(read("machine a login me password x\n", "b"), None);
        assert_eq!(read("", "b"), None);
    }

    #[test]
    fn an_error_about_a_damaged_file_does_not_repeat_its_words() {
        for text in ["hunter2", "machine a hunter2 x", "machine", "machine a login me password"] {
            let fault = find_login(text, "a").unwrap_err();
            assert!(!fault.contains("hunter2"), "{fault}");
        }
    }
}
