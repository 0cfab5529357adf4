//! Where the fields of users come from.

use super::Line;
use super::template::Template;
use crate::model::{AttributeName, Field};

/// Where one field of a user comes from.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The field; of an address, one part of it.
    pub field: Field,
    /// What its value is made of.
    pub origin: Origin,
    /// Whether a user without a value is held back.
    pub is_required: bool,
    /// The policy line; none for a line of a preset.
    pub line: Option<Line>,
}

/// What the value of a field is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// AD attributes; the first that has a value gives it.
    Attributes {
        /// Their names. Never empty.
        names: Vec<AttributeName>,
        /// What stands between several values of one attribute; none to take one value.
        join: Option<String>,
    },
    /// A text with AD attributes in it.
    Template(Template),
    /// The same for everybody.
    Constant(String),
}

impl Mapping {
    /// A line of a preset.
    pub fn preset(field: Field, attributes: &[&str]) -> Self {
        let names = attributes.iter().map(|name| AttributeName::new(name)).collect();
        Self { field, origin: Origin::Attributes { names, join: None }, is_required: false, line: None }
    }

    /// The AD attributes that it reads.
    pub fn attributes(&self) -> Vec<&AttributeName> {
        match &self.origin {
            Origin::Attributes { names, .. } => names.iter().collect(),
            Origin::Template(template) => template.attributes().collect(),
            Origin::Constant(_) => Vec::new(),
        }
    }

    /// The AD attributes that it reads, for people: `mail or userPrincipalName`, `givenName and sn`.
    pub fn words(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for name in self.attributes() {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name.as_str())) {
                names.push(name.as_str());
            }
        }
        match &self.origin {
            Origin::Attributes { .. } => names.join(" or "),
            Origin::Template(_) => names.join(" and "),
            Origin::Constant(_) => format!("the policy's value of {}", self.field),
        }
    }
}
