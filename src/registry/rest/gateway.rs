//! Refused logins: an MLflow server answers 401, and Amazon API Gateway, which may stand before one, 403 to whatever it
//! does not accept.

use super::failure::{Failure, Said};

/// How to log in to an MLflow server.
const LOGIN: &str = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN; passwords \
                     change and tokens expire";

/// What a gateway's messages hold, and what to do about it.
const REFUSED: [(&str, &str); 8] = [
    ("The security token included in the request is expired", EXPIRED),
    ("The security token included in the request is invalid", KEYS),
    ("Missing Authentication Token", MISSING),
    ("Signature expired", CLOCK),
    ("Signature not yet current", CLOCK),
    ("Credential should be scoped to", "set AWS_REGION to the region of the gateway, which its host name tells"),
    ("The request signature we calculated does not match", KEYS),
    ("not a valid key=value pair", MISSING),
];

const EXPIRED: &str = "the keys were lent for a while that is over: get new ones, as with `aws sso login` and \
                       `eval \"$(aws configure export-credentials --format env)\"`";

const KEYS: &str = "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile that the keys \
                    come from; all three belong together";

const MISSING: &str = "have requests signed with `tracking_aws_sigv4` (MLFLOW_TRACKING_AWS_SIGV4); if they are, check the \
                       address with its stage, for a gateway says so of paths that it does not have";

const CLOCK: &str = "set the clock of this machine: a signature holds for five minutes";

impl Failure {
    /// Returns what to do where the login was refused.
    pub(super) fn refused_login(&self) -> Option<&'static str> {
        match self {
            Self::Status { status, .. } if status.as_u16() == 401 => Some(LOGIN),
            Self::Status { status, said: Said::Other(text), .. } if status.as_u16() == 403 => refused_login(text),
            _ => None,
        }
    }

    /// Returns whether a gateway said so, and not the server behind it.
    pub(super) fn is_from_gateway(&self) -> bool {
        matches!(self, Self::Status { said: Said::Other(text), .. } if refused_login(text).is_some())
    }
}

/// Returns what to do where the message is that of a refused login.
fn refused_login(message: &str) -> Option<&'static str> {
    REFUSED.iter().find(|(text, _)| message.contains(text)).map(|(_, hint)| *hint)
}

/// Returns what to ask for where the message is that of a policy.
pub(super) fn missing_permission(message: &str) -> Option<&'static str> {
    let is_policy = message.contains("is not authorized to perform: execute-api:Invoke")
        || message.contains("is not authorized to access this resource");
    is_policy.then_some("have a policy at AWS allow this login `execute-api:Invoke` on the gateway of the registry")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_login_is_told_from_a_missing_permission() {
        for (message, expected) in [
            ("The security token included in the request is expired", Some(EXPIRED)),
            ("The security token included in the request is invalid.", Some(KEYS)),
            ("Signature expired: 20261123T200000Z is now earlier than 20261123T201000Z", Some(CLOCK)),
            ("'Bearer' not a valid key=value pair (missing equal-sign) in Authorization header", Some(MISSING)),
            ("Forbidden", None),
            ("User: arn:aws:iam::1:user/a is not authorized to perform: execute-api:Invoke on resource: x", None),
        ] {
            assert_eq!(refused_login(message), expected, "{message}");
        }
        assert!(
            missing_permission("User: a is not authorized to perform: execute-api:Invoke on resource: x").is_some()
        );
        assert_eq!(missing_permission("Permission denied"), None);
    }
}
