//! `${port:NAME}`: a free port of this machine for each name.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};

use super::diagnostic::Problem;

const MAX_NAME: usize = 64;

/// The ports of one invocation. A name has the same port in all its files.
#[derive(Debug, Default)]
pub(super) struct Ports(RefCell<BTreeMap<String, Reserved>>);

/// A port that no other program gets while the configs are read.
#[derive(Debug)]
struct Reserved {
    port: u16,
    _listener: TcpListener,
}

impl Ports {
    /// Returns the port of a name.
    ///
    /// # Errors
    /// A name that is not allowed, or a machine without a free port.
    pub(super) fn get(&self, name: &str) -> Result<u16, Problem> {
        check_name(name)?;
        if let Some(reserved) = self.0.borrow().get(name) {
            return Ok(reserved.port);
        }
        let reserved = reserve().map_err(|error| {
            Problem::new(
                format!("there is no free port for `${{port:{name}}}`: {error}"),
                "check that programs may listen on 127.0.0.1, or write a number instead",
            )
        })?;
        let port = reserved.port;
        self.0.borrow_mut().insert(name.to_owned(), reserved);
        Ok(port)
    }
}

/// Listens on a free port, so that two names never get the same one.
fn reserve() -> io::Result<Reserved> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(Reserved { port: listener.local_addr()?.port(), _listener: listener })
}

fn check_name(name: &str) -> Result<(), Problem> {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let help = "write `${port:NAME}` with letters, digits, `_` and `-`, such as `${port:mlflow}`";
    match name {
        "" => Err(Problem::new("this `${port:…}` has no name", help)),
        _ if name.len() > MAX_NAME => Err(Problem::new("the name of this `${port:…}` is too long", help)),
        _ if !name.chars().all(is_allowed) => {
            Err(Problem::new("the name of this `${port:…}` has a character that is not allowed", help))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_port_and_two_names_have_two() {
        let ports = Ports::default();
        let (one, other) = (ports.get("one").unwrap(), ports.get("other").unwrap());
        assert_ne!(one, other);
        assert_eq!((ports.get("one"), ports.get("other")), (Ok(one), Ok(other)));
    }

    #[test]
    fn a_bad_name_is_refused() {
        for name in ["", "a b", "a,b", "ä", "a/b", "a:b", &"x".repeat(65)] {
            assert!(Ports::default().get(name).is_err(), "{name}");
        }
    }
}
