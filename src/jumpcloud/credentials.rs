//! Who asks: an administrator's API key, or the token of a service account.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::{Url, form_urlencoded};

use super::credential::Credential;
use super::error::JumpCloudError;
use super::exchange::Failure;
use super::grant;
use super::token::{Lease, Tokens};

/// What proves to JumpCloud who asks. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// An administrator's API key (`x-api-key`).
    ApiKey(SecretString),
    /// A service account, by OAuth 2.0 client credentials (RFC 6749 4.4).
    ServiceAccount {
        /// Its client id.
        id: String,
        /// Its client secret.
        secret: SecretString,
    },
}

/// Credentials made ready to be sent.
pub(super) enum Authority {
    ApiKey(Proof),
    ServiceAccount(Account),
}

/// A header that proves who asks, and the secret in it.
#[derive(Clone)]
pub(super) struct Proof {
    pub(super) name: HeaderName,
    pub(super) value: HeaderValue,
    pub(super) secret: SecretString,
    /// Which token it is; none for a key, which cannot be renewed.
    pub(super) lease: Option<Lease>,
}

/// A service account and its current token.
pub(super) struct Account {
    /// `Authorization` of token requests.
    basic: HeaderValue,
    /// The secret in every form in which it is sent, and as it is.
    secrets: [SecretString; 3],
    tokens: Tokens,
}

impl Authority {
    pub(super) fn new(credentials: Credentials) -> Result<Self, JumpCloudError> {
        match credentials {
            Credentials::ApiKey(key) => {
                let name = HeaderName::from_static("x-api-key");
                let value = header("API key", key.expose_secret())?;
                Ok(Self::ApiKey(Proof { name, value, secret: key, lease: None }))
            }
            Credentials::ServiceAccount { id, secret } => {
                for (what, text) in [("service account", id.as_str()), ("secret", secret.expose_secret())] {
                    if text.is_empty() {
                        return Err(JumpCloudError::UnusableSetting { what });
                    }
                }
                let (encoded, pair) = encoded(&id, &secret);
                let basic = header("secret", &format!("Basic {}", pair.expose_secret()))?;
                // The longer ones first: one may be part of another.
                let secrets = [pair, encoded, secret];
                Ok(Self::ServiceAccount(Account { basic, secrets, tokens: Tokens::default() }))
            }
        }
    }

    pub(super) fn credential(&self) -> Credential {
        match self {
            Self::ApiKey(_) => Credential::ApiKey,
            Self::ServiceAccount(_) => Credential::Token,
        }
    }

    /// What goes with a request; `client` asks at `token_url` for a token where there is none that lasts.
    pub(super) async fn proof(&self, client: &reqwest::Client, token_url: &Url) -> Result<Proof, Failure> {
        let Account { basic, secrets, tokens } = match self {
            Self::ApiKey(proof) => return Ok(proof.clone()),
            Self::ServiceAccount(account) => account,
        };
        let fetch = async || grant::request(client, token_url, basic, secrets).await;
        let (lease, token) = tokens.take(Instant::now(), fetch).await?;
        let value = header("token", &format!("Bearer {}", token.expose_secret()))?;
        Ok(Proof { name: AUTHORIZATION, value, secret: token, lease: Some(lease) })
    }

    /// Gives a token up that JumpCloud refused. Whether another one can be had.
    pub(super) async fn give_up(&self, lease: Option<Lease>) -> bool {
        match (self, lease) {
            (Self::ServiceAccount(account), Some(lease)) => {
                account.tokens.give_up(lease).await;
                true
            }
            _ => false,
        }
    }
}

/// A text as the value of a header that no log shows.
pub(super) fn header(what: &'static str, text: &str) -> Result<HeaderValue, JumpCloudError> {
    let value = Some(text).filter(|text| !text.is_empty()).and_then(|text| HeaderValue::from_str(text).ok());
    let mut value = value.ok_or(JumpCloudError::UnusableSetting { what })?;
    value.set_sensitive(true);
    Ok(value)
}

/// HTTP Basic authentication of a client (RFC 6749 2.3.1: both parts are form-encoded first): the secret as one part, and
/// what stands behind `Basic`.
fn encoded(id: &str, secret: &SecretString) -> (SecretString, SecretString) {
    // `~` needs no escape, and servers that take the parts as they are have it in secrets.
    let encode =
        |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace("%7E", "~");
    let secret = encode(secret.expose_secret());
    let pair = STANDARD.encode(format!("{}:{secret}", encode(id)));
    (secret.into(), pair.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_sends_both_parts_encoded() {
        // RFC 6749 2.3.1 has the header of this pair.
        let (_, pair) = encoded("s6BhdRkqt3", &"7Fjfp0ZBr1KtDRbnfVdmIw".into());
        assert_eq!(pair.expose_secret(), "czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3");
        assert!(header("secret", pair.expose_secret()).unwrap().is_sensitive());
        let (secret, pair) = encoded("a:b", &"c~d+é".into());
        let decoded = STANDARD.decode(pair.expose_secret()).unwrap();
        assert_eq!(String::from_utf8(decoded).unwrap(), "a%3Ab:c~d%2B%C3%A9");
        assert_eq!(secret.expose_secret(), "c~d%2B%C3%A9");
    }

    #[test]
    fn no_secret_is_shown() {
        let account = Credentials::ServiceAccount { id: "id".to_owned(), secret: "hunter2".into() };
        for credentials in [Credentials::ApiKey("hunter2".into()), account] {
            assert!(!format!("{credentials:?}").contains("hunter2"));
        }
    }
}
