//! Asks for the token of a service account (RFC 6749 4.4: client credentials).

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::Value;
use url::Url;

use super::credential::Credential;
use super::error::{Effect, JumpCloudError};
use super::exchange::{Failure, Request, is_loopback};
use super::http::without_values;

/// Where tokens are given out. No other address is published, so that all hosts of the API use this one.
const TOKEN_URL: &str = "https://admin-oauth.id.jumpcloud.com/oauth2/token";

/// The form of a token request. It holds no secret.
const FORM: &str = "grant_type=client_credentials&scope=api";

/// The answer to a token request.
pub(super) struct Grant {
    pub(super) token: SecretString,
    /// How many seconds it lasts, where the answer says so.
    pub(super) lifetime: Option<u64>,
}

/// RFC 6749 5.1
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<Value>,
}

impl Grant {
    /// Reads the body of a success. The error repeats nothing of it.
    fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        let Answer { access_token, expires_in } = serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            serde_json::Error::custom(format!("no token is in it, as line {line} column {column} shows"))
        })?;
        Ok(Self { token: access_token.into(), lifetime: expires_in.as_ref().and_then(Value::as_u64) })
    }
}

/// Where the token for the API at `base` is asked for: at a local API itself, else where JumpCloud gives them out.
pub(super) fn token_url(base: &Url) -> Result<Url, JumpCloudError> {
    let url = if is_loopback(base) { base.join("/oauth2/token") } else { Url::parse(TOKEN_URL) };
    url.map_err(|_| JumpCloudError::UnusableSetting { what: "URL" })
}

/// Sends one token request. It changes nothing, so that it may be sent again.
pub(super) async fn request(
    client: &reqwest::Client,
    url: &Url,
    basic: &HeaderValue,
    secrets: &[SecretString],
) -> Result<Grant, Failure> {
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let builder = client.post(url.clone()).header(AUTHORIZATION, basic).header(CONTENT_TYPE, form).body(FORM);
    let name: Box<str> = format!("POST {url}").into();
    let secrets: Vec<&SecretString> = secrets.iter().collect();
    let request = Request {
        name: name.clone(),
        effect: Effect::Read,
        credential: Credential::Secret,
        secrets: &secrets,
    };
    let answer = request.send(builder).await?;
    let unknown = |source| JumpCloudError::UnknownForm {
        request: name,
        effect: Effect::Read,
        source: without_values(&source),
    };
    Ok(Grant::read(&answer.body).map_err(unknown)?)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn reads_a_token_with_or_without_its_lifetime() {
        for (body, lifetime) in [
            (r#"{"access_token":"t","token_type":"bearer","expires_in":60}"#, Some(60)),
            (r#"{"access_token":"t"}"#, None),
            (r#"{"access_token":"t","expires_in":null}"#, None),
        ] {
            let grant = Grant::read(body.as_bytes()).unwrap();
            assert_eq!((grant.token.expose_secret(), grant.lifetime), ("t", lifetime), "{body}");
        }
    }

    #[test]
    fn an_answer_of_another_form_is_not_repeated() {
        for body in [r#""s3cret""#, r#"{"access_token":["s3cret"]}"#, r#"{"access_token":7}"#, "s3cret"] {
            let error = Grant::read(body.as_bytes()).map(drop).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    }

    #[test]
    fn a_local_api_gives_out_its_own_tokens() {
        for (base, expected) in [
            ("https://console.jumpcloud.com", TOKEN_URL),
            ("https://console.eu.jumpcloud.com", TOKEN_URL),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/oauth2/token"),
            ("http://localhost:8080/", "http://localhost:8080/oauth2/token"),
            ("http://[::1]:8080", "http://[::1]:8080/oauth2/token"),
        ] {
            assert_eq!(token_url(&base.parse().unwrap()).unwrap().as_str(), expected);
        }
    }
}
