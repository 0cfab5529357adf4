//! Shared parts, put into the policy that includes them, as nodes.
//!
//! What may repeat stands with the shared lines first, in the order of the includes. Of what may stand once only the
//! policy's own counts; where it has none, two shared ones are a problem. Blocks become one, line by line.

use std::collections::{BTreeMap, BTreeSet};

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::suggest::quote;
use super::super::syntax::Node;
use super::rule::Rule;
use super::shape::key_of;

/// Puts the nodes of shared parts into the block of the policy. All of them are checked, but for what is missing.
pub(in crate::policy) fn merge_shared(policy: &mut Node, shared: Vec<Vec<Node>>, problems: &mut Problems) {
    let file = super::file();
    if let (Some(block), Some(rule)) = (&mut policy.block, file.children().first()) {
        merge(block, shared, rule, problems);
    }
}

fn merge(own: &mut Vec<Node>, shared: Vec<Vec<Node>>, rule: &Rule, problems: &mut Problems) {
    let key = |node: &Node| {
        let rule = rule.children().iter().find(|rule| rule.name == node.name.value)?;
        Some((rule, key_of(node, rule)?.key))
    };
    let own_by_key: BTreeMap<String, usize> =
        own.iter().enumerate().filter_map(|(at, node)| Some((key(node)?.1, at))).collect();
    let mut more: Vec<Vec<Node>> = own.iter().map(|_| Vec::new()).collect();
    let mut before: Vec<Node> = Vec::new();
    let mut by_key: BTreeMap<String, (usize, &Rule)> = BTreeMap::new();
    let mut more_before: BTreeMap<usize, Vec<Node>> = BTreeMap::new();
    for node in shared.into_iter().flatten() {
        let Some((rule, key)) = key(&node) else {
            before.push(node);
            continue;
        };
        let is_block = !rule.children().is_empty();
        if let Some(others) = own_by_key.get(&key).and_then(|at| more.get_mut(*at)) {
            others.extend(is_block.then_some(node));
        } else if let Some((at, _)) = by_key.get(&key) {
            if is_block {
                more_before.entry(*at).or_default().push(node);
            } else if let Some(first) = before.get(*at) {
                report_twice(first, &node, rule, problems);
            }
        } else {
            by_key.insert(key, (before.len(), rule));
            before.push(node);
        }
    }
    for (node, others) in own.iter_mut().zip(more) {
        if let Some((rule, _)) = key(node) {
            join(node, others, rule, Rank::Own, problems);
        }
    }
    for (at, rule) in by_key.into_values() {
        if let (Some(node), Some(others)) = (before.get_mut(at), more_before.remove(&at)) {
            join(node, others, rule, Rank::Shared, problems);
        }
    }
    before.append(own);
    *own = before;
}

/// Whether a node counts before others of its name.
#[derive(Clone, Copy, PartialEq)]
enum Rank {
    /// It does.
    Own,
    /// It is one of several shared ones.
    Shared,
}

/// Makes one node of several that have blocks.
fn join(node: &mut Node, others: Vec<Node>, rule: &Rule, rank: Rank, problems: &mut Problems) {
    let mut settled: BTreeSet<String> = BTreeSet::new();
    if rank == Rank::Own {
        settled.extend(node.properties.iter().map(|property| property.name.value.clone()));
    }
    let mut blocks: Vec<Vec<Node>> = Vec::new();
    if rank == Rank::Shared {
        blocks.extend(node.block.take());
    }
    for mut other in others {
        if rank == Rank::Shared && !node.arguments.is_empty() && !other.arguments.is_empty() {
            report_twice(node, &other, rule, problems);
        } else if node.arguments.is_empty() {
            node.arguments.append(&mut other.arguments);
        }
        for property in other.properties {
            let name = &property.name.value;
            let first = node.properties.iter().find(|known| known.name.value == *name);
            match first.map(|first| first.name.span) {
                None => node.properties.push(property),
                Some(_) if settled.contains(name) => {}
                Some(first) => {
                    let problem =
                        Problem::DuplicateProperty { name: quote(name), node: rule.name, form: rule.form };
                    problems.report_beside(property.name.span, problem, first, "here before");
                }
            }
        }
        node.is_sound &= other.is_sound;
        blocks.extend(other.block);
    }
    if !blocks.is_empty() {
        merge(node.block.get_or_insert_default(), blocks, rule, problems);
    }
}

/// Two shared parts that both have what may stand once. Within one of them that is reported already.
fn report_twice(first: &Node, second: &Node, rule: &Rule, problems: &mut Problems) {
    if first.line.file != second.line.file {
        let name = key_of(second, rule).map(|key| key.words).unwrap_or_default();
        let (problem, label) = (Problem::SharedTwice { name }, "here before");
        problems.report_beside(second.name.span, problem, first.name.span, label);
    }
}
