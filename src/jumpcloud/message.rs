//! What the API says about an error, made fit to show.

use std::fmt;

use serde::Deserialize;

use crate::model::is_active;

/// The longest message that is shown, in characters.
const LONGEST: usize = 300;

/// The `message` of an API error, without control and direction characters and of limited length; empty when the
/// answer has none. [`fmt::Display`] puts `: ` in front of it, so that it can follow a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiMessage(Box<str>);

#[derive(Deserialize)]
struct Error {
    message: Option<String>,
    error: Option<String>,
}

impl ApiMessage {
    /// Reads the body of an error. Whatever equals a secret is taken out, should the server repeat it.
    pub(super) fn read<'s>(body: &[u8], secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let message =
            serde_json::from_slice(body).ok().and_then(|Error { message, error }| message.or(error));
        let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
        let message =
            secrets.fold(message.unwrap_or_default(), |message, secret| message.replace(secret, "(the key)"));
        let mut shown: String =
            message.trim().chars().take(LONGEST).map(|c| if is_active(c) { '\u{fffd}' } else { c }).collect();
        if message.trim().chars().nth(LONGEST).is_some() {
            shown.push('…');
        }
        Self(shown.into())
    }

    /// The message alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> String {
        ApiMessage::read(body.as_bytes(), ["", "s3cret"]).to_string()
    }

    #[test]
    fn shows_what_the_api_says_and_nothing_that_disturbs() {
        assert_eq!(read(r#"{"message":"Already Exists"}"#), ": Already Exists");
        assert_eq!(read(r#"{"error":"invalid_client"}"#), ": invalid_client");
        assert_eq!(read("<html>"), "");
        assert_eq!(read(r#"{"message":"a\u001b[31m\u202eb"}"#), ": a\u{fffd}[31m\u{fffd}b");
        assert_eq!(read("{\"message\":\"a\u{61c}b\u{e0041}c\u{fffa}d\"}"), ": a\u{fffd}b\u{fffd}c\u{fffd}d");
        assert_eq!(read("{\"message\":\"नर\u{94d}\u{200d}य\"}"), ": नर\u{94d}\u{200d}य");
        assert_eq!(read(r#"{"message":"key s3cret is bad"}"#), ": key (the key) is bad");
        assert_eq!(read(&format!(r#"{{"message":"{}"}}"#, "x".repeat(1000))).chars().count(), LONGEST + 3);
    }
}
