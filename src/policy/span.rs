//! Places in the policy text.

/// A range of bytes of the policy text, its byte order mark included.
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
    pub(super) fn end(self) -> usize {
        self.start.saturating_add(self.length)
    }

    /// The text at this place.
    pub(super) fn slice(self, text: &str) -> &str {
        text.get(self.start..self.end()).unwrap_or_default()
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
