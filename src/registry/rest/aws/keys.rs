//! What a signature is made with.

use crate::registry::{Error, Result};
use crate::secret::Secret;

/// How much of a key's id is told; AWS's own tools tell as much.
const TOLD: usize = 4;

/// The keys of somebody at AWS.
#[derive(Debug, Clone, PartialEq)]
pub struct Keys {
    /// Which key it is.
    pub id: Secret,
    /// The key itself.
    pub secret: Secret,
    /// What goes with keys that are lent for a while.
    pub session: Option<Secret>,
    /// The region of the gateway.
    pub region: String,
}

/// Keys, and where they come from.
#[derive(Debug)]
pub(in crate::registry::rest) struct Found {
    pub(in crate::registry::rest) keys: Keys,
    pub(in crate::registry::rest) place: String,
}

impl Keys {
    /// Says which keys these are, without telling them.
    pub(in crate::registry::rest) fn told(&self) -> String {
        let id = self.id.expose();
        let last = id.char_indices().rev().nth(TOLD - 1).map_or(0, |(at, _)| at);
        let end = if id.len() > 2 * TOLD { &id[last..] } else { "" };
        format!("the AWS access key ****{end}, in {}", self.region)
    }

    /// Refuses what no header can carry, and what would make a signature that nobody accepts.
    ///
    /// # Errors
    /// [`Error::Misconfigured`], without the value.
    pub(super) fn check(self, place: &str) -> Result<Self> {
        let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let is_graphic = |secret: &Secret| secret.expose().bytes().all(|byte| byte.is_ascii_graphic());
        let fault = match &self {
            Self { id, .. } if !is_word(id.expose()) => "access key id",
            Self { secret, .. } if !is_graphic(secret) => "secret access key",
            Self { session: Some(session), .. } if !is_graphic(session) => "session token",
            Self { region, .. } if !is_word(region) => {
                let reason = format!("{region:?} is no region of AWS");
                let hint = "set AWS_REGION to one such as `eu-west-1`".into();
                return Err(Error::Misconfigured { reason, hint });
            }
            _ => return Ok(self),
        };
        Err(Error::Misconfigured {
            reason: format!(
                "the {fault} of AWS in {place} holds a character that none has, such as a blank or a line break"
            ),
            hint: "copy it anew, without anything around it".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        let (id, secret) = (Secret::new("AKIAIOSFODNN7EXAMPLE"), Secret::new("wJalr/+=KEY"));
        Keys { id, secret, session: None, region: "eu-west-1".into() }
    }

    #[test]
    fn a_key_is_told_by_the_end_of_its_id() {
        assert_eq!(keys().told(), "the AWS access key ****MPLE, in eu-west-1");
        assert_eq!(Keys { id: Secret::new("hunter2"), ..keys() }.told(), "the AWS access key ****, in eu-west-1");
    }

    #[test]
    fn what_cannot_be_a_key_is_refused_and_not_shown() {
        assert!(keys().check("x").is_ok());
        for (bad, fault) in [
            (Keys { id: Secret::new("hunter2/x"), ..keys() }, "access key id of AWS in the place"),
            (Keys { secret: Secret::new("hunter2\n"), ..keys() }, "secret access key of AWS in the place"),
            (Keys { session: Some(Secret::new("hunter2 ")), ..keys() }, "session token of AWS in the place"),
            (Keys { region: "eu west".into(), ..keys() }, "\"eu west\" is no region"),
        ] {
            let error = format!("{:?}", bad.check("the place").unwrap_err()).replace("\\\"", "\"");
            assert!(error.contains(fault) && !error.contains("hunter2"), "{error}");
        }
    }
}
