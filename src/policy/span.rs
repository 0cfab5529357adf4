//! Places in the texts of a policy.

use std::fmt;
use std::sync::Arc;

/// A range of bytes of the policy text, its byte order mark included. Included texts count as if each followed the one
/// before it, with one byte between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Number of bytes.
    pub length: usize,
}

impl Span {
    /// From one byte to before another.
    pub(super) fn between(start: usize, end: usize) -> Self {
        Self { start, length: end.saturating_sub(start) }
    }

    /// The byte behind the last.
    pub fn end(self) -> usize {
        self.start.saturating_add(self.length)
    }

    /// The text at this place.
    pub(super) fn slice(self, text: &str) -> &str {
        text.get(self.start..self.end()).unwrap_or_default()
    }
}

/// A line of a policy, or of a part that it includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// The file, as the policy names it; none for the policy's own.
    pub file: Option<Arc<str>>,
}

impl Line {
    /// A line of the policy's own file.
    pub fn of_policy(number: usize) -> Self {
        Self { number, file: None }
    }
}

/// `line 31 of the policy`
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.as_deref().unwrap_or("the policy");
        write!(f, "line {} of {file}", self.number)
    }
}

/// A value and the place it was written at.
#[derive(Debug, Clone, Copy)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub(super) fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}
