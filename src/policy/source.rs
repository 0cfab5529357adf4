//! What a policy is read from: its text, and what is given beside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::error::{File, PolicyErrors, Problems};
use super::problem::Problem;
use super::suggest::quote;
use super::syntax::{self, Node};
use super::variable::{self, Unset, Variable, Variables};
use super::{Policy, Span, Spanned, grammar, read};

/// The text of a policy, the shared parts that it includes, and the values of its variables. Whoever reads files and the
/// environment fills it; nothing here does.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    text: String,
    included: Vec<Included>,
    values: BTreeMap<String, String>,
}

/// A file that a policy includes.
#[derive(Debug, Clone)]
pub struct Included {
    /// Its path, as the policy writes it.
    pub path: String,
    /// What diagnostics call it.
    pub name: String,
    /// By what it is known whatever its path: two of one identity are one file.
    pub identity: String,
    /// Its text, or why there is none.
    pub text: Result<String, String>,
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
    /// A text, as diagnostics call it, by itself.
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), included: Vec::new(), values: BTreeMap::new() }
    }

    /// The paths of the files that it includes, as it writes them and in its order; none for a text that is no KDL.
    pub fn includes(&self) -> Vec<String> {
        let nodes = syntax::read_nodes(&self.text, &mut Problems::default()).unwrap_or_default();
        include_lines(&nodes).map(|path| path.value.to_owned()).collect()
    }

    /// Gives it one of those, in the same order.
    pub fn include(&mut self, included: Included) {
        self.included.push(included);
    }

    /// The variables that it and what it includes declare, in ascending order of name; none for texts that are no KDL.
    pub fn variables(&self) -> Vec<Variable> {
        let read = |text| syntax::read_nodes(text, &mut Problems::default()).unwrap_or_default();
        let own = read(&self.text);
        let shared: Vec<Node> = self
            .included
            .iter()
            .filter_map(|file| file.text.as_ref().ok())
            .flat_map(|text| read(text))
            .collect();
        variable::declared_in(block_of(&own, "policy").chain(block_of(&shared, "shared")))
    }

    /// Gives a variable its value. What is not declared must not be given.
    pub fn give(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// The values that were given, by variable.
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    /// All that the policy is read from, in one text: two sources of one text are one policy. That of a policy that
    /// includes nothing and is given no value is its own.
    pub fn whole(&self) -> String {
        // No policy has a NUL in it, so this is the text of no other one. Writing to a String cannot fail.
        let mut whole = self.text.clone();
        for Included { path, text, .. } in &self.included {
            let text = text.as_deref().unwrap_or_default();
            let _ = write!(whole, "\0include {} {path} {} {text}", path.len(), text.len());
        }
        for (name, value) in &self.values {
            let _ = write!(whole, "\0variable {} {name} {} {value}", name.len(), value.len());
        }
        whole
    }

    /// Reads the policy.
    ///
    /// # Errors
    /// When a file could not be read or is no KDL, all that is wrong in this way; else all other problems, a variable
    /// without a value among them. Nothing in them tells a secret that the texts should not have held.
    pub fn read(&self) -> Result<Policy, PolicyErrors> {
        let mut problems = Problems::default();
        match self.check_with(Unset::Refused, &mut problems) {
            Some(Checked { policy: Some(policy), .. }) if problems.is_empty() => Ok(policy),
            _ => Err(self.errors(problems)),
        }
    }

    /// Reads the policy as far as the values of its variables are known.
    ///
    /// # Errors
    /// As [`Source::read`], but for variables without a value.
    pub fn check(&self) -> Result<Checked, PolicyErrors> {
        let mut problems = Problems::default();
        match self.check_with(Unset::Open, &mut problems) {
            Some(checked) if problems.is_empty() => Ok(checked),
            _ => Err(self.errors(problems)),
        }
    }

    fn check_with(&self, unset: Unset, problems: &mut Problems) -> Option<Checked> {
        let own = syntax::read_nodes(&self.text, problems);
        let (mut own, mut parts) = (own?, self.read_parts(problems));
        self.check_files(&own, problems);
        if !problems.is_empty() {
            return None;
        }
        let shared = parts.iter().flat_map(|(_, nodes)| block_of(nodes, "shared"));
        let declared = block_of(&own, "policy").chain(shared);
        let mut variables = Variables::new(declared, &self.values, unset, self.text.len());
        grammar::check_document(&mut own, &mut variables, problems);
        for (start, nodes) in &mut parts {
            grammar::check_shared(nodes, *start, &mut variables, problems);
        }
        let blocks: Vec<Vec<Node>> = parts.into_iter().filter_map(|(_, nodes)| shared_block(nodes)).collect();
        // What is missing may be in what is no shared part, and is told when that is mended.
        let policy = if blocks.len() == self.included.len() {
            let is_policy = |node: &&mut Node| node.block.is_some() && node.name.value == "policy";
            if let Some(policy) = own.iter_mut().find(is_policy) {
                grammar::merge_shared(policy, blocks, problems);
            }
            grammar::check_required(&own, problems);
            let mut policies = own.iter().filter(|node| node.block.is_some() && node.name.value == "policy");
            policies.next().and_then(|policy| read::read_policy(policy, problems))
        } else {
            None
        };
        variables.report(problems);
        let unset = variables.unset();
        problems.mark_values(&variables.uses());
        let is_whole = policy.is_some() || !unset.is_empty();
        is_whole.then(|| Checked { policy: policy.filter(|_| unset.is_empty()), unset })
    }

    /// The nodes of the included files, each with the byte at which its text begins.
    fn read_parts(&self, problems: &mut Problems) -> Vec<(usize, Vec<Node>)> {
        let mut parts = Vec::new();
        for (file, start) in self.included.iter().zip(self.starts()) {
            let Ok(text) = &file.text else { continue };
            let mut found = Problems::default();
            let mut nodes = syntax::read_nodes(text, &mut found).unwrap_or_default();
            problems.absorb(found, start);
            let name = file.path.as_str().into();
            for node in &mut nodes {
                node.move_to(&name, start);
            }
            parts.push((start, nodes));
        }
        parts
    }

    /// Reports included files that could not be read, or are one.
    fn check_files(&self, own: &[Node], problems: &mut Problems) {
        let mut first_spans: BTreeMap<&str, Span> = BTreeMap::new();
        for (at, path) in include_lines(own).enumerate() {
            // Whoever made this source passed it over: never a smaller policy.
            let Some(file) = self.included.get(at).filter(|file| file.path == path.value) else {
                let (path_shown, why) = (quote(path.value), "it was not looked for".to_owned());
                problems.report(path.span, Problem::UnreadableInclude { path: path_shown, why });
                continue;
            };
            if let Err(why) = &file.text {
                let problem = Problem::UnreadableInclude { path: quote(&file.name), why: why.clone() };
                problems.report(path.span, problem);
            }
            if let Some(first) = first_spans.get(file.identity.as_str()) {
                problems.report_beside(path.span, Problem::SameInclude, *first, "here before");
            }
            first_spans.entry(&file.identity).or_insert(path.span);
        }
    }

    /// The bytes at which the texts of the included files begin: each behind the text before it and one byte more, so that
    /// the end of a text is a place in it.
    fn starts(&self) -> impl Iterator<Item = usize> {
        let lengths = self.included.iter().map(|file| file.text.as_ref().map_or(0, String::len));
        let own = self.text.len().saturating_add(1);
        lengths.scan(own, |next, length| {
            let start = *next;
            *next = start.saturating_add(length).saturating_add(1);
            Some(start)
        })
    }

    fn errors(&self, problems: Problems) -> PolicyErrors {
        let file =
            |name: &str, start, text: &str| File { name: name.to_owned(), start, masked: syntax::mask(text) };
        let included = self.included.iter().zip(self.starts());
        let others =
            included.map(|(one, start)| file(&one.name, start, one.text.as_deref().unwrap_or_default()));
        problems
            .into_errors(&self.name, std::iter::once(file(&self.name, 0, &self.text)).chain(others).collect())
    }
}

