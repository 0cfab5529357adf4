//! Things seen and left alone.

use std::borrow::Cow;

/// Something that people should know and that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Note {
    /// A stable name of the kind of note, such as `outside-root-container`.
    pub code: Cow<'static, str>,
    /// What it is about: a DN or a name as its system spells it.
    pub subject: String,
    /// One sentence without a full stop.
    pub message: String,
}

impl Note {
    /// A note of the kind `code` on `subject`.
    pub fn new(code: &'static str, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), subject: subject.into(), message: message.into() }
    }
}
