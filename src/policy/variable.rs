//! Variables: declared in a policy, given from outside, used in the place of texts.

use std::collections::{BTreeMap, BTreeSet};

use super::Span;
use super::Spanned;
use super::error::Problems;
use super::problem::Problem;
use super::suggest::{closest, quote};
use super::syntax::Node;

/// A variable that a policy declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The environment variable that may give its value; none where only the command line may.
    pub env: Option<String>,
}

/// What becomes of a variable that nobody gave a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unset {
    /// It is a problem.
    Refused,
    /// What it is used for is not looked at.
    Open,
}

/// What stands in the place of a use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// This text.
    Text(String),
    /// Something that nobody knows yet.
    Open,
    /// Nothing: a problem was reported.
    Wrong,
}

/// The variables of a policy while it is checked.
#[derive(Debug)]
pub(super) struct Variables<'s> {
    declared: BTreeMap<String, Declaration>,
    given: &'s BTreeMap<String, String>,
    unset: Unset,
    /// The length of the policy's own text.
    own: usize,
    used: BTreeSet<String>,
    uses: Vec<Span>,
}

#[derive(Debug)]
struct Declaration {
    span: Span,
    env: Option<String>,
    default: Option<String>,
    /// Whether there is a default that is none, which is reported elsewhere.
    is_torn: bool,
}

/// The declarations in the block of a policy, each name once.
pub(super) fn declared_in<'n>(nodes: impl Iterator<Item = &'n Node>) -> Vec<Variable> {
    let declarations = declarations(nodes).into_iter();
    declarations.map(|(name, declaration)| Variable { name, env: declaration.env }).collect()
}

fn declarations<'n>(nodes: impl Iterator<Item = &'n Node>) -> BTreeMap<String, Declaration> {
    let mut found = BTreeMap::new();
    for node in nodes.filter(|node| node.name.value == "variable") {
        let Some(name) = node.text(0) else { continue };
        let text = |property| {
            let value = node.property(property).filter(|value| value.annotation.is_none())?;
            Some(value.text()?.value.to_owned()).filter(|text| !text.trim().is_empty())
        };
        let default = text("default");
        let is_torn = default.is_none() && node.property("default").is_some();
        let declaration = Declaration { span: name.span, env: text("env"), default, is_torn };
        found.entry(name.value.to_owned()).or_insert(declaration);
    }
    found
}

impl<'s> Variables<'s> {
    /// The variables that these nodes declare, with the values that they are given. The policy's own text is so long: a
    /// shared variable need not be of use to everybody.
    pub(super) fn new<'n>(
        nodes: impl Iterator<Item = &'n Node>,
        given: &'s BTreeMap<String, String>,
        unset: Unset,
        own: usize,
    ) -> Self {
        Self { declared: declarations(nodes), given, unset, own, used: BTreeSet::new(), uses: Vec::new() }
    }

    /// What stands in the place of `(var)"name"`.
    pub(super) fn put(&mut self, name: &Spanned<&str>, problems: &mut Problems) -> Use {
        self.uses.push(name.span);
        let Some(declaration) = self.declared.get(name.value) else {
            let known = || self.declared.keys().map(String::as_str);
            let help = match closest(name.value, known()) {
                Some(close) => format!("did you mean (var)\"{}\"?", quote(close)),
                None => format!(
                    "declare it in the block of `policy`: variable \"{}\" default=\"…\"",
                    quote(name.value)
                ),
            };
            problems.report(name.span, Problem::UndeclaredVariable { name: quote(name.value), help });
            return Use::Wrong;
        };
        self.used.insert(name.value.to_owned());
        let given = self.given.get(name.value).or(declaration.default.as_ref());
        match given {
            Some(text) => Use::Text(text.clone()),
            None if declaration.is_torn => Use::Wrong,
            None => Use::Open,
        }
    }

    /// Reports declarations without a value and, where nothing else is wrong, without a use.
    pub(super) fn report(&self, problems: &mut Problems) {
        let is_whole = problems.is_empty();
        for (name, declaration) in &self.declared {
            let shown = quote(name);
            let is_own = declaration.span.start < self.own;
            if !self.used.contains(name) && is_whole && is_own {
                problems.report(declaration.span, Problem::UnusedVariable { name: shown });
            } else if self.used.contains(name) && self.unset == Unset::Refused && self.is_unset(name) {
                let or_env = declaration.env.as_ref().map_or_else(String::new, |env| {
                    format!(", or set the environment variable {}", quote(env))
                });
                let help = format!("give it one with --var {shown}=VALUE{or_env}");
                problems.report(declaration.span, Problem::UnsetVariable { name: shown, help });
            }
        }
    }

    fn is_unset(&self, name: &str) -> bool {
        let has_default = |declaration: &Declaration| declaration.default.is_some() || declaration.is_torn;
        !self.given.contains_key(name) && !self.declared.get(name).is_some_and(has_default)
    }

    /// The variables that were used and have no value.
    pub(super) fn unset(&self) -> Vec<String> {
        self.used.iter().filter(|name| self.is_unset(name)).cloned().collect()
    }

    /// The places of the uses.
    pub(super) fn uses(self) -> Vec<Span> {
        self.uses
    }
}