/// Checks a file that policies include, by itself. `file_name` is what the diagnostics call the text. Variables that it does
/// not declare are left to the policies.
///
/// # Errors
/// As [`Source::read`], but for what is missing.
pub fn check_shared_part(file_name: &str, text: &str) -> Result<(), PolicyErrors> {
    let mut problems = Problems::default();
    if let Some(mut nodes) = syntax::read_nodes(text, &mut problems) {
        let declared = syntax::read_nodes(text, &mut Problems::default()).unwrap_or_default();
        let values = BTreeMap::new();
        let mut variables = Variables::new(block_of(&declared, "shared"), &values, Unset::Open, text.len());
        grammar::check_shared(&mut nodes, 0, &mut variables, &mut problems);
        if let Some(shared) = nodes.iter().find(|node| node.block.is_some() && node.name.value == "shared") {
            // What the policies add is not there, so that it is no policy; what is there is read as in one.
            let _ = read::read_policy(shared, &mut problems);
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.into_errors(file_name, vec![File::alone(file_name, text)]))
    }
}

/// The nodes in the blocks of this name.
fn block_of<'n>(nodes: &'n [Node], name: &'static str) -> impl Iterator<Item = &'n Node> {
    nodes.iter().filter(move |node| node.name.value == name).flat_map(Node::children)
}

/// The paths that a policy includes. Lines that are wrong in themselves are told by the grammar.
fn include_lines(nodes: &[Node]) -> impl Iterator<Item = Spanned<&str>> {
    let lines = block_of(nodes, "policy").filter(|node| node.name.value == "include");
    let paths =
        lines.filter_map(|node| node.arguments.first().filter(|path| path.annotation.is_none())?.text());
    paths.filter(|path| !path.value.trim().is_empty())
}

/// What a file shares; none when it shares nothing.
fn shared_block(nodes: Vec<Node>) -> Option<Vec<Node>> {
    nodes.into_iter().find(|node| node.name.value == "shared")?.block
}
