//! What a server says about a whole operation: a code and a text for people.

use std::fmt;

use ldap3::LdapResult;

/// The result of an operation, as the server gave it (RFC 4511 4.1.9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The result code.
    pub code: u32,
    /// The server's diagnostic message, without control characters.
    pub text: String,
    /// The DN of the last entry above a missing one; empty for other codes.
    pub matched: String,
}

impl Answer {
    pub(super) const SUCCESS: u32 = 0;
    pub(super) const REFERRAL: u32 = 10;
    pub(super) const NO_SUCH_OBJECT: u32 = 32;
    pub(super) const INVALID_CREDENTIALS: u32 = 49;
    pub(super) const INSUFFICIENT_ACCESS_RIGHTS: u32 = 50;
    pub(super) const BUSY: u32 = 51;
    pub(super) const UNAVAILABLE: u32 = 52;

    /// Whether the server could not do at the moment what it otherwise does: it is busy, shutting down or out of
    /// resources.
    pub(super) fn is_momentary(&self) -> bool {
        matches!(self.code, 1 | 3 | 4 | 10 | 11 | 51 | 52 | 80)
    }

    /// The name of the code in RFC 4511.
    fn name(&self) -> &'static str {
        match self.code {
            0 => "success",
            1 => "operationsError",
            2 => "protocolError",
            3 => "timeLimitExceeded",
            4 => "sizeLimitExceeded",
            7 => "authMethodNotSupported",
            8 => "strongerAuthRequired",
            10 => "referral",
            11 => "adminLimitExceeded",
            12 => "unavailableCriticalExtension",
            13 => "confidentialityRequired",
            16 => "noSuchAttribute",
            32 => "noSuchObject",
            34 => "invalidDNSyntax",
            48 => "inappropriateAuthentication",
            49 => "invalidCredentials",
            50 => "insufficientAccessRights",
            51 => "busy",
            52 => "unavailable",
            53 => "unwillingToPerform",
            54 => "loopDetect",
            71 => "affectsMultipleDSAs",
            80 => "other",
            _ => "result",
        }
    }
}

impl From<&LdapResult> for Answer {
    fn from(result: &LdapResult) -> Self {
        // Active Directory ends its messages with a NUL.
        let text = result.text.replace(char::is_control, " ");
        Self { code: result.rc, text: text.trim().to_owned(), matched: result.matched.clone() }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.code)?;
        if !self.text.is_empty() {
            write!(f, ": {}", self.text)?;
        }
        Ok(())
    }
}
