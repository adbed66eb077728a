//! The keys of a signature.

use crate::registry::error::{Error, Result};
use crate::secret::Secret;

/// How many characters of a key's id are printed, as by AWS's own tools.
const VISIBLE_CHARS: usize = 4;

/// An access key of AWS, and the region of the gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct AwsKeys {
    /// The id of the key.
    pub id: Secret,
    /// The key.
    pub secret: Secret,
    /// The session token of a temporary key.
    pub session: Option<Secret>,
    /// The region of the gateway.
    pub region: String,
}

/// Keys, and where they come from.
#[derive(Debug)]
pub(super) struct FoundKeys {
    pub(super) keys: AwsKeys,
    pub(super) origin: String,
}

impl AwsKeys {
    /// Describes the keys without the secret ones.
    pub(in crate::registry) fn describe(&self) -> String {
        let id = self.id.expose();
        let last = id.char_indices().rev().nth(VISIBLE_CHARS - 1).map_or(0, |(at, _)| at);
        let end = if id.len() > 2 * VISIBLE_CHARS { &id[last..] } else { "" };
        format!("the AWS access key ****{end}, in {}", self.region)
    }

    /// Refuses values that no header can carry or that make a signature that nobody accepts.
    ///
    /// # Errors
    /// [`Error::Misconfigured`], without the value.
    pub(super) fn validate(self, place: &str) -> Result<Self> {
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

    fn keys() -> AwsKeys {
        let (id, secret) = (Secret::new("AKIAIOSFODNN7EXAMPLE"), Secret::new("wJalr/+=KEY"));
        AwsKeys { id, secret, session: None, region: "eu-west-1".into() }
    }

    #[test]
    fn a_key_is_described_by_the_end_of_its_id() {
        assert_eq!(keys().describe(), "the AWS access key ****MPLE, in eu-west-1");
        assert_eq!(
            AwsKeys { id: Secret::new("hunter2"), ..keys() }.describe(),
            "the AWS access key ****, in eu-west-1"
        );
    }

    #[test]
    fn an_invalid_key_is_refused_and_not_shown() {
        assert!(keys().validate("x").is_ok());
        for (bad, fault) in [
            (AwsKeys { id: Secret::new("hunter2/x"), ..keys() }, "access key id of AWS in the place"),
            (AwsKeys { secret: Secret::new("hunter2\n"), ..keys() }, "secret access key of AWS in the place"),
            (AwsKeys { session: Some(Secret::new("hunter2 ")), ..keys() }, "session token of AWS in the place"),
            (AwsKeys { region: "eu west".into(), ..keys() }, "\"eu west\" is no region"),
        ] {
            let error = format!("{:?}", bad.validate("the place").unwrap_err()).replace("\\\"", "\"");
            assert!(error.contains(fault) && !error.contains("hunter2"), "{error}");
        }
    }
}
