//! The mails that JumpCloud would have sent. The sandbox sends none.

use serde::Serialize;

use super::state::fields::Record;
use super::state::id::Id;
use super::state::users::text;

/// A mail to a user who has become active (JumpCloud API v1, `/systemusers/{id}/state/activate`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// `_id` of the user.
    pub user: String,
    /// The address that it goes to.
    pub to: String,
    /// What it says.
    pub kind: MailKind,
}

/// What a mail says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// To a user who has a password.
    Welcome,
    /// To a user who is to choose one.
    Activation,
}

/// Whom a request wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MailTo {
    /// The user's own address.
    Usual,
    /// This address.
    Address(String),
    Nobody,
}

impl Mail {
    /// The mail to a user who becomes active; none when nobody is to be told. A user without a password is told at the
    /// alternate address, if there is one.
    pub(super) fn to(id: Id, record: &Record, to: &MailTo) -> Option<Self> {
        let has_password = record.get("activated").and_then(serde_json::Value::as_bool).unwrap_or_default();
        let kind = if has_password { MailKind::Welcome } else { MailKind::Activation };
        let alternate = text(record, "alternateEmail").filter(|_| !has_password);
        let to = match to {
            MailTo::Nobody => return None,
            MailTo::Address(address) => address,
            MailTo::Usual => alternate.or_else(|| text(record, "email")).unwrap_or_default(),
        };
        Some(Self { user: id.to_string(), to: to.to_owned(), kind })
    }
}
