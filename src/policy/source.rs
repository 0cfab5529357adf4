//! What a policy is read from: its text, and what is given beside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::error::{PolicyErrors, Problems};
use super::syntax::{self, Node};
use super::variable::{self, Unset, Variable, Variables};
use super::{Policy, grammar, read};

/// The text of a policy, and the values of its variables. Whoever reads files and the environment fills it; nothing here
/// does.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    text: String,
    values: BTreeMap<String, String>,
}

/// A policy that was checked as far as the values of its variables are known.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The policy; none where a variable has no value.
    pub policy: Option<Policy>,
    /// Its variables without a value, in ascending order. What hangs on them was not looked at.
    pub unset: Vec<String>,
}

impl Source {
    /// A text, as diagnostics call it, without values.
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), values: BTreeMap::new() }
    }

    /// The variables that it declares, in ascending order of name; none for a text that is no KDL.
    pub fn variables(&self) -> Vec<Variable> {
        let nodes = syntax::read_nodes(&self.text, &mut Problems::default()).unwrap_or_default();
        variable::declared_in(block_of(&nodes, "policy"))
    }

    /// Gives a variable its value. What the policy does not declare must not be given.
    pub fn give(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// The values that were given, by variable.
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    /// All that the policy is read from, in one text: two sources of one text are one policy. That of a policy without
    /// variables is its own.
    pub fn whole(&self) -> String {
        let mut whole = self.text.clone();
        for (name, value) in &self.values {
            // No policy has a NUL in it, so this is the text of no other one. Writing to a String cannot fail.
            let _ = write!(whole, "\0variable {} {name} {} {value}", name.len(), value.len());
        }
        whole
    }

    /// Reads the policy.
    ///
    /// # Errors
    /// When the text is no KDL, all syntax errors; else all other problems, a variable without a value among them. Nothing
    /// in them tells a secret that the text should not have held.
    pub fn read(&self) -> Result<Policy, PolicyErrors> {
        let mut problems = Problems::default();
        match self.check_with(Unset::Refused, &mut problems).policy {
            Some(policy) if problems.is_empty() => Ok(policy),
            _ => Err(self.errors(problems)),
        }
    }

    /// Reads the policy as far as the values of its variables are known.
    ///
    /// # Errors
    /// As [`Source::read`], but for variables without a value.
    pub fn check(&self) -> Result<Checked, PolicyErrors> {
        let mut problems = Problems::default();
        let checked = self.check_with(Unset::Open, &mut problems);
        if problems.is_empty() && (checked.policy.is_some() || !checked.unset.is_empty()) {
            return Ok(checked);
        }
        Err(self.errors(problems))
    }

    fn check_with(&self, unset: Unset, problems: &mut Problems) -> Checked {
        let nothing = Checked { policy: None, unset: Vec::new() };
        let Some(mut nodes) = syntax::read_nodes(&self.text, problems) else { return nothing };
        let mut variables = Variables::new(block_of(&nodes, "policy"), &self.values, unset);
        grammar::check_document(&mut nodes, &mut variables, problems);
        let policy = nodes.iter().find(|node| node.block.is_some() && node.name.value == "policy");
        let policy = policy.and_then(|policy| read::read_policy(policy, problems));
        variables.report(problems);
        let unset = variables.unset();
        problems.mark_values(&variables.uses());
        Checked { policy: policy.filter(|_| unset.is_empty()), unset }
    }

    fn errors(&self, problems: Problems) -> PolicyErrors {
        problems.into_errors(&self.name, syntax::mask(&self.text))
    }
}

/// The nodes in the blocks of this name.
fn block_of<'n>(nodes: &'n [Node], name: &'static str) -> impl Iterator<Item = &'n Node> {
    nodes.iter().filter(move |node| node.name.value == name).flat_map(Node::children)
}
