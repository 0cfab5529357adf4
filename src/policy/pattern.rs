//! Patterns of exclusions: `*` and `?` on whole values, without case.

/// A pattern that a whole value must match. `*` stands for any run of characters, `?` for one; everything else stands
/// for itself, on every platform. Case and composition do not matter ([`crate::model::fold`]).
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
}

impl Pattern {
    /// Takes the pattern as written; every text is one.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole value matches.
    pub fn matches(&self, value: &str) -> bool {
        crate::model::fold(&self.text) == crate::model::fold(value)
    }
}
