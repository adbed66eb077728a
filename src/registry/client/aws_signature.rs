//! Signs a request for AWS (Signature Version 4).

use std::fmt::Display;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{self, PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings};
use aws_sigv4::sign::v4::SigningParams;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Body, Request, Url};

use crate::registry::credentials::AwsKeys;

/// The service of the signature: Amazon API Gateway, as with MLflow's own client.
const SERVICE: &str = "execute-api";

/// The characters that AWS percent-encodes.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Signs the method, URL, host and body of a request. The signature is valid for some minutes.
///
/// # Errors
/// Why it cannot be signed, without a secret.
pub(super) fn sign(request: &mut Request, keys: &AwsKeys, now: SystemTime) -> Result<(), String> {
    encode_query(request.url_mut());
    let session = keys.session.as_ref().map(|session| session.expose().to_owned());
    let identity = Credentials::new(keys.id.expose(), keys.secret.expose(), session, None, "runner").into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let params = SigningParams::builder().identity(&identity).region(&keys.region).name(SERVICE).time(now);
    let params = params.settings(settings).build().map_err(to_text)?.into();
    let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
    let (method, url) = (request.method().as_str(), request.url().as_str());
    // Only the host and AWS's own headers are signed, because a proxy on the way may change the others.
    let signable = SignableRequest::new(method, url, std::iter::empty(), SignableBody::Bytes(body)).map_err(to_text)?;
    let (signed, _) = http_request::sign(signable, &params).map_err(to_text)?.into_parts();
    for (name, value) in signed.headers() {
        let mut value = HeaderValue::from_str(value).map_err(to_text)?;
        value.set_sensitive(true);
        request.headers_mut().insert(HeaderName::from_bytes(name.as_bytes()).map_err(to_text)?, value);
    }
    Ok(())
}

/// Writes the query in the encoding that AWS signs, so that it is sent as it is signed.
fn encode_query(url: &mut Url) {
    let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let pairs: Vec<String> =
        url.query_pairs().map(|(key, value)| format!("{}={}", encoded(&key), encoded(&value))).collect();
    if !pairs.is_empty() {
        url.set_query(Some(&pairs.join("&")));
    }
}

fn to_text(error: impl Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::Method;

    use super::*;
    use crate::secret::Secret;

    fn keys(session: Option<&str>) -> AwsKeys {
        AwsKeys {
            id: Secret::new("AKIDEXAMPLE"),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session: session.map(Secret::new),
            region: "eu-west-1".into(),
        }
    }

    /// Signs at 2015-08-30T12:36:00Z.
    fn signed(method: Method, url: &str, body: &str, session: Option<&str>) -> Request {
        let mut request = Request::new(method, url.parse().unwrap());
        *request.body_mut() = Some(body.to_owned().into()).filter(|_| !body.is_empty());
        sign(&mut request, &keys(session), SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160)).unwrap();
        request
    }

    // The expected signatures were made with botocore, of the same requests at the same time.
    #[test]
    fn signatures_are_those_of_awss_own_client() {
        let search = "https://h.example:5000/api/2.0/mlflow/model-versions/search?filter=name+%3D+%27b+k%2B*%7E%27\
                      &order_by=version_number+DESC&max_results=1&order_by=a";
        let delete = r#"{"name":"bikes","alias":"Champion"}"#;
        let set = r#"{"name":"bikes","alias":"Champion","version":"2"}"#;
        for (method, url, body, session, signature) in [
            (
                Method::GET,
                "https://abc.execute-api.eu-west-1.amazonaws.com/prod/api/2.0/mlflow/registered-models/get?name=bikes",
                "",
                None,
                "f4dd85254da489eaecec9a6078a024139c4b62d61ec7f96c090d0a2a4c2213b7",
            ),
            (
                Method::GET,
                search,
                "",
                Some("session"),
                "3403023cf8aabc847d94117907bb201d5ba5f50e33298cbfad18d77531360138",
            ),
            (
                Method::POST,
                "https://h.example/a%20b/api/2.0/mlflow/registered-models/alias",
                set,
                Some("a+b/c=="),
                "58b4b119675ef04d2ca31641dcc08c2f2ab5126c30410632148624258f78781d",
            ),
            (
                Method::DELETE,
                "http://127.0.0.1:8080/api/2.0/mlflow/registered-models/alias",
                delete,
                None,
                "b88d0d85b32eb06fb4a23f3adb0a14db66762bed55cde168e5eac19f285d980f",
            ),
        ] {
            let request = signed(method, url, body, session);
            let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap());
            let authorization = header("authorization").unwrap();
            assert!(authorization.ends_with(&format!(", Signature={signature}")), "{url}: {authorization}");
            assert_eq!((header("x-amz-date"), header("x-amz-security-token")), (Some("20150830T123600Z"), session));
        }
    }

    #[test]
    fn a_query_is_sent_as_it_is_signed() {
        let request = signed(Method::GET, "http://h/x?filter=name+%3D+%27b%2B*%7E%27&empty=", "", None);
        assert_eq!(request.url().query(), Some("filter=name%20%3D%20%27b%2B%2A~%27&empty="));
    }

    #[test]
    fn debug_does_not_show_a_signature() {
        let request = signed(Method::GET, "http://h/x", "", Some("hunter2"));
        assert!(request.headers().values().all(HeaderValue::is_sensitive), "{request:?}");
        assert!(!format!("{:?} {request:?}", keys(Some("hunter2"))).contains("hunter2"));
    }
}
