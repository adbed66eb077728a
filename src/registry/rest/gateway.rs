//! What Amazon API Gateway says, which may stand before a server: it answers 403 to whatever it does not accept.

/// What a gateway's message begins with, or where `true` holds somewhere, and what to do about it.
const REFUSED: [(&str, bool, &str); 8] = [
    ("The security token included in the request is expired", false, EXPIRED),
    ("The security token included in the request is invalid", false, KEYS),
    ("Missing Authentication Token", false, MISSING),
    ("Signature expired", false, CLOCK),
    ("Signature not yet current", false, CLOCK),
    ("Credential should be scoped to", false, "set AWS_REGION to the region of the gateway, which its host name tells"),
    ("The request signature we calculated does not match", false, KEYS),
    ("not a valid key=value pair", true, MISSING),
];

const EXPIRED: &str = "the keys were lent for a while that is over: get new ones, as with `aws sso login` and \
                       `eval \"$(aws configure export-credentials --format env)\"`";

const KEYS: &str = "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile that the keys \
                    come from; all three belong together";

const MISSING: &str = "have requests signed with `tracking_aws_sigv4` (MLFLOW_TRACKING_AWS_SIGV4); if they are, check the \
                       address with its stage, for a gateway says so of paths that it does not have";

const CLOCK: &str = "set the clock of this machine: a signature holds for five minutes";

/// Returns what to do where the message is that of a refused login.
pub(super) fn refused_login(message: &str) -> Option<&'static str> {
    let fits =
        |(text, anywhere, _): &&(&str, bool, &str)| message.starts_with(text) || (*anywhere && message.contains(text));
    REFUSED.iter().find(fits).map(|(.., hint)| *hint)
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
